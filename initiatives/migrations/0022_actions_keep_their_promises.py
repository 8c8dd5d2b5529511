"""A trigger follows the places taken, columns say what is to be told, a need may be dropped and an offer answered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whatever writes or deletes rows, a page, a cascade or a hand in psql, the places taken are their number. Actions are
# locked in the order of their numbers: two members who leave the site at once never wait for each other.
TRIGGERS = """
CREATE FUNCTION initiatives_follow_commitments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM initiatives_action WHERE id IN (SELECT action_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE initiatives_action SET taken = taken + (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END) * counted.places
    FROM (SELECT action_id, count(*) AS places FROM changed GROUP BY action_id) counted
    WHERE initiatives_action.id = counted.action_id;
    RETURN NULL;
END $$;

CREATE FUNCTION initiatives_refuse_to_move_a_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a commitment stays with its action' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER commitment_takes_a_place AFTER INSERT ON initiatives_commitment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION initiatives_follow_commitments();
CREATE TRIGGER commitment_gives_its_place_back AFTER DELETE ON initiatives_commitment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION initiatives_follow_commitments();
CREATE TRIGGER commitment_stays_with_its_action BEFORE UPDATE OF action_id ON initiatives_commitment
    FOR EACH ROW WHEN (NEW.action_id <> OLD.action_id) EXECUTE FUNCTION initiatives_refuse_to_move_a_commitment();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER commitment_takes_a_place ON initiatives_commitment;
DROP TRIGGER commitment_gives_its_place_back ON initiatives_commitment;
DROP TRIGGER commitment_stays_with_its_action ON initiatives_commitment;
DROP FUNCTION initiatives_follow_commitments();
DROP FUNCTION initiatives_refuse_to_move_a_commitment();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0021_discussion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="action",
            name="a_done_action_says_what_was_done",
        ),
        migrations.AddField(
            model_name="action",
            name="changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="action",
            name="team_told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="action",
            name="time_zone",
            field=models.CharField(default="Europe/Paris", max_length=40, verbose_name="fuseau horaire"),
        ),
        migrations.AddField(
            model_name="commitment",
            name="told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="need",
            name="dropped_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="abandonné"),
        ),
        migrations.AddField(
            model_name="need",
            name="team_told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="offer",
            name="answer",
            field=models.TextField(blank=True, max_length=1000, verbose_name="votre réponse"),
        ),
        migrations.AddField(
            model_name="offer",
            name="told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="commitment",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="commitments",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="offer",
            name="member",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offers",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="action",
            index=models.Index(
                condition=models.Q(("changed_at__isnull", False)), fields=["changed_at"], name="action_change_to_tell"
            ),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["member", "-created_at", "-id"], name="commitment_of_member"),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(condition=models.Q(("told_at", None)), fields=["action"], name="commitment_to_tell"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(fields=["member", "-created_at", "-id"], name="offer_of_member"),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(condition=models.Q(("told_at", None)), fields=["need"], name="offer_to_tell"),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_done", False), ("closed_at__isnull", False), _connector="OR"),
                name="a_done_action_is_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="need",
            constraint=models.CheckConstraint(
                condition=models.Q(("met_at", None), ("dropped_at", None), _connector="OR"),
                name="a_need_is_met_or_dropped",
            ),
        ),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
    ]
