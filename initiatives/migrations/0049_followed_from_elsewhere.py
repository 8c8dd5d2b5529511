"""What changed lately: for programs that follow what moves."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Greatest


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("initiatives", "0048_supports_are_counted_by_source")]

    operations = [
        AddIndexConcurrently(
            model_name="initiative",
            index=models.Index(
                Greatest("updated_at", "published_at", "ended_at"),
                models.F("id"),
                condition=models.Q(("published_at__isnull", False), ("withheld_at", None)),
                name="initiative_changed",
            ),
        ),
    ]
