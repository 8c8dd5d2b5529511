"""What a support may hold in each state; and a delta for each one that begins or ceases to count, by a trigger."""

from django.db import migrations, models
from django.db.models import Q

# Whatever changes a row writes the delta: a page, a task, a cascade, a hand in psql.
TRIGGERS = """
CREATE FUNCTION initiatives_write_support_delta() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER support_begins AFTER INSERT ON initiatives_support
    FOR EACH ROW WHEN (NEW.state <> 'pending') EXECUTE FUNCTION initiatives_write_support_delta();
CREATE TRIGGER support_ends AFTER DELETE ON initiatives_support
    FOR EACH ROW WHEN (OLD.state <> 'pending') EXECUTE FUNCTION initiatives_write_support_delta();
CREATE TRIGGER support_changes AFTER UPDATE ON initiatives_support
    FOR EACH ROW WHEN (
        (OLD.state, OLD.initiative_id, OLD.commune_id) IS DISTINCT FROM (NEW.state, NEW.initiative_id, NEW.commune_id)
    ) EXECUTE FUNCTION initiatives_write_support_delta();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER support_begins ON initiatives_support;
DROP TRIGGER support_ends ON initiatives_support;
DROP TRIGGER support_changes ON initiatives_support;
DROP FUNCTION initiatives_write_support_delta();
-- The former table of deltas had another column: nothing may wait in it.
WITH taken AS (
    DELETE FROM initiatives_supportdelta RETURNING initiative_id, confirmed
), totals AS (
    SELECT initiative_id, sum(confirmed) AS total FROM taken GROUP BY initiative_id
)
UPDATE initiatives_initiative SET support_count = support_count + totals.total
FROM totals WHERE initiatives_initiative.id = totals.initiative_id;
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0008_count_what_waited")]
    operations = [
        migrations.RemoveField(
            model_name='supportdelta',
            name='amount',
        ),
        migrations.AddConstraint(
            model_name='supportdelta',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed', 0), ('suspect', 0), _negated=True), name='delta_changes_something'),
        ),
        migrations.AddConstraint(
            model_name='support',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('email', ''), _negated=True), ('address_key__isnull', False), ('confirmed_at', None), ('member', None), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('address_key', None), ('confirmed_at__isnull', False), ('email', ''), ('first_name', ''), ('member__isnull', False)), _connector='OR'), name='only_a_pending_support_holds_an_address'),
        ),
        migrations.AddConstraint(
            model_name='support',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'suspect'), _negated=True), models.Q(('suspicion', ''), _negated=True), _connector='OR'), name='a_suspect_support_has_a_reason'),
        ),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
    ]
