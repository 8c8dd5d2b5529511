"""What can be found follows what anyone may read, in the transaction that changes it, whoever changes it.

Each function takes numbers, writes the entries of those that anyone may read and deletes those of the others.
"""

from django.db import migrations

_WORDS = """
CREATE TEXT SEARCH CONFIGURATION words_unaccented (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words_unaccented ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

-- Without the marks of Markdown, and without the addresses behind its links.
CREATE FUNCTION search_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(regexp_replace(regexp_replace($1, '\\]\\([^)]*\\)', ' ', 'g'), '[][*_#>`~|\\s]+', ' ', 'g'));

CREATE FUNCTION search_warmth(people integer) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(2 * ln(1 + greatest(coalesce(people, 0), 0)) / ln(2))::smallint;

CREATE FUNCTION search_stems(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN to_tsvector('french'::regconfig, $1) || to_tsvector('french_unaccented'::regconfig, $1);

-- What it is called, what it is sorted under, what it says first, what it says further.
CREATE FUNCTION search_weighed(title text, names text, lead text, rest text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN setweight(search_stems(coalesce(title, '')), 'A') || setweight(search_stems(coalesce(names, '')), 'B')
    || setweight(search_stems(coalesce(lead, '')), 'C')
    || setweight(to_tsvector('french_unaccented'::regconfig, left(coalesce(rest, ''), 4000)), 'D');
"""

_WITHOUT_WORDS = """
DROP FUNCTION search_weighed(text, text, text, text);
DROP FUNCTION search_stems(text);
DROP FUNCTION search_warmth(integer);
DROP FUNCTION search_plain(text);
DROP TEXT SEARCH CONFIGURATION words_unaccented;
"""

_UPSERT = """
    ON CONFLICT (kind, object_id) DO UPDATE SET
        initiative_id = excluded.initiative_id, series_id = excluded.series_id, sort = excluded.sort,
        state = excluded.state, title = excluded.title, place_label = excluded.place_label, body = excluded.body,
        latitude = excluded.latitude, longitude = excluded.longitude, time_zone = excluded.time_zone,
        published_at = excluded.published_at, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
        warmth = excluded.warmth, marks = excluded.marks, heading = excluded.heading, vector = excluded.vector,
        indexed_at = excluded.indexed_at;
"""

_COLUMNS = """
    INSERT INTO search_entry (
        id, kind, object_id, initiative_id, series_id, sort, state, title, place_label, body, latitude, longitude,
        time_zone, published_at, starts_at, ends_at, warmth, marks, heading, vector, indexed_at
    )
"""

# The numbers of entries grow as things are published, and leave no gaps when they change: the newest are the last.
_NUMBER = """coalesce(
        (SELECT before.id FROM search_entry before WHERE before.kind = '{0}' AND before.object_id = {1}.id),
        nextval(pg_get_serial_sequence('search_entry', 'id')))"""

_INITIATIVE_IS_READ = (
    "{0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.merged_into_id IS NULL"
    " AND {0}.state IN ('published', 'succeeded', 'closed', 'archived')"
)
_EVENT_IS_READ = "{0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.cancelled_at IS NULL"
_DISCUSSION_IS_READ = (
    "{0}.parent_id IS NULL AND {0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.erased_at IS NULL"
)

# Where an initiative belongs, and all that contains it: "e" is everywhere.
_PLACES_OF_INITIATIVE = """
    LEFT JOIN territories_commune commune ON commune.code = initiative.commune_id
    LEFT JOIN territories_department department ON department.code = initiative.department_id
    LEFT JOIN territories_region region ON region.code = initiative.region_id
"""
_MARKS_OF_INITIATIVE = """
    array_remove(ARRAY[
        'r:' || initiative.region_id, 'd:' || initiative.department_id, 'c:' || initiative.commune_id,
        'c:' || commune.parent_id,
        CASE WHEN initiative.region_id IS NULL AND initiative.department_id IS NULL THEN 'e' END
    ], NULL) || ARRAY(
        SELECT 'theme:' || tag.slug FROM initiatives_taggedinitiative tagged JOIN initiatives_tag tag
        ON tag.id = tagged.tag_id WHERE tagged.content_object_id = initiative.id
    )
"""
_POINT_OF_INITIATIVE = """
    coalesce(commune.latitude, department.latitude, region.latitude),
    coalesce(commune.longitude, department.longitude, region.longitude)
"""

_INDEX = f"""
CREATE FUNCTION search_index_initiatives(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    {_COLUMNS}
    SELECT {_NUMBER.format("initiative", "initiative")}, 'initiative', initiative.id, initiative.id, NULL, initiative.kind, initiative.state, initiative.title,
        initiative.place_label, said.body, {_POINT_OF_INITIATIVE}, '', initiative.published_at, NULL, NULL,
        search_warmth(initiative.support_count),
        ARRAY['kind:initiative', 'sort:' || initiative.kind, 'state:' || initiative.state] || {_MARKS_OF_INITIATIVE},
        search_stems(initiative.title),
        search_weighed(
            initiative.title,
            concat_ws(' ', initiative.place_label, region.name, themes.names,
                CASE initiative.kind WHEN 'debate' THEN 'débat' END),
            initiative.summary, said.rest),
        clock_timestamp()
    FROM initiatives_initiative initiative {_PLACES_OF_INITIATIVE}
    CROSS JOIN LATERAL (
        SELECT string_agg(tag.name, ' ') AS names
        FROM initiatives_taggedinitiative tagged JOIN initiatives_tag tag ON tag.id = tagged.tag_id
        WHERE tagged.content_object_id = initiative.id
    ) themes
    CROSS JOIN LATERAL (
        SELECT search_plain(concat_ws(E'\\n', left(initiative.outcome, 1000), left(initiative.problem, 2000),
                left(initiative.proposal, 2000), left(initiative.means, 1000))) AS rest
    ) texts
    CROSS JOIN LATERAL (SELECT concat_ws(' ', initiative.summary, texts.rest) AS body, texts.rest AS rest) said
    WHERE initiative.id = ANY(numbers) AND {_INITIATIVE_IS_READ.format("initiative")}
    {_UPSERT}
    DELETE FROM search_entry WHERE kind = 'initiative' AND object_id = ANY(ARRAY(
        SELECT unnest(numbers) EXCEPT
        SELECT initiative.id FROM initiatives_initiative initiative
        WHERE initiative.id = ANY(numbers) AND {_INITIATIVE_IS_READ.format("initiative")}
    ));
END $$;

CREATE FUNCTION search_index_events(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    {_COLUMNS}
    SELECT {_NUMBER.format("event", "event")}, 'event', event.id, event.initiative_id, event.series_id, event.kind, '', event.title,
        concat_ws(', ', nullif(event.place_name, ''), commune.name || ' (' || department.name || ')'), said.body,
        event.latitude, event.longitude, event.time_zone, event.published_at, event.starts_at, event.ends_at,
        search_warmth(event.attendee_count::integer),
        array_remove(ARRAY[
            'kind:event', 'sort:' || event.kind, 'theme:' || theme.slug, 'r:' || department.region_id,
            'd:' || event.department_id, 'c:' || event.commune_id, 'c:' || commune.parent_id,
            CASE WHEN event.department_id IS NULL THEN 'e' END
        ], NULL),
        search_stems(event.title),
        search_weighed(
            event.title,
            concat_ws(' ', event.place_name, commune.name, department.name, region.name, theme.name,
                CASE event.kind
                    WHEN 'meeting' THEN 'réunion publique' WHEN 'door_to_door' THEN 'porte-à-porte'
                    WHEN 'cleanup' THEN 'nettoyage' WHEN 'debate' THEN 'débat' WHEN 'workshop' THEN 'atelier'
                    WHEN 'walk' THEN 'balade' WHEN 'market' THEN 'stand marché' WHEN 'online' THEN 'en ligne'
                END),
            left(said.body, 300), concat_ws(' ', substr(said.body, 301), initiative.title)),
        clock_timestamp()
    FROM events_event event
    LEFT JOIN territories_commune commune ON commune.code = event.commune_id
    LEFT JOIN territories_department department ON department.code = event.department_id
    LEFT JOIN territories_region region ON region.code = department.region_id
    LEFT JOIN initiatives_tag theme ON theme.id = event.theme_id
    LEFT JOIN initiatives_initiative initiative
        ON initiative.id = event.initiative_id AND {_INITIATIVE_IS_READ.format("initiative")}
    CROSS JOIN LATERAL (SELECT search_plain(event.description) AS body) said
    WHERE event.id = ANY(numbers) AND {_EVENT_IS_READ.format("event")}
    {_UPSERT}
    DELETE FROM search_entry WHERE kind = 'event' AND object_id = ANY(ARRAY(
        SELECT unnest(numbers) EXCEPT
        SELECT event.id FROM events_event event
        WHERE event.id = ANY(numbers) AND {_EVENT_IS_READ.format("event")}
    ));
END $$;

CREATE FUNCTION search_index_discussions(numbers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    {_COLUMNS}
    SELECT {_NUMBER.format("discussion", "said")}, 'discussion', said.id, initiative.id, NULL, said.stance, '', initiative.title, initiative.place_label,
        plain.body, {_POINT_OF_INITIATIVE}, '', said.published_at, NULL, NULL,
        search_warmth(said.useful_count::integer), ARRAY['kind:discussion'] || {_MARKS_OF_INITIATIVE},
        ''::tsvector,
        search_weighed('', '', left(plain.body, 300), substr(plain.body, 301)),
        clock_timestamp()
    FROM initiatives_contribution said
    JOIN initiatives_initiative initiative ON initiative.id = said.initiative_id {_PLACES_OF_INITIATIVE}
    CROSS JOIN LATERAL (SELECT search_plain(said.text) AS body) plain
    WHERE said.id = ANY(numbers) AND {_DISCUSSION_IS_READ.format("said")}
        AND {_INITIATIVE_IS_READ.format("initiative")}
    {_UPSERT}
    DELETE FROM search_entry WHERE kind = 'discussion' AND object_id = ANY(ARRAY(
        -- One initiative after another: a join of tables believed empty reads one of them for each row of the other.
        SELECT unnest(numbers) EXCEPT
        SELECT said.id FROM initiatives_contribution said
        WHERE said.id = ANY(numbers) AND {_DISCUSSION_IS_READ.format("said")} AND EXISTS (
            SELECT FROM initiatives_initiative initiative
            WHERE initiative.id = said.initiative_id AND {_INITIATIVE_IS_READ.format("initiative")} OFFSET 0
        )
    ));
END $$;
"""

_WITHOUT_INDEX = """
DROP FUNCTION search_index_discussions(bigint[]);
DROP FUNCTION search_index_events(bigint[]);
DROP FUNCTION search_index_initiatives(bigint[]);
"""


def _differs(columns: str) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns.split()) for row in ("OLD", "NEW"))
    return f"(({old}) IS DISTINCT FROM ({new}))"


def _listed(columns: str) -> str:
    return ", ".join(columns.split())


# What discussions and events show and follow of their initiative.
_WHERE_AND_WHETHER = "title place_label region_id department_id commune_id state published_at withheld_at merged_into_id"
_OF_INITIATIVES = f"{_WHERE_AND_WHETHER} kind summary problem proposal means outcome"
_OF_EVENTS = (
    "title description kind place_name starts_at ends_at time_zone commune_id department_id latitude longitude"
    " theme_id series_id initiative_id published_at withheld_at cancelled_at"
)
_OF_DISCUSSIONS = "text published_at withheld_at erased_at"

_TRIGGERS = f"""
CREATE FUNCTION search_initiatives_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(
        ARRAY(SELECT id FROM changed WHERE published_at IS NOT NULL AND withheld_at IS NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION search_initiative_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(ARRAY[NEW.id]);
    IF {_differs(_WHERE_AND_WHETHER)} THEN
        PERFORM search_index_discussions(
            ARRAY(SELECT id FROM initiatives_contribution WHERE initiative_id = NEW.id AND parent_id IS NULL));
        -- They are found by its title too.
        PERFORM search_index_events(ARRAY(SELECT id FROM events_event WHERE initiative_id = NEW.id
            AND published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search_initiative_warms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_entry SET warmth = search_warmth(NEW.support_count)
    WHERE kind = 'initiative' AND object_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION search_initiatives_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entry WHERE kind = 'initiative' AND object_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER search_comes AFTER INSERT ON initiatives_initiative REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_initiatives_come();
CREATE TRIGGER search_changes AFTER UPDATE OF {_listed(_OF_INITIATIVES)} ON initiatives_initiative
    FOR EACH ROW WHEN ({_differs(_OF_INITIATIVES)}) EXECUTE FUNCTION search_initiative_changes();
CREATE TRIGGER search_warms AFTER UPDATE OF support_count ON initiatives_initiative FOR EACH ROW
    WHEN (search_warmth(OLD.support_count) <> search_warmth(NEW.support_count))
    EXECUTE FUNCTION search_initiative_warms();
CREATE TRIGGER search_goes AFTER DELETE ON initiatives_initiative REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_initiatives_go();

CREATE FUNCTION search_tags_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(ARRAY(SELECT DISTINCT content_object_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION search_tag_is_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_initiatives(
        ARRAY(SELECT content_object_id FROM initiatives_taggedinitiative WHERE tag_id = NEW.id));
    PERFORM search_index_events(ARRAY(SELECT id FROM events_event WHERE theme_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_comes AFTER INSERT ON initiatives_taggedinitiative REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_tags_change();
CREATE TRIGGER search_goes AFTER DELETE ON initiatives_taggedinitiative REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_tags_change();
CREATE TRIGGER search_changes AFTER UPDATE OF name, slug ON initiatives_tag
    FOR EACH ROW WHEN ({_differs("name slug")}) EXECUTE FUNCTION search_tag_is_renamed();

CREATE FUNCTION search_events_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_events(ARRAY(SELECT id FROM changed WHERE published_at IS NOT NULL AND withheld_at IS NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION search_event_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_events(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE FUNCTION search_event_warms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_entry SET warmth = search_warmth(NEW.attendee_count::integer)
    WHERE kind = 'event' AND object_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION search_events_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entry WHERE kind = 'event' AND object_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER search_comes AFTER INSERT ON events_event REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_events_come();
CREATE TRIGGER search_changes AFTER UPDATE OF {_listed(_OF_EVENTS)} ON events_event
    FOR EACH ROW WHEN ({_differs(_OF_EVENTS)}) EXECUTE FUNCTION search_event_changes();
CREATE TRIGGER search_warms AFTER UPDATE OF attendee_count ON events_event FOR EACH ROW
    WHEN (search_warmth(OLD.attendee_count::integer) <> search_warmth(NEW.attendee_count::integer))
    EXECUTE FUNCTION search_event_warms();
CREATE TRIGGER search_goes AFTER DELETE ON events_event REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_events_go();

CREATE FUNCTION search_discussions_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_discussions(ARRAY(
        SELECT id FROM changed WHERE parent_id IS NULL AND published_at IS NOT NULL AND withheld_at IS NULL));
    RETURN NULL;
END $$;
CREATE FUNCTION search_discussion_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_index_discussions(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE FUNCTION search_discussion_warms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_entry SET warmth = search_warmth(NEW.useful_count::integer)
    WHERE kind = 'discussion' AND object_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION search_discussions_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_entry WHERE kind = 'discussion' AND object_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER search_comes AFTER INSERT ON initiatives_contribution REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_discussions_come();
CREATE TRIGGER search_changes AFTER UPDATE OF {_listed(_OF_DISCUSSIONS)} ON initiatives_contribution
    FOR EACH ROW WHEN (NEW.parent_id IS NULL AND {_differs(_OF_DISCUSSIONS)})
    EXECUTE FUNCTION search_discussion_changes();
CREATE TRIGGER search_warms AFTER UPDATE OF useful_count ON initiatives_contribution FOR EACH ROW
    WHEN (NEW.parent_id IS NULL
        AND search_warmth(OLD.useful_count::integer) <> search_warmth(NEW.useful_count::integer))
    EXECUTE FUNCTION search_discussion_warms();
CREATE TRIGGER search_goes AFTER DELETE ON initiatives_contribution REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_discussions_go();
"""

_WITHOUT_TRIGGERS = "".join(
    f"DROP TRIGGER search_{verb} ON {table};\n"
    for table, verbs in {
        "initiatives_initiative": "comes changes warms goes",
        "initiatives_taggedinitiative": "comes goes",
        "initiatives_tag": "changes",
        "events_event": "comes changes warms goes",
        "initiatives_contribution": "comes changes warms goes",
    }.items()
    for verb in verbs.split()
) + "".join(
    f"DROP FUNCTION search_{name}();\n"
    for name in (
        "initiatives_come initiative_changes initiative_warms initiatives_go tags_change tag_is_renamed events_come"
        " event_changes event_warms events_go discussions_come discussion_changes discussion_warms discussions_go"
    ).split()
)


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_what_can_be_found"),
        ("territories", "0002_votes"),
        ("initiatives", "0041_the_others_write_no_answer"),
        ("events", "0026_the_others_write_no_answer"),
    ]
    operations = [
        migrations.RunSQL(_WORDS, _WITHOUT_WORDS),
        migrations.RunSQL(_INDEX, _WITHOUT_INDEX),
        migrations.RunSQL(_TRIGGERS, _WITHOUT_TRIGGERS),
    ]
