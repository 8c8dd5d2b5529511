from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0017_unfinished_steps")]

    operations = [
        migrations.AddField(
            model_name="initiative",
            name="asked_if_asleep_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="initiative",
            name="end_to_tell",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="initiative",
            name="lessons",
            field=models.TextField(blank=True, max_length=5000, verbose_name="ce qu’on en a appris"),
        ),
        migrations.AddField(
            model_name="initiative",
            name="proof",
            field=models.TextField(blank=True, max_length=2000, verbose_name="ce qui le montre"),
        ),
        migrations.AddField(
            model_name="merge",
            name="carried_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="soutiens réunis"),
        ),
        migrations.AddField(
            model_name="merge",
            name="carried_count",
            field=models.PositiveIntegerField(default=0, verbose_name="soutiens apportés"),
        ),
        migrations.AddField(
            model_name="merge",
            name="source_count",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="soutiens de celle qui rejoint"),
        ),
        migrations.AddField(
            model_name="merge",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="soutiens prévenus"),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(condition=models.Q(("end_to_tell", True)), fields=["id"], name="initiative_end_to_tell"),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("carried_at", None), ("done_at__isnull", False)),
                fields=["id"],
                name="merge_to_carry",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("carried_at", None), ("done_at__isnull", False), _connector="OR"),
                name="carried_once_it_is_done",
            ),
        ),
    ]
