"""Snapshots follow one another and stay, costs stay, and supports that are withdrawn are counted: triggers, whoever writes.

    INSERT snapshot    takes the lock of the chains, so that two at once wait; the day is over, follows the one before,
                       and its text says so with the hash of the text before it; the hash is computed here
    UPDATE, DELETE     refused, but the demonstration's rows go with it
    TRUNCATE           refused
"""

from django.db import migrations

CHAIN = """
CREATE FUNCTION figures_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former figures_snapshot;
    said jsonb := NEW.body::jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('figures/chain', 0));
    SELECT * INTO former FROM figures_snapshot
        WHERE is_demonstration = NEW.is_demonstration ORDER BY number DESC LIMIT 1;
    IF NEW.day >= (statement_timestamp() AT TIME ZONE 'Europe/Paris')::date THEN
        RAISE EXCEPTION 'a snapshot is of a day that is over' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF former.number IS NOT NULL AND NEW.day <> former.day + 1 THEN
        RAISE EXCEPTION 'a snapshot follows the day before' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.number, said->>'number', said->>'day', said->>'previous', said->>'demonstration') IS DISTINCT FROM (
        coalesce(former.number, 0) + 1, NEW.number::text, to_char(NEW.day, 'YYYY-MM-DD'), coalesce(former.hash, ''),
        NEW.is_demonstration::text
    ) THEN
        RAISE EXCEPTION 'a snapshot says its place in the chain' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.hash := encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex');
    RETURN NEW;
END $$;

CREATE FUNCTION figures_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.is_demonstration THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER snapshot_is_chained BEFORE INSERT ON figures_snapshot
    FOR EACH ROW EXECUTE FUNCTION figures_chain();
CREATE TRIGGER snapshot_is_written_once BEFORE UPDATE OR DELETE ON figures_snapshot
    FOR EACH ROW EXECUTE FUNCTION figures_keep('a snapshot is never changed');
CREATE TRIGGER snapshots_are_never_emptied BEFORE TRUNCATE ON figures_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION figures_keep('snapshots are never emptied');
CREATE TRIGGER cost_is_written_once BEFORE UPDATE OR DELETE ON figures_cost
    FOR EACH ROW EXECUTE FUNCTION figures_keep('a cost is corrected by another row');
CREATE TRIGGER costs_are_never_emptied BEFORE TRUNCATE ON figures_cost
    FOR EACH STATEMENT EXECUTE FUNCTION figures_keep('costs are never emptied');
"""

WITHOUT_CHAIN = """
DROP TRIGGER costs_are_never_emptied ON figures_cost;
DROP TRIGGER cost_is_written_once ON figures_cost;
DROP TRIGGER snapshots_are_never_emptied ON figures_snapshot;
DROP TRIGGER snapshot_is_written_once ON figures_snapshot;
DROP TRIGGER snapshot_is_chained ON figures_snapshot;
DROP FUNCTION figures_keep();
DROP FUNCTION figures_chain();
"""

# Rows are added, never a counter raised: two who withdraw at once would wait for each other.
WITHDRAWALS = """
CREATE FUNCTION figures_count_withdrawals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figures_withdrawal (day, is_demonstration, count)
    SELECT (statement_timestamp() AT TIME ZONE 'Europe/Paris')::date, invented, count(*)
    FROM (
        SELECT coalesce(member.is_demonstration, false) OR coalesce(author.is_demonstration, false) AS invented
        FROM former
        LEFT JOIN members_member member ON member.id = former.member_id
        LEFT JOIN initiatives_initiative initiative ON initiative.id = former.initiative_id
        LEFT JOIN members_member author ON author.id = initiative.author_id
        WHERE former.state = 'confirmed' AND member.is_staff IS NOT TRUE
    ) AS gone
    GROUP BY invented;
    RETURN NULL;
END $$;

CREATE TRIGGER withdrawals_are_counted AFTER DELETE ON initiatives_support
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION figures_count_withdrawals();
"""

WITHOUT_WITHDRAWALS = """
DROP TRIGGER withdrawals_are_counted ON initiatives_support;
DROP FUNCTION figures_count_withdrawals();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0001_what_is_published_of_a_night"),
        ("initiatives", "0041_the_others_write_no_answer"),
        ("members", "0017_when_members_joined"),
    ]
    operations = [
        migrations.RunSQL(CHAIN, WITHOUT_CHAIN),
        migrations.RunSQL(WITHDRAWALS, WITHOUT_WITHDRAWALS),
    ]
