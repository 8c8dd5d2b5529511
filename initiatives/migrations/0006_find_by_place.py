"""The place of an initiative weighs as much as its title: "vitre" means the town before the window."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0005_what_came_of_it")]
    operations = [
        migrations.RemoveIndex("initiative", "initiative_search"),
        migrations.RemoveField("initiative", "search"),
        migrations.AddField(
            "initiative",
            "search",
            models.GeneratedField(
                expression=SearchVector("title", "place_label", weight="A", config="french")
                + SearchVector("title", "place_label", weight="A", config="french_unaccented")
                + SearchVector("summary", weight="B", config="french")
                + SearchVector("summary", weight="B", config="french_unaccented"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            "initiative",
            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="initiative_search"),
        ),
    ]
