import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0029_followed_from_elsewhere"),
        ("initiatives", "0050_what_was_reached_lately"),
        ("pages", "0003_animators_name_referents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Moved",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("supported", "nouveaux soutiens"),
                            ("step", "palier atteint"),
                            ("kept", "promesse tenue"),
                            ("report", "compte rendu"),
                            ("success", "initiative aboutie"),
                            ("opened", "nouvelle initiative"),
                        ],
                        max_length=10,
                        verbose_name="sorte",
                    ),
                ),
                ("count", models.PositiveIntegerField(null=True, verbose_name="nombre")),
                ("moved_at", models.DateTimeField(verbose_name="date")),
                ("rank", models.PositiveSmallIntegerField(unique=True)),
                ("days", models.PositiveSmallIntegerField()),
                (
                    "initiative",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="initiatives.initiative",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="events.eventreport",
                    ),
                ),
            ],
            options={
                "verbose_name": "ce qui a bougé",
                "verbose_name_plural": "ce qui a bougé",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("initiative", None), ("kind", "report"), ("report__isnull", False)),
                            models.Q(
                                models.Q(("kind", "report"), _negated=True),
                                ("initiative__isnull", False),
                                ("report", None),
                            ),
                            _connector="OR",
                        ),
                        name="what_moved_is_one_thing",
                    )
                ],
            },
        ),
    ]
