"""Whatever changes an event notes the square it is in, and the one it was in; all are noted once."""

from django.db import migrations

# As events/models/mapcell.py: 360 / 8 / 2^8 degrees, and eleven sixteenths of it.
_X, _Y = "floor({0}.longitude / 0.17578125)", "floor({0}.latitude / 0.120849609375)"
_IS_SHOWN = """({0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.cancelled_at IS NULL
    AND {0}.left_map_at IS NULL AND {0}.latitude IS NOT NULL)"""
_COUNTS_AS = (
    _IS_SHOWN
    + """, {0}.latitude, {0}.longitude, {0}.kind, {0}.theme_id,
    ({0}.capacity IS NULL OR {0}.capacity > {0}.attendee_count + {0}.held_count)"""
)
_NOTE = f"""
        INSERT INTO events_stalecell (x, y, noted_at)
        VALUES ({_X}, {_Y}, clock_timestamp());"""  # noqa: S608 (made of constants)

# A page, a task, the cascade of a deleted theme, a hand in psql.
_TRIGGERS = f"""
CREATE FUNCTION events_note_stale_cell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND {_IS_SHOWN.format("OLD")} THEN
        {_NOTE.format("OLD")}
    END IF;
    IF TG_OP <> 'DELETE' AND {_IS_SHOWN.format("NEW")} THEN
        {_NOTE.format("NEW")}
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER event_comes_on_map AFTER INSERT ON events_event
    FOR EACH ROW WHEN ({_IS_SHOWN.format("NEW")}) EXECUTE FUNCTION events_note_stale_cell();
CREATE TRIGGER event_goes_from_map AFTER DELETE ON events_event
    FOR EACH ROW WHEN ({_IS_SHOWN.format("OLD")}) EXECUTE FUNCTION events_note_stale_cell();
CREATE TRIGGER event_changes_on_map AFTER UPDATE ON events_event
    FOR EACH ROW WHEN ((({_COUNTS_AS.format("OLD")}) IS DISTINCT FROM ({_COUNTS_AS.format("NEW")})))
    EXECUTE FUNCTION events_note_stale_cell();

CREATE FUNCTION events_come_back_on_map() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.left_map_at := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER event_is_not_over BEFORE UPDATE OF ends_at ON events_event
    FOR EACH ROW WHEN (NEW.left_map_at IS NOT NULL AND NEW.ends_at > now())
    EXECUTE FUNCTION events_come_back_on_map();
"""

_WITHOUT_TRIGGERS = """
DROP TRIGGER event_is_not_over ON events_event;
DROP FUNCTION events_come_back_on_map();
DROP TRIGGER event_changes_on_map ON events_event;
DROP TRIGGER event_goes_from_map ON events_event;
DROP TRIGGER event_comes_on_map ON events_event;
DROP FUNCTION events_note_stale_cell();
"""

_ALL = (
    f"INSERT INTO events_stalecell (x, y, noted_at) SELECT DISTINCT {_X}, {_Y}, now() FROM events_event event "  # noqa: S608
    f"WHERE {_IS_SHOWN}"
).format("event")


class Migration(migrations.Migration):
    dependencies = [("events", "0012_the_country_by_squares")]
    operations = [
        migrations.RunSQL(_TRIGGERS, _WITHOUT_TRIGGERS),
        migrations.RunSQL(_ALL, migrations.RunSQL.noop),
    ]
