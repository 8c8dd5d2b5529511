"""Nothing is shown in a département that is not open yet but what the team of the site prepares, whoever writes."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION events_refuse_before_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM territories_opening WHERE department_id = NEW.department_id AND opened_at IS NULL)
        AND NOT EXISTS (SELECT FROM members_member WHERE id = NEW.author_id AND is_staff)
    THEN
        RAISE EXCEPTION 'this département is not open yet' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- What is read in a partner's calendar is nobody's here, and the team chose to read it.
CREATE TRIGGER begins_before_opening BEFORE INSERT ON events_event
    FOR EACH ROW WHEN (NEW.department_id IS NOT NULL AND NEW.source_id IS NULL)
    EXECUTE FUNCTION events_refuse_before_opening();

CREATE TRIGGER comes_before_opening BEFORE UPDATE OF department_id ON events_event
    FOR EACH ROW WHEN (
        NEW.department_id IS NOT NULL AND NEW.source_id IS NULL
        AND OLD.department_id IS DISTINCT FROM NEW.department_id
    ) EXECUTE FUNCTION events_refuse_before_opening();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER begins_before_opening ON events_event;
DROP TRIGGER comes_before_opening ON events_event;
DROP FUNCTION events_refuse_before_opening();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0027_events_count_for_their_initiative"),
        ("members", "0017_when_members_joined"),
        ("territories", "0003_gated_openings"),
    ]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
