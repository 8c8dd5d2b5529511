import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("moderation", "0007_find_what_waits_too_long"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="jour")),
                ("sequence", models.BigIntegerField(verbose_name="numéro")),
                ("hash", models.CharField(max_length=64, verbose_name="empreinte")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
            ],
            options={
                "verbose_name": "ancre du journal",
                "verbose_name_plural": "ancres du journal",
                "ordering": ["-day"],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_id", models.PositiveBigIntegerField(null=True, verbose_name="contenu")),
                ("address", models.CharField(blank=True, max_length=500, verbose_name="adresse du contenu")),
                ("sealed", models.BinaryField(null=True, verbose_name="copie scellée")),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte de la copie")),
                ("picture_digest", models.CharField(blank=True, max_length=64, verbose_name="empreinte de l’image")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("crime", "Infraction constatée (règlement (UE) 2022/2065, art. 18 ; RGPD, art. 17, 3, e)"),
                            ("order", "Demande d’une autorité judiciaire"),
                            ("dispute", "Défense de droits en justice (RGPD, art. 17, 3, e)"),
                        ],
                        max_length=10,
                        verbose_name="base légale",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="raison")),
                ("sealed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="scellé")),
                ("destroy_on", models.DateField(verbose_name="destruction")),
                ("held_at", models.DateTimeField(blank=True, null=True, verbose_name="conservation demandée")),
                ("held_reason", models.CharField(blank=True, max_length=500, verbose_name="raison de la conservation")),
                ("destroyed_at", models.DateTimeField(blank=True, null=True, verbose_name="détruit")),
            ],
            options={
                "verbose_name": "scellé",
                "verbose_name_plural": "scellés",
                "ordering": ["-sealed_at", "-pk"],
                "permissions": [
                    ("read_evidence", "Lire un scellé"),
                    ("hold_evidence", "Sceller, ou demander la conservation d’un scellé"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="link",
                        serialize=False,
                        to="moderation.decision",
                        verbose_name="décision",
                    ),
                ),
                ("sequence", models.BigIntegerField(null=True, unique=True, verbose_name="numéro")),
                ("hash", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
                ("salt", models.UUIDField()),
                ("by_salt", models.UUIDField(null=True)),
                ("by_digest", models.CharField(max_length=64)),
                ("author_salt", models.UUIDField(null=True)),
                ("author_digest", models.CharField(max_length=64)),
                ("texts_salt", models.UUIDField(null=True)),
                ("texts_digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "maillon du journal",
                "verbose_name_plural": "maillons du journal",
            },
        ),
        migrations.CreateModel(
            name="MonthFigures",
            fields=[
                (
                    "month",
                    models.DateField(
                        help_text="Son premier jour.", primary_key=True, serialize=False, verbose_name="mois"
                    ),
                ),
                ("counts", models.JSONField(verbose_name="nombres")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="compté")),
            ],
            options={
                "verbose_name": "chiffres d’un mois",
                "verbose_name_plural": "chiffres par mois",
                "ordering": ["-month"],
            },
        ),
        migrations.CreateModel(
            name="RefusedText",
            fields=[
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="refused_text",
                        serialize=False,
                        to="moderation.decision",
                        verbose_name="décision",
                    ),
                ),
                ("sealed", models.BinaryField(null=True)),
                ("length", models.PositiveIntegerField(verbose_name="longueur")),
                ("refused_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="refus")),
                ("drawn_at", models.DateTimeField(blank=True, null=True, verbose_name="tirage")),
            ],
            options={
                "verbose_name": "texte refusé",
                "verbose_name_plural": "textes refusés",
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("puid", models.CharField(max_length=64, unique=True, verbose_name="identifiant")),
                ("fields", models.JSONField(verbose_name="champs")),
                (
                    "is_masked",
                    models.BooleanField(
                        default=False,
                        help_text="Une donnée personnelle a été remplacée dans les faits.",
                        verbose_name="donnée masquée",
                    ),
                ),
                ("stated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
            ],
            options={
                "verbose_name": "exposé des motifs",
                "verbose_name_plural": "exposés des motifs",
                "ordering": ["-stated_at", "-id"],
                "permissions": [("export_statement", "Exporter les exposés des motifs")],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="noticed",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, editable=False, verbose_name="gravité des signalements"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="is_demonstration",
            field=models.BooleanField(default=False, editable=False, verbose_name="de démonstration"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("texts", {}), _negated=True), fields=["made_at"], name="decision_with_texts"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="content_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="contenttypes.contenttype", verbose_name="sorte"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="evidence",
                to="moderation.decision",
                verbose_name="décision",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="sealed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="scellé par",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hash", ""), ("sequence", None)),
                    models.Q(("sequence__isnull", False), models.Q(("hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="link_sealed_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="refusedtext",
            index=models.Index(
                condition=models.Q(("sealed__isnull", False)), fields=["refused_at"], name="refused_text_to_erase"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="statement",
                to="moderation.decision",
                verbose_name="décision",
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["-sealed_at", "-id"], name="evidence_newest"),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("destroyed_at", None), ("held_at", None)),
                fields=["destroy_on"],
                name="evidence_to_destroy",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destroyed_at", None), ("sealed__isnull", False)),
                    models.Q(("destroyed_at__isnull", False), ("sealed", None)),
                    _connector="OR",
                ),
                name="evidence_sealed_or_destroyed",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_at", None), models.Q(("held_reason", ""), _negated=True), _connector="OR"),
                name="evidence_held_for_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["-stated_at", "-id"], name="statement_newest"),
        ),
    ]
