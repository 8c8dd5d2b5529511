from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("initiatives", "0049_followed_from_elsewhere")]

    operations = [
        AddIndexConcurrently(
            "milestone",
            models.Index(fields=["reached_at"], condition=Q(reached_at__isnull=False), name="milestone_reached"),
        ),
        AddIndexConcurrently(
            "milestone", models.Index(fields=["kept_at"], condition=Q(kept_at__isnull=False), name="milestone_kept")
        ),
    ]
