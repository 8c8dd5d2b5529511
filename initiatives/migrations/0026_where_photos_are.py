from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0025_what_is_promised_stays")]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="is_open",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
