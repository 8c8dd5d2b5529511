"""What people do at the events of an initiative counts for its rank, by triggers: initiatives 0043 says how."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER event_counts AFTER INSERT ON events_event
    FOR EACH ROW WHEN (NEW.initiative_id IS NOT NULL) EXECUTE FUNCTION initiatives_note_content('event');
CREATE TRIGGER event_ceases_to_count AFTER DELETE ON events_event
    FOR EACH ROW WHEN (OLD.initiative_id IS NOT NULL) EXECUTE FUNCTION initiatives_note_content('event');
CREATE TRIGGER event_counts_otherwise AFTER UPDATE ON events_event
    FOR EACH ROW WHEN (
        (OLD.initiative_id, OLD.published_at, OLD.withheld_at, OLD.cancelled_at)
        IS DISTINCT FROM (NEW.initiative_id, NEW.published_at, NEW.withheld_at, NEW.cancelled_at)
    ) EXECUTE FUNCTION initiatives_note_content('event');

CREATE FUNCTION events_note_attendances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
    SELECT event.initiative_id, 'attendance', (changed.created_at AT TIME ZONE 'Europe/Paris')::date,
        (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END) * count(*)
    FROM changed JOIN events_event event ON event.id = changed.event_id
    WHERE changed.state = 'coming' AND event.initiative_id IS NOT NULL GROUP BY 1, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION events_note_changed_attendances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
    SELECT event.initiative_id, 'attendance', (changed.created_at AT TIME ZONE 'Europe/Paris')::date, sum(change)
    FROM (
        SELECT event_id, created_at, -1 AS change FROM former WHERE state = 'coming'
        UNION ALL SELECT event_id, created_at, 1 FROM latter WHERE state = 'coming'
    ) AS changed JOIN events_event event ON event.id = changed.event_id
    WHERE event.initiative_id IS NOT NULL GROUP BY 1, 3 HAVING sum(change) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_counts AFTER INSERT ON events_attendance
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION events_note_attendances();
CREATE TRIGGER attendance_ceases_to_count AFTER DELETE ON events_attendance
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION events_note_attendances();
CREATE TRIGGER attendance_counts_otherwise AFTER UPDATE ON events_attendance
    REFERENCING OLD TABLE AS former NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION events_note_changed_attendances();

CREATE FUNCTION events_note_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.published_at IS NOT NULL AND OLD.withheld_at IS NULL THEN
        INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
        SELECT initiative_id, 'report', (OLD.published_at AT TIME ZONE 'Europe/Paris')::date, -1
        FROM events_event WHERE id = OLD.event_id AND initiative_id IS NOT NULL;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.published_at IS NOT NULL AND NEW.withheld_at IS NULL THEN
        INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
        SELECT initiative_id, 'report', (NEW.published_at AT TIME ZONE 'Europe/Paris')::date, 1
        FROM events_event WHERE id = NEW.event_id AND initiative_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER report_counts AFTER INSERT OR DELETE ON events_eventreport
    FOR EACH ROW EXECUTE FUNCTION events_note_report();
CREATE TRIGGER report_counts_otherwise AFTER UPDATE ON events_eventreport
    FOR EACH ROW WHEN ((OLD.published_at, OLD.withheld_at) IS DISTINCT FROM (NEW.published_at, NEW.withheld_at))
    EXECUTE FUNCTION events_note_report();

-- An event that passes to another initiative takes there those who come, and what was told of it.
CREATE FUNCTION events_move_its_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
    SELECT side.initiative_id, acts.kind, acts.day, side.sign * acts.count
    FROM (VALUES (OLD.initiative_id, -1), (NEW.initiative_id, 1)) AS side (initiative_id, sign)
    CROSS JOIN (
        SELECT 'attendance' AS kind, (created_at AT TIME ZONE 'Europe/Paris')::date AS day, count(*) AS count
        FROM events_attendance WHERE event_id = NEW.id AND state = 'coming' GROUP BY 2
        UNION ALL
        SELECT 'report', (published_at AT TIME ZONE 'Europe/Paris')::date, 1
        FROM events_eventreport WHERE event_id = NEW.id AND published_at IS NOT NULL AND withheld_at IS NULL
    ) AS acts
    WHERE side.initiative_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER event_moves_its_people AFTER UPDATE ON events_event
    FOR EACH ROW WHEN (OLD.initiative_id IS DISTINCT FROM NEW.initiative_id) EXECUTE FUNCTION events_move_its_people();

-- What is there already.
INSERT INTO initiatives_actday (initiative_id, kind, day, count)
SELECT initiative_id, kind, (at AT TIME ZONE 'Europe/Paris')::date, count(*) FROM (
    SELECT initiative_id, 'event' AS kind, published_at AS at FROM events_event
    WHERE published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL
    UNION ALL
    SELECT event.initiative_id, 'attendance', attendance.created_at
    FROM events_attendance attendance JOIN events_event event ON event.id = attendance.event_id
    WHERE attendance.state = 'coming'
    UNION ALL
    SELECT event.initiative_id, 'report', report.published_at
    FROM events_eventreport report JOIN events_event event ON event.id = report.event_id
    WHERE report.published_at IS NOT NULL AND report.withheld_at IS NULL
) AS acts WHERE initiative_id IS NOT NULL GROUP BY 1, 2, 3;
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER event_counts ON events_event;
DROP TRIGGER event_ceases_to_count ON events_event;
DROP TRIGGER event_counts_otherwise ON events_event;
DROP TRIGGER event_moves_its_people ON events_event;
DROP TRIGGER attendance_counts ON events_attendance;
DROP TRIGGER attendance_ceases_to_count ON events_attendance;
DROP TRIGGER attendance_counts_otherwise ON events_attendance;
DROP TRIGGER report_counts ON events_eventreport;
DROP TRIGGER report_counts_otherwise ON events_eventreport;
DROP FUNCTION events_note_attendances();
DROP FUNCTION events_note_changed_attendances();
DROP FUNCTION events_note_report();
DROP FUNCTION events_move_its_people();
DELETE FROM initiatives_actday WHERE kind IN ('event', 'attendance', 'report');
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0026_the_others_write_no_answer"), ("initiatives", "0043_acts_are_counted_by_day")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
