"""What is looked for over the whole site is kept by the room `search`: here, titles are compared, and nothing else."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.contrib.postgres.search import SearchVector
from django.db import migrations
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("initiatives", "0050_what_was_reached_lately")]

    operations = [
        AddIndexConcurrently(
            "initiative",
            GinIndex(
                SearchVector("title", "place_label", config="french_unaccented"),
                condition=Q(state="published", withheld_at=None),
                name="initiative_title_stems",
            ),
        ),
        RemoveIndexConcurrently("initiative", "initiative_search"),
        migrations.RemoveField("initiative", "search"),
    ]
