"""What supporters are still to be told, of a step or of anything else, is one row written with the act."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0034_what_came_of_an_event")]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=120)),
                ("context", models.JSONField()),
                ("after", models.BigIntegerField(default=0)),
                (
                    "initiative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="announcements",
                        to="initiatives.initiative",
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="milestone", name="milestone_to_tell"),
        migrations.RemoveField(model_name="milestone", name="to_tell_after"),
    ]
