"""What was just announced, and what changed lately: for feeds, and for programs that follow what moves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Greatest


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0028_nothing_before_opening")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("cancelled_at", None),
                    ("published_at__isnull", False),
                    ("withheld_at", None),
                    ("left_map_at", None),
                ),
                fields=["-published_at", "-id"],
                name="event_announced",
            ),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                Greatest("updated_at", "published_at", "cancelled_at"),
                models.F("id"),
                condition=models.Q(("published_at__isnull", False), ("withheld_at", None)),
                name="event_changed",
            ),
        ),
    ]
