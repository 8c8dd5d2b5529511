from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("moderation", "0006_a_queue_to_work_in")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(fields=["opened_at"], condition=models.Q(closed_at=None), name="case_oldest"),
        ),
    ]
