from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("members", "0016_what_a_person_asks_about_themselves")]

    operations = [
        AddIndexConcurrently("member", models.Index(fields=["joined_at"], name="member_joined")),
    ]
