from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0025_who_wrote_each_letter")]

    operations = [
        migrations.AddConstraint(
            model_name="eventletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_answer", True), ("author", None), ("author", models.F("member")), _connector="OR"
                ),
                name="only_organisers_answer",
            ),
        ),
    ]
