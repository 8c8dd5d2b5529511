from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Value
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("members", "0013_fill_last_days")]

    operations = [
        AddIndexConcurrently(
            "member", models.Index(Coalesce("home_commune", Value("")), "id", name="member_by_home")
        ),
    ]
