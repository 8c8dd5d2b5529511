from django.db import migrations, models


class Migration(migrations.Migration):
    """One key for every address of a mailbox; a consent for those who support without an account."""

    dependencies = [("members", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="member",
            name="address_key",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[("use", "utilisation du site"), ("support", "soutien sans compte")],
                max_length=20,
                verbose_name="objet",
            ),
        ),
    ]
