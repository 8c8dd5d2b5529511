"""A moderator's note is written once, and goes with its case alone: triggers hold it, whoever writes."""

from django.db import migrations

TRIGGERS = """
CREATE TRIGGER note_is_written_once BEFORE UPDATE ON moderation_casenote
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.text, OLD.written_at) IS DISTINCT FROM (NEW.case_id, NEW.text, NEW.written_at)
        OR NEW.by_id IS NOT NULL AND NEW.by_id IS DISTINCT FROM OLD.by_id
    ) EXECUTE FUNCTION moderation_refuse('a note is written once');

CREATE FUNCTION moderation_keep_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM moderation_case WHERE id = OLD.case_id) THEN
        RAISE EXCEPTION 'a note is not erased' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- Once the transaction ends: a case that is erased takes its notes along, and Django erases the notes first.
CREATE CONSTRAINT TRIGGER note_is_not_erased AFTER DELETE ON moderation_casenote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moderation_keep_note();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER note_is_written_once ON moderation_casenote;
DROP TRIGGER note_is_not_erased ON moderation_casenote;
DROP FUNCTION moderation_keep_note();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0012_ready_reasons")]

    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
