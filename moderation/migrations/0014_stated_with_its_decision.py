"""A statement is made with its decision: once that is sealed, nothing can be stated of it any more."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION moderation_state_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM moderation_link WHERE decision_id = NEW.decision_id AND sequence IS NOT NULL) THEN
        RAISE EXCEPTION 'a statement is made with its decision' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER statement_is_made_with_its_decision BEFORE INSERT ON moderation_statement
    FOR EACH ROW EXECUTE FUNCTION moderation_state_in_time();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER statement_is_made_with_its_decision ON moderation_statement;
DROP FUNCTION moderation_state_in_time();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0013_notes_stay")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
