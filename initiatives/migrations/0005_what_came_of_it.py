from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The home page shows the latest that succeeded, without reading all the others."""

    atomic = False
    dependencies = [
        ("initiatives", "0004_keywords"),
    ]
    operations = [
        AddIndexConcurrently(
            "initiative",
            models.Index(
                fields=["-ended_at", "-id"],
                condition=models.Q(("state", "succeeded"), ("withheld_at", None)),
                name="initiative_succeeded",
            ),
        ),
    ]
