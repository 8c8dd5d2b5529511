"""A discussion is written anew when its initiative moves, is sorted otherwise, appears or disappears: not when it ends.

Under one initiative there may be thousands of messages; of its title they hold a copy that no index reads.
"""

from django.db import migrations

_READ = (
    "({0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.merged_into_id IS NULL"
    " AND {0}.state IN ('published', 'succeeded', 'closed', 'archived'))"
)
_DISCUSSIONS = "SELECT id FROM initiatives_contribution WHERE parent_id IS NULL AND initiative_id"
_EVENTS = """SELECT id FROM events_event WHERE initiative_id = NEW.id
            AND published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL"""

_NEW = f"""
CREATE OR REPLACE FUNCTION search_initiative_changes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    appears CONSTANT boolean := {_READ.format("OLD")} <> {_READ.format("NEW")};
BEGIN
    PERFORM search_index_initiatives(ARRAY[NEW.id]);
    IF appears OR (OLD.region_id, OLD.department_id, OLD.commune_id)
        IS DISTINCT FROM (NEW.region_id, NEW.department_id, NEW.commune_id)
    THEN
        PERFORM search_index_discussions(ARRAY({_DISCUSSIONS} = NEW.id));
    ELSIF (OLD.title, OLD.place_label) <> (NEW.title, NEW.place_label) THEN
        UPDATE search_entry SET title = NEW.title, place_label = NEW.place_label
        WHERE kind = 'discussion' AND initiative_id = NEW.id;
    END IF;
    IF appears OR OLD.title <> NEW.title THEN
        -- They are found by its title too.
        PERFORM search_index_events(ARRAY({_EVENTS}));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_tags_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(ARRAY(SELECT DISTINCT content_object_id FROM changed));
    PERFORM search_index_discussions(ARRAY({_DISCUSSIONS} IN (SELECT content_object_id FROM changed)));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_tag_is_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tagged CONSTANT bigint[] := ARRAY(SELECT content_object_id FROM initiatives_taggedinitiative WHERE tag_id = NEW.id);
BEGIN
    PERFORM search_index_initiatives(tagged);
    PERFORM search_index_discussions(ARRAY({_DISCUSSIONS} = ANY(tagged)));
    PERFORM search_index_events(ARRAY(SELECT id FROM events_event WHERE theme_id = NEW.id));
    RETURN NULL;
END $$;
"""
_OLD = f"""
CREATE OR REPLACE FUNCTION search_initiative_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(ARRAY[NEW.id]);
    PERFORM search_index_discussions(ARRAY({_DISCUSSIONS} = NEW.id));
    PERFORM search_index_events(ARRAY({_EVENTS}));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_tags_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(ARRAY(SELECT DISTINCT content_object_id FROM changed));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_tag_is_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(
        ARRAY(SELECT content_object_id FROM initiatives_taggedinitiative WHERE tag_id = NEW.id));
    PERFORM search_index_events(ARRAY(SELECT id FROM events_event WHERE theme_id = NEW.id));
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0006_the_newest_of_a_common_word")]
    operations = [migrations.RunSQL(_NEW, _OLD)]
