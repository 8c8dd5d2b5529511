"""The people of an event are counted with its rows, by a trigger: whatever changes a row keeps the numbers exact."""

from django.db import migrations

# Each changed row gives its people to one number of its event, or takes them back. A page, a task, the cascade of a
# deleted member, a hand in psql: one statement of each is one update of the event, which is locked first, in one order.
_COUNT = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM events_event WHERE id IN ({events}) ORDER BY id FOR NO KEY UPDATE;
    UPDATE events_event
    SET attendee_count = attendee_count + changes.coming,
        held_count = held_count + changes.offered,
        waiting_count = waiting_count + changes.waiting,
        -- Whoever comes in the place of somebody who left is told to the organisers again.
        attendees_told = CASE WHEN changes.coming < 0 THEN least(attendees_told, attendee_count + changes.coming)
            ELSE attendees_told END
    FROM (
        SELECT event_id,
            coalesce(sum(people) FILTER (WHERE state = 'coming'), 0) AS coming,
            coalesce(sum(people) FILTER (WHERE state = 'offered'), 0) AS offered,
            coalesce(sum(people) FILTER (WHERE state = 'waiting'), 0) AS waiting
        FROM ({rows}) AS changed GROUP BY event_id
    ) AS changes
    WHERE id = changes.event_id AND (changes.coming, changes.offered, changes.waiting) <> (0, 0, 0);
    RETURN NULL;
END $$;
"""
_LATTER = "SELECT event_id, state, 1 + guests AS people FROM latter WHERE state <> 'pending'"
_FORMER = "SELECT event_id, state, -1 - guests AS people FROM former WHERE state <> 'pending'"


def _function(name: str, *rows: str) -> str:
    every = " UNION ALL ".join(rows)
    return _COUNT.format(name=name, rows=every, events=f"SELECT event_id FROM ({every}) AS touched")  # noqa: S608


TRIGGERS = (
    _function("events_count_who_begins", _LATTER)
    + _function("events_count_who_changes", _LATTER, _FORMER)
    + _function("events_count_who_ends", _FORMER)
    + """
CREATE TRIGGER attendance_begins AFTER INSERT ON events_attendance
    REFERENCING NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION events_count_who_begins();
CREATE TRIGGER attendance_changes AFTER UPDATE ON events_attendance
    REFERENCING NEW TABLE AS latter OLD TABLE AS former
    FOR EACH STATEMENT EXECUTE FUNCTION events_count_who_changes();
CREATE TRIGGER attendance_ends AFTER DELETE ON events_attendance
    REFERENCING OLD TABLE AS former
    FOR EACH STATEMENT EXECUTE FUNCTION events_count_who_ends();
"""
)

WITHOUT_TRIGGERS = """
DROP TRIGGER attendance_begins ON events_attendance;
DROP TRIGGER attendance_changes ON events_attendance;
DROP TRIGGER attendance_ends ON events_attendance;
DROP FUNCTION events_count_who_begins();
DROP FUNCTION events_count_who_changes();
DROP FUNCTION events_count_who_ends();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0007_calendars_and_posters")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
