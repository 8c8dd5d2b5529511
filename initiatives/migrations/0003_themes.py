"""The site's themes, in the order they are shown. Citizens add their own words beside them."""

from django.db import migrations

THEMES = [
    ("transports", "Transports"),
    ("sante", "Santé"),
    ("education", "Éducation"),
    ("environnement", "Environnement"),
    ("energie", "Énergie"),
    ("logement", "Logement"),
    ("culture", "Culture"),
    ("sport", "Sport"),
    ("solidarite", "Solidarité"),
    ("jeunesse", "Jeunesse"),
    ("aines", "Aînés"),
    ("handicap", "Handicap"),
    ("democratie", "Démocratie"),
    ("numerique", "Numérique"),
    ("economie", "Économie"),
    ("agriculture", "Agriculture"),
    ("securite", "Sécurité"),
    ("animaux", "Animaux"),
    ("patrimoine", "Patrimoine"),
    ("alimentation", "Alimentation"),
]


def add(apps, schema_editor):
    tags = apps.get_model("initiatives", "Tag").objects
    for rank, (slug, name) in enumerate(THEMES, start=1):
        tags.update_or_create(slug=slug, defaults={"name": name, "theme_rank": rank})


def remove(apps, schema_editor):
    apps.get_model("initiatives", "Tag").objects.filter(slug__in=[slug for slug, _name in THEMES]).delete()


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0002_initial")]
    operations = [migrations.RunPython(add, remove)]
