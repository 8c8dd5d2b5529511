from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0027_score_without_a_vote")]

    operations = [
        migrations.AddField(
            model_name="update",
            name="told_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="update",
            constraint=models.UniqueConstraint(fields=("initiative", "told_on"), name="one_update_told_a_day"),
        ),
    ]
