"""Squares count an event as having a place when nobody waits for it: whoever begins or ceases to wait changes them."""

from django.db import migrations

# As in 0013, with those who wait; in the last hours, when places go to the first who come, its start matters too.
_IS_SHOWN = """({0}.published_at IS NOT NULL AND {0}.withheld_at IS NULL AND {0}.cancelled_at IS NULL
    AND {0}.left_map_at IS NULL AND {0}.latitude IS NOT NULL)"""
_COUNTED = (
    _IS_SHOWN
    + """, {0}.latitude, {0}.longitude, {0}.kind, {0}.theme_id,
    ({0}.capacity IS NULL OR {0}.capacity > {0}.attendee_count + {0}.held_count)"""
)
_COUNTS = _COUNTED + ", {0}.waiting_count > 0, CASE WHEN {0}.waiting_count > 0 THEN {0}.starts_at END"

_TRIGGER = """
DROP TRIGGER event_changes_on_map ON events_event;
CREATE TRIGGER event_changes_on_map AFTER UPDATE ON events_event
    FOR EACH ROW WHEN (((OLD_COLUMNS) IS DISTINCT FROM (NEW_COLUMNS)))
    EXECUTE FUNCTION events_note_stale_cell();
"""


def _trigger(columns: str) -> str:
    return _TRIGGER.replace("OLD_COLUMNS", columns.format("OLD")).replace("NEW_COLUMNS", columns.format("NEW"))


# As events/models/mapcell.py: 360 / 8 / 2^8 degrees, and eleven sixteenths of it.
_AGAIN = """
INSERT INTO events_stalecell (x, y, noted_at)
SELECT DISTINCT floor(longitude / 0.17578125), floor(latitude / 0.120849609375), now() FROM events_event event
WHERE waiting_count > 0 AND """ + _IS_SHOWN.format("event")


class Migration(migrations.Migration):
    dependencies = [("events", "0019_indexes_with_who_waits")]
    operations = [
        migrations.RunSQL(_trigger(_COUNTS), _trigger(_COUNTED)),
        migrations.RunSQL(_AGAIN, _AGAIN),
    ]
