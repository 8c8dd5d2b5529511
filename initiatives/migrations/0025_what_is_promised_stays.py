"""What was promised in public does not change, nor what was told of it: triggers hold it, whoever writes."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION initiatives_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER promise_never_changes BEFORE UPDATE ON initiatives_milestone
    FOR EACH ROW WHEN (
        (OLD.initiative_id, OLD.threshold, OLD.promise, OLD.days)
        IS DISTINCT FROM (NEW.initiative_id, NEW.threshold, NEW.promise, NEW.days)
        OR (OLD.reached_at IS NOT NULL AND OLD.reached_at IS DISTINCT FROM NEW.reached_at)
        OR (OLD.due_at IS NOT NULL AND OLD.due_at IS DISTINCT FROM NEW.due_at)
        OR (OLD.kept_at IS NOT NULL AND (OLD.kept_at, OLD.answer) IS DISTINCT FROM (NEW.kept_at, NEW.answer))
    ) EXECUTE FUNCTION initiatives_refuse('a promise never changes');

CREATE TRIGGER steps_never_change BEFORE UPDATE OF steps ON initiatives_initiative
    FOR EACH ROW WHEN (
        OLD.published_at IS NOT NULL AND cardinality(OLD.steps) > 0 AND OLD.steps IS DISTINCT FROM NEW.steps
    ) EXECUTE FUNCTION initiatives_refuse('the steps of a published initiative never change');

CREATE TRIGGER account_never_changes BEFORE UPDATE ON initiatives_timelineentry
    FOR EACH ROW EXECUTE FUNCTION initiatives_refuse('what happened is written once');

CREATE FUNCTION initiatives_keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM initiatives_initiative WHERE id = OLD.initiative_id) THEN
        RAISE EXCEPTION 'what happened is not erased' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- Once the transaction ends: an initiative that is erased takes its account along, and Django erases the lines first.
CREATE CONSTRAINT TRIGGER account_is_not_erased AFTER DELETE ON initiatives_timelineentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives_keep_account();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER promise_never_changes ON initiatives_milestone;
DROP TRIGGER steps_never_change ON initiatives_initiative;
DROP TRIGGER account_never_changes ON initiatives_timelineentry;
DROP TRIGGER account_is_not_erased ON initiatives_timelineentry;
DROP FUNCTION initiatives_keep_account();
DROP FUNCTION initiatives_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0024_accounts_of_what_was")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
