import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Cast, Now


class Migration(migrations.Migration):
    dependencies = [("members", "0011_sessions_blocks_and_changes_of_address")]

    operations = [
        migrations.AddField(
            model_name="member",
            name="active_on",
            field=models.DateField(
                db_default=Cast(Now(), models.DateField()),
                default=django.utils.timezone.localdate,
                editable=False,
                verbose_name="dernier jour d’activité",
            ),
        ),
    ]
