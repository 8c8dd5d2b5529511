from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("initiatives", "0019_the_team")]

    operations = [
        AddIndexConcurrently(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(("author", None), ("frozen_at", None)), fields=["id"], name="initiative_orphan"
            ),
        ),
    ]
