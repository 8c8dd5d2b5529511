"""The groups of a bell are read from one index alone, which finds what a member takes along too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0012_rhythm_of_digests"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="notification", name="notification_recipient"),
        migrations.RemoveIndex(model_name="notification", name="notification_about"),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("recipient__isnull", False)),
                fields=["recipient", "about", "-id"],
                include=["in_bell"],
                name="notification_about",
            ),
        ),
    ]
