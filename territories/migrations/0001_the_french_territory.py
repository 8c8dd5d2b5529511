"""The tables of the French territory, with the indexes that the lookups read."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="DataLoad",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, verbose_name="empreinte")),
                ("loaded_at", models.DateTimeField(auto_now_add=True, verbose_name="chargée le")),
            ],
            options={
                "verbose_name": "chargement",
                "verbose_name_plural": "chargements",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                (
                    "name_in",
                    models.CharField(
                        help_text="« au Mans », « en Bretagne »", max_length=90, verbose_name="nom avec « à »"
                    ),
                ),
                (
                    "name_of",
                    models.CharField(
                        help_text="« du Mans », « de Bretagne »",
                        max_length=90,
                        verbose_name="nom avec « de »",
                    ),
                ),
                ("slug", models.SlugField(db_index=False, max_length=80, verbose_name="nom dans l’adresse")),
                ("sort_name", models.CharField(max_length=80, verbose_name="nom pour le tri")),
                ("population", models.PositiveIntegerField(default=0, verbose_name="population")),
                ("latitude", models.FloatField(verbose_name="latitude")),
                ("longitude", models.FloatField(verbose_name="longitude")),
                ("south", models.FloatField(verbose_name="sud")),
                ("west", models.FloatField(verbose_name="ouest")),
                ("north", models.FloatField(verbose_name="nord")),
                ("east", models.FloatField(verbose_name="est")),
                (
                    "code",
                    models.CharField(max_length=3, primary_key=True, serialize=False, verbose_name="code"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("department", "département"), ("collectivity", "collectivité d’outre-mer")],
                        default="department",
                        max_length=12,
                        verbose_name="genre",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(default="Europe/Paris", max_length=40, verbose_name="fuseau horaire"),
                ),
            ],
            options={
                "verbose_name": "département",
                "verbose_name_plural": "départements",
                "ordering": ["sort_name", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                (
                    "name_in",
                    models.CharField(
                        help_text="« au Mans », « en Bretagne »", max_length=90, verbose_name="nom avec « à »"
                    ),
                ),
                (
                    "name_of",
                    models.CharField(
                        help_text="« du Mans », « de Bretagne »",
                        max_length=90,
                        verbose_name="nom avec « de »",
                    ),
                ),
                ("slug", models.SlugField(db_index=False, max_length=80, verbose_name="nom dans l’adresse")),
                ("sort_name", models.CharField(max_length=80, verbose_name="nom pour le tri")),
                ("population", models.PositiveIntegerField(default=0, verbose_name="population")),
                ("latitude", models.FloatField(verbose_name="latitude")),
                ("longitude", models.FloatField(verbose_name="longitude")),
                ("south", models.FloatField(verbose_name="sud")),
                ("west", models.FloatField(verbose_name="ouest")),
                ("north", models.FloatField(verbose_name="nord")),
                ("east", models.FloatField(verbose_name="est")),
                (
                    "code",
                    models.CharField(max_length=2, primary_key=True, serialize=False, verbose_name="code"),
                ),
            ],
            options={
                "verbose_name": "région",
                "verbose_name_plural": "régions",
                "ordering": ["sort_name", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Commune",
            fields=[
                ("name", models.CharField(max_length=80, verbose_name="nom")),
                (
                    "name_in",
                    models.CharField(
                        help_text="« au Mans », « en Bretagne »", max_length=90, verbose_name="nom avec « à »"
                    ),
                ),
                (
                    "name_of",
                    models.CharField(
                        help_text="« du Mans », « de Bretagne »",
                        max_length=90,
                        verbose_name="nom avec « de »",
                    ),
                ),
                ("slug", models.SlugField(db_index=False, max_length=80, verbose_name="nom dans l’adresse")),
                ("sort_name", models.CharField(max_length=80, verbose_name="nom pour le tri")),
                ("population", models.PositiveIntegerField(default=0, verbose_name="population")),
                ("latitude", models.FloatField(verbose_name="latitude")),
                ("longitude", models.FloatField(verbose_name="longitude")),
                ("south", models.FloatField(verbose_name="sud")),
                ("west", models.FloatField(verbose_name="ouest")),
                ("north", models.FloatField(verbose_name="nord")),
                ("east", models.FloatField(verbose_name="est")),
                (
                    "code",
                    models.CharField(max_length=5, primary_key=True, serialize=False, verbose_name="code"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("commune", "commune"), ("arrondissement", "arrondissement")],
                        default="commune",
                        max_length=14,
                        verbose_name="genre",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        help_text="Vide : celui du département.",
                        max_length=40,
                        verbose_name="fuseau horaire",
                    ),
                ),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="disparue le")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrondissements",
                        to="territories.commune",
                        verbose_name="ville",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="territories.commune",
                        verbose_name="remplacée par",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="communes",
                        to="territories.department",
                        verbose_name="département",
                    ),
                ),
            ],
            options={
                "verbose_name": "commune",
                "verbose_name_plural": "communes",
                "ordering": ["sort_name", "code"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Postcode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=5, verbose_name="code postal")),
                (
                    "commune",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postcodes",
                        to="territories.commune",
                        verbose_name="commune",
                    ),
                ),
            ],
            options={
                "verbose_name": "code postal",
                "verbose_name_plural": "codes postaux",
                "ordering": ["code", "commune"],
            },
        ),
        migrations.AddField(
            model_name="department",
            name="region",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="departments",
                to="territories.region",
                verbose_name="région",
            ),
        ),
        migrations.AddIndex(
            model_name="commune",
            index=models.Index(fields=["sort_name"], name="commune_prefix", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="commune",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["sort_name"], name="commune_trigram", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="commune",
            index=django.contrib.postgres.indexes.GistIndex(
                models.Func(models.F("longitude"), models.F("latitude"), function="point"),
                name="commune_point",
            ),
        ),
        migrations.AddIndex(
            model_name="commune",
            index=models.Index(fields=["latitude", "longitude"], name="commune_box"),
        ),
        migrations.AddIndex(
            model_name="postcode",
            index=models.Index(fields=["code"], name="postcode_prefix", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddConstraint(
            model_name="postcode",
            constraint=models.UniqueConstraint(fields=("code", "commune"), name="postcode_once"),
        ),
    ]
