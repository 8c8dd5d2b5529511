"""Votes and replies are counted by triggers; a discussion has two levels, and nothing in it moves."""

from django.db import migrations, models

# Whatever changes a row changes the count: a page, a task, the departure of a member, a hand in psql.
TRIGGERS = """
CREATE FUNCTION initiatives_check_contribution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a contribution never moves'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_contribution_never_moves';
    END IF;
    PERFORM FROM initiatives_contribution
        WHERE id = NEW.parent_id AND parent_id IS NULL AND initiative_id = NEW.initiative_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a reply is to a contribution of the same discussion, which replies to nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_discussion_has_two_levels';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reply_comes BEFORE INSERT ON initiatives_contribution
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION initiatives_check_contribution();
CREATE TRIGGER contribution_moves BEFORE UPDATE ON initiatives_contribution
    FOR EACH ROW WHEN (
        (OLD.parent_id, OLD.initiative_id) IS DISTINCT FROM (NEW.parent_id, NEW.initiative_id)
    ) EXECUTE FUNCTION initiatives_check_contribution();

-- The replies that somebody can read.
CREATE FUNCTION initiatives_count_reply() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change int := 0;
    thread bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        thread := OLD.parent_id;
        change := change - (OLD.published_at IS NOT NULL AND OLD.withheld_at IS NULL AND OLD.erased_at IS NULL)::int;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        thread := NEW.parent_id;
        change := change + (NEW.published_at IS NOT NULL AND NEW.withheld_at IS NULL AND NEW.erased_at IS NULL)::int;
    END IF;
    IF change <> 0 THEN
        UPDATE initiatives_contribution SET reply_count = reply_count + change WHERE id = thread;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reply_begins AFTER INSERT ON initiatives_contribution
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION initiatives_count_reply();
CREATE TRIGGER reply_ends AFTER DELETE ON initiatives_contribution
    FOR EACH ROW WHEN (OLD.parent_id IS NOT NULL) EXECUTE FUNCTION initiatives_count_reply();
CREATE TRIGGER reply_changes AFTER UPDATE ON initiatives_contribution
    FOR EACH ROW WHEN (
        NEW.parent_id IS NOT NULL
        AND (OLD.published_at, OLD.withheld_at, OLD.erased_at)
            IS DISTINCT FROM (NEW.published_at, NEW.withheld_at, NEW.erased_at)
    ) EXECUTE FUNCTION initiatives_count_reply();

-- By statement: a contribution that is erased loses ten thousand votes at once.
CREATE FUNCTION initiatives_count_votes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE initiatives_contribution
        SET useful_count = useful_count - lost.useful, useless_count = useless_count - lost.useless
        FROM (
            SELECT contribution_id, count(*) FILTER (WHERE is_useful) AS useful,
                   count(*) FILTER (WHERE NOT is_useful) AS useless
            FROM former GROUP BY contribution_id
        ) AS lost
        WHERE id = lost.contribution_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE initiatives_contribution
        SET useful_count = useful_count + won.useful, useless_count = useless_count + won.useless
        FROM (
            SELECT contribution_id, count(*) FILTER (WHERE is_useful) AS useful,
                   count(*) FILTER (WHERE NOT is_useful) AS useless
            FROM latter GROUP BY contribution_id
        ) AS won
        WHERE id = won.contribution_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER votes_begin AFTER INSERT ON initiatives_contributionvote
    REFERENCING NEW TABLE AS latter FOR EACH STATEMENT EXECUTE FUNCTION initiatives_count_votes();
CREATE TRIGGER votes_end AFTER DELETE ON initiatives_contributionvote
    REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION initiatives_count_votes();
CREATE TRIGGER votes_change AFTER UPDATE ON initiatives_contributionvote
    REFERENCING OLD TABLE AS former NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION initiatives_count_votes();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER reply_comes ON initiatives_contribution;
DROP TRIGGER contribution_moves ON initiatives_contribution;
DROP FUNCTION initiatives_check_contribution();
DROP TRIGGER reply_begins ON initiatives_contribution;
DROP TRIGGER reply_ends ON initiatives_contribution;
DROP TRIGGER reply_changes ON initiatives_contribution;
DROP FUNCTION initiatives_count_reply();
DROP TRIGGER votes_begin ON initiatives_contributionvote;
DROP TRIGGER votes_end ON initiatives_contributionvote;
DROP TRIGGER votes_change ON initiatives_contributionvote;
DROP FUNCTION initiatives_count_votes();
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0020_find_orphans")]

    operations = [
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("published_at", None), ("withheld_at__isnull", False), _connector="OR"),
                fields=["initiative", "author", "-id"],
                name="contribution_waiting",
            ),
        ),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
    ]
