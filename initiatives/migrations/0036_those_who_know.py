import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0035_announcements_to_supporters")]

    operations = [
        migrations.AddField(
            model_name="announcement",
            name="but",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
    ]
