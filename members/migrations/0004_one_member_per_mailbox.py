from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0003_fill_address_keys")]

    operations = [
        migrations.AlterField(
            model_name="member",
            name="address_key",
            field=models.BinaryField(max_length=32, unique=True),
        ),
    ]
