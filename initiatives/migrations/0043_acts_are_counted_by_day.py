"""Where an initiative is and when it is to be ranked again, by triggers; and what people do for it, by day."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION initiatives_find_point() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.latitude := NULL;
    NEW.longitude := NULL;
    IF NEW.commune_id IS NOT NULL THEN
        SELECT latitude, longitude INTO NEW.latitude, NEW.longitude
        FROM territories_commune WHERE code = NEW.commune_id;
    ELSIF NEW.department_id IS NOT NULL THEN
        SELECT latitude, longitude INTO NEW.latitude, NEW.longitude
        FROM territories_department WHERE code = NEW.department_id;
    ELSIF NEW.region_id IS NOT NULL THEN
        SELECT latitude, longitude INTO NEW.latitude, NEW.longitude
        FROM territories_region WHERE code = NEW.region_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER initiative_has_a_point
    BEFORE INSERT OR UPDATE OF commune_id, department_id, region_id, latitude, longitude ON initiatives_initiative
    FOR EACH ROW EXECUTE FUNCTION initiatives_find_point();

-- A new edition of the territory may move a centre: what is there moves with it.
CREATE FUNCTION initiatives_follow_centres() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'UPDATE initiatives_initiative SET latitude = NULL FROM former, latter'
        ' WHERE former.code = latter.code AND initiatives_initiative.%I = latter.code'
        ' AND (former.latitude, former.longitude) <> (latter.latitude, latter.longitude)', TG_ARGV[0]
    );
    RETURN NULL;
END $$;
CREATE TRIGGER initiatives_follow_commune AFTER UPDATE ON territories_commune
    REFERENCING OLD TABLE AS former NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION initiatives_follow_centres('commune_id');
CREATE TRIGGER initiatives_follow_department AFTER UPDATE ON territories_department
    REFERENCING OLD TABLE AS former NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION initiatives_follow_centres('department_id');
CREATE TRIGGER initiatives_follow_region AFTER UPDATE ON territories_region
    REFERENCING OLD TABLE AS former NEW TABLE AS latter
    FOR EACH STATEMENT EXECUTE FUNCTION initiatives_follow_centres('region_id');

CREATE FUNCTION initiatives_today() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (now() AT TIME ZONE 'Europe/Paris')::date
$$;

CREATE FUNCTION initiatives_is_to_be_ranked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rank_due_on := initiatives_today();
    RETURN NEW;
END $$;
CREATE TRIGGER initiative_comes BEFORE INSERT ON initiatives_initiative
    FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION initiatives_is_to_be_ranked();
CREATE TRIGGER initiative_moves BEFORE UPDATE OF state, published_at, frozen_at ON initiatives_initiative
    FOR EACH ROW WHEN (
        (OLD.state, OLD.published_at, OLD.frozen_at) IS DISTINCT FROM (NEW.state, NEW.published_at, NEW.frozen_at)
    ) EXECUTE FUNCTION initiatives_is_to_be_ranked();

-- A support counts on the day of its confirmation.
CREATE OR REPLACE FUNCTION initiatives_write_support_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.initiative_id, OLD.commune_id) IS NOT DISTINCT FROM (NEW.initiative_id, NEW.commune_id)
    THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id,
            (coalesce(NEW.confirmed_at, OLD.confirmed_at) AT TIME ZONE 'Europe/Paris')::date,
            (NEW.state = 'confirmed')::int - (OLD.state = 'confirmed')::int,
            (NEW.state = 'suspect')::int - (OLD.state = 'suspect')::int
        );
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            OLD.initiative_id, OLD.commune_id, (OLD.confirmed_at AT TIME ZONE 'Europe/Paris')::date,
            -(OLD.state = 'confirmed')::int, -(OLD.state = 'suspect')::int
        );
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id, (NEW.confirmed_at AT TIME ZONE 'Europe/Paris')::date,
            (NEW.state = 'confirmed')::int, (NEW.state = 'suspect')::int
        );
    END IF;
    RETURN NULL;
END $$;

-- What the row of a content says once anyone may read it, and as long as they may.
CREATE FUNCTION initiatives_note_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    latter jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
    SELECT (content->>'initiative_id')::bigint, TG_ARGV[0],
        ((content->>'published_at')::timestamptz AT TIME ZONE 'Europe/Paris')::date, change
    FROM (VALUES (former, -1), (latter, 1)) AS counted (content, change)
    WHERE content->>'initiative_id' IS NOT NULL AND content->>'published_at' IS NOT NULL
        AND content->>'withheld_at' IS NULL AND content->>'erased_at' IS NULL AND content->>'cancelled_at' IS NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER contribution_counts AFTER INSERT OR DELETE ON initiatives_contribution
    FOR EACH ROW EXECUTE FUNCTION initiatives_note_content('contribution');
CREATE TRIGGER contribution_counts_otherwise AFTER UPDATE ON initiatives_contribution
    FOR EACH ROW WHEN (
        (OLD.initiative_id, OLD.published_at, OLD.withheld_at, OLD.erased_at)
        IS DISTINCT FROM (NEW.initiative_id, NEW.published_at, NEW.withheld_at, NEW.erased_at)
    ) EXECUTE FUNCTION initiatives_note_content('contribution');
CREATE TRIGGER update_counts AFTER INSERT OR DELETE ON initiatives_update
    FOR EACH ROW EXECUTE FUNCTION initiatives_note_content('update');
CREATE TRIGGER update_counts_otherwise AFTER UPDATE ON initiatives_update
    FOR EACH ROW WHEN (
        (OLD.initiative_id, OLD.published_at, OLD.withheld_at)
        IS DISTINCT FROM (NEW.initiative_id, NEW.published_at, NEW.withheld_at)
    ) EXECUTE FUNCTION initiatives_note_content('update');
CREATE TRIGGER action_counts AFTER INSERT OR DELETE ON initiatives_action
    FOR EACH ROW EXECUTE FUNCTION initiatives_note_content('action');
CREATE TRIGGER action_counts_otherwise AFTER UPDATE ON initiatives_action
    FOR EACH ROW WHEN (
        (OLD.initiative_id, OLD.published_at, OLD.withheld_at)
        IS DISTINCT FROM (NEW.initiative_id, NEW.published_at, NEW.withheld_at)
    ) EXECUTE FUNCTION initiatives_note_content('action');

CREATE FUNCTION initiatives_note_commitments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO initiatives_actdelta (initiative_id, kind, day, change)
    SELECT action.initiative_id, 'commitment', (changed.created_at AT TIME ZONE 'Europe/Paris')::date,
        (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END) * count(*)
    FROM changed JOIN initiatives_action action ON action.id = changed.action_id
    GROUP BY 1, 3;
    RETURN NULL;
END $$;
CREATE TRIGGER commitment_counts AFTER INSERT ON initiatives_commitment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION initiatives_note_commitments();
CREATE TRIGGER commitment_ceases_to_count AFTER DELETE ON initiatives_commitment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION initiatives_note_commitments();

-- What is there already, as if it had just been written.
UPDATE initiatives_initiative
SET latitude = NULL, rank_due_on = CASE WHEN published_at IS NOT NULL THEN initiatives_today() END
WHERE published_at IS NOT NULL OR commune_id IS NOT NULL OR department_id IS NOT NULL OR region_id IS NOT NULL;
-- Deltas that wait are of supports whose rows are counted here: they change numbers, and no day.
INSERT INTO initiatives_actday (initiative_id, kind, day, count)
SELECT initiative_id, 'support', (confirmed_at AT TIME ZONE 'Europe/Paris')::date, count(*)
FROM initiatives_support WHERE state = 'confirmed' GROUP BY 1, 3;
INSERT INTO initiatives_actday (initiative_id, kind, day, count)
SELECT initiative_id, kind, (at AT TIME ZONE 'Europe/Paris')::date, count(*) FROM (
    SELECT initiative_id, 'contribution' AS kind, published_at AS at FROM initiatives_contribution
    WHERE published_at IS NOT NULL AND withheld_at IS NULL AND erased_at IS NULL
    UNION ALL
    SELECT initiative_id, 'update', published_at FROM initiatives_update
    WHERE published_at IS NOT NULL AND withheld_at IS NULL
    UNION ALL
    SELECT initiative_id, 'action', published_at FROM initiatives_action
    WHERE published_at IS NOT NULL AND withheld_at IS NULL
    UNION ALL
    SELECT action.initiative_id, 'commitment', commitment.created_at
    FROM initiatives_commitment commitment JOIN initiatives_action action ON action.id = commitment.action_id
) AS acts GROUP BY 1, 2, 3;
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER initiative_has_a_point ON initiatives_initiative;
DROP TRIGGER initiatives_follow_commune ON territories_commune;
DROP TRIGGER initiatives_follow_department ON territories_department;
DROP TRIGGER initiatives_follow_region ON territories_region;
DROP TRIGGER initiative_comes ON initiatives_initiative;
DROP TRIGGER initiative_moves ON initiatives_initiative;
DROP TRIGGER contribution_counts ON initiatives_contribution;
DROP TRIGGER contribution_counts_otherwise ON initiatives_contribution;
DROP TRIGGER update_counts ON initiatives_update;
DROP TRIGGER update_counts_otherwise ON initiatives_update;
DROP TRIGGER action_counts ON initiatives_action;
DROP TRIGGER action_counts_otherwise ON initiatives_action;
DROP TRIGGER commitment_counts ON initiatives_commitment;
DROP TRIGGER commitment_ceases_to_count ON initiatives_commitment;
DROP FUNCTION initiatives_find_point();
DROP FUNCTION initiatives_follow_centres();
DROP FUNCTION initiatives_is_to_be_ranked();
DROP FUNCTION initiatives_note_content();
DROP FUNCTION initiatives_note_commitments();
DROP FUNCTION initiatives_today();
CREATE OR REPLACE FUNCTION initiatives_write_support_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.initiative_id, OLD.commune_id) IS NOT DISTINCT FROM (NEW.initiative_id, NEW.commune_id)
    THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id,
            (NEW.state = 'confirmed')::int - (OLD.state = 'confirmed')::int,
            (NEW.state = 'suspect')::int - (OLD.state = 'suspect')::int
        );
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, confirmed, suspect)
        VALUES (OLD.initiative_id, OLD.commune_id, -(OLD.state = 'confirmed')::int, -(OLD.state = 'suspect')::int);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, confirmed, suspect)
        VALUES (NEW.initiative_id, NEW.commune_id, (NEW.state = 'confirmed')::int, (NEW.state = 'suspect')::int);
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0042_ranked_and_placed")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
