"""What gathers its first five people has a link that nobody guesses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0014_steps_and_promises")]
    operations = [
        migrations.AddConstraint(
            model_name='initiative',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'preparing'), _negated=True), models.Q(('nursery_key', ''), _negated=True), _connector='OR'), name='a_preparing_initiative_has_a_secret_link'),
        ),
    ]
