from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0040_who_wrote_each_letter")]

    operations = [
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_answer", True), ("author", None), ("author", models.F("member")), _connector="OR"
                ),
                name="only_the_team_answers",
            ),
        ),
    ]
