import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("territories", "0002_votes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "department",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="opening",
                        serialize=False,
                        to="territories.department",
                        verbose_name="département",
                    ),
                ),
                (
                    "wanted",
                    models.PositiveIntegerField(
                        default=50,
                        help_text="Cinq au moins.",
                        validators=[django.core.validators.MinValueValidator(5)],
                        verbose_name="personnes à réunir",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        help_text="Ce qui se prépare, et ce que l’on fera ensemble le premier jour.",
                        max_length=2000,
                        verbose_name="mot d’accueil",
                    ),
                ),
                ("gathered", models.PositiveIntegerField(default=0, editable=False, verbose_name="personnes réunies")),
                ("counted_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="comptées")),
                ("opened_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ouvert le")),
                ("told_after", models.BigIntegerField(default=0, editable=False)),
                ("told_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="annoncé à tous")),
                (
                    "animators",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Leur nom affiché est montré sur la page.",
                        limit_choices_to={"is_active": True, "is_staff": True},
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="animateurs",
                    ),
                ),
            ],
            options={
                "verbose_name": "ouverture d’un département",
                "verbose_name_plural": "ouvertures de départements",
                "ordering": ["department"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("wanted__gte", 5)), name="an_opening_wants_people"),
                    models.CheckConstraint(
                        condition=models.Q(("told_at", None), ("opened_at__isnull", False), _connector="OR"),
                        name="what_is_not_open_is_not_told",
                    ),
                ],
            },
        ),
    ]
