"""Handing over, invitations sent once to an address, and asking for what nobody carries any more."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0018_how_it_ends"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AdoptionRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message", models.TextField(max_length=1000, verbose_name="ce que la personne veut en faire")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="demande")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="réponse")),
                ("is_accepted", models.BooleanField(default=False, verbose_name="acceptée")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="raison")),
                (
                    "initiative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adoption_requests",
                        to="initiatives.initiative",
                        verbose_name="initiative",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="adoption_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="qui",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="par",
                    ),
                ),
            ],
            options={
                "verbose_name": "demande de reprise",
                "verbose_name_plural": "demandes de reprise",
                "ordering": ["asked_at", "id"],
            },
        ),
        migrations.AlterModelOptions(
            name="invitation",
            options={
                "ordering": ["created_at", "id"],
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
            },
        ),
        migrations.AddField(model_name="coorganiser", name="author_leaves", field=models.BooleanField(default=False)),
        migrations.AddField(
            model_name="coorganiser",
            name="offered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="transmission proposée"),
        ),
        migrations.AddConstraint(
            model_name="coorganiser",
            constraint=models.UniqueConstraint(
                condition=models.Q(("offered_at__isnull", False)),
                fields=("initiative",),
                name="handed_over_to_one_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("email", ""), _negated=True),
                fields=("initiative", "email"),
                name="an_address_is_invited_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoptionrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at", None)),
                fields=("initiative", "member"),
                name="one_waiting_adoption_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="adoptionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("is_accepted", False)),
                    models.Q(("decided_at__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="an_adoption_is_decided_with_a_reason",
            ),
        ),
    ]
