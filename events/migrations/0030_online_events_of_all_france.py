from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0029_followed_from_elsewhere")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    ("cancelled_at", None),
                    ("published_at__isnull", False),
                    ("withheld_at", None),
                    ("left_map_at", None),
                    ("kind", "online"),
                ),
                fields=["starts_at", "id"],
                name="event_online",
            ),
        ),
    ]
