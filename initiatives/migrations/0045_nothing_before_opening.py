"""Nothing is shown in a département that is not open yet but what the team of the site prepares, whoever writes."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION initiatives_refuse_before_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM territories_opening WHERE department_id = NEW.department_id AND opened_at IS NULL)
        AND NOT EXISTS (SELECT FROM members_member WHERE id = NEW.author_id AND is_staff)
    THEN
        RAISE EXCEPTION 'this département is not open yet' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER begins_before_opening BEFORE INSERT ON initiatives_initiative
    FOR EACH ROW WHEN (NEW.department_id IS NOT NULL AND NEW.state <> 'draft')
    EXECUTE FUNCTION initiatives_refuse_before_opening();

-- What was there before the site waited to open there goes on.
CREATE TRIGGER comes_before_opening BEFORE UPDATE OF state, department_id ON initiatives_initiative
    FOR EACH ROW WHEN (
        NEW.department_id IS NOT NULL AND NEW.state <> 'draft'
        AND (OLD.state = 'draft' OR OLD.department_id IS DISTINCT FROM NEW.department_id)
    ) EXECUTE FUNCTION initiatives_refuse_before_opening();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER begins_before_opening ON initiatives_initiative;
DROP TRIGGER comes_before_opening ON initiatives_initiative;
DROP FUNCTION initiatives_refuse_before_opening();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0044_around_places"),
        ("members", "0017_when_members_joined"),
        ("territories", "0003_gated_openings"),
    ]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
