"""Promises that publication keeps, differences that moderators hide, updates that are to be told."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0022_actions_keep_their_promises"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="milestone",
            options={
                "ordering": ["threshold"],
                "permissions": [("answer_milestone", "peut tenir les promesses et y répondre")],
                "verbose_name": "palier",
                "verbose_name_plural": "paliers",
            },
        ),
        migrations.AddField(
            model_name="promise",
            name="is_kept_at_once",
            field=models.BooleanField(
                default=False,
                help_text="La publication la tient : rien ne reste à faire. Ne vaut que pour le premier palier.",
                verbose_name="tenue d’elle-même",
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="hidden_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="masquée"),
        ),
        migrations.AddField(
            model_name="version",
            name="hidden_reason",
            field=models.CharField(blank=True, max_length=300, verbose_name="raison"),
        ),
        migrations.AlterField(
            model_name="timelineentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "ouverte"),
                    ("launched", "lancée auprès de premiers soutiens"),
                    ("submitted", "réunit ses premiers soutiens"),
                    ("published", "publiée"),
                    ("step", "palier atteint"),
                    ("answered", "promesse tenue"),
                    ("edited", "texte modifié"),
                    ("update", "nouvelle"),
                    ("action", "action menée"),
                    ("event", "événement"),
                    ("joined", "quelqu’un rejoint l’équipe"),
                    ("handed_over", "transmise"),
                    ("frozen", "sans personne pour la porter"),
                    ("adopted", "reprise"),
                    ("merged", "réunie à une autre"),
                    ("absorbed", "une autre lui est réunie"),
                    ("withheld", "retirée par un modérateur"),
                    ("restored", "rétablie par un modérateur"),
                    ("supports_removed", "soutiens écartés"),
                    ("supports_counted", "soutiens comptés"),
                    ("succeeded", "aboutie"),
                    ("closed", "close"),
                    ("archived", "archivée"),
                    ("woken", "reprend"),
                ],
                max_length=20,
                verbose_name="quoi",
            ),
        ),
        migrations.AddIndex(
            model_name="update",
            index=models.Index(
                condition=models.Q(("published_at__isnull", False), ("told_at", None), ("withheld_at", None)),
                fields=["id"],
                name="update_to_tell",
            ),
        ),
        migrations.AddConstraint(
            model_name="promise",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_kept_at_once", False), ("rank", 1), _connector="OR"),
                name="only_publishing_keeps_at_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hidden_at", None), ("hidden_reason", "")),
                    models.Q(
                        ("hidden_at__isnull", False),
                        ("is_shown", False),
                        models.Q(("hidden_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_hidden_version_says_why",
            ),
        ),
    ]
