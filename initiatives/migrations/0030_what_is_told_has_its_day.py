from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0029_days_on_which_updates_were_told")]

    operations = [
        migrations.AddConstraint(
            model_name="update",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at", None), ("told_on__isnull", False), _connector="OR"),
                name="told_on_a_day",
            ),
        ),
    ]
