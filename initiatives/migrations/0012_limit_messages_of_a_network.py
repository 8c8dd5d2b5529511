"""How many messages leave in an hour for the demands of one network."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0011_undo_reviews_in_any_order")]
    operations = [
        migrations.AddField(
            model_name="supportlimits",
            name="messages_per_network_an_hour",
            field=models.PositiveIntegerField(
                default=300,
                help_text="Pour que personne ne fasse écrire le site à des inconnus. Au-delà, rien ne part.",
                verbose_name="messages par réseau et par heure",
            ),
        ),
    ]
