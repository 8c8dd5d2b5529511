import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0017_when_members_joined"),
        ("notifications", "0011_devices_to_tell"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rhythm",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="rhythm",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="membre",
                    ),
                ),
                ("last_on", models.DateField(blank=True, null=True, verbose_name="dernier résumé")),
                (
                    "unanswered",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="résumés sans visite depuis"
                    ),
                ),
                (
                    "shown",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="déjà montré",
                    ),
                ),
                ("asked_on", models.DateField(blank=True, null=True, verbose_name="dernière question")),
            ],
            options={
                "verbose_name": "rythme des résumés",
                "verbose_name_plural": "rythmes des résumés",
                "indexes": [models.Index(fields=["last_on"], name="rhythm_last")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("shown__len__lte", 1000)), name="a_few_things_shown")
                ],
            },
        ),
    ]
