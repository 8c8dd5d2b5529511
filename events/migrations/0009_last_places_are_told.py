from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0008_people_are_counted_by_the_database")]
    operations = [
        migrations.AddField(
            model_name="attendance",
            name="called_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="dernières places annoncées"),
        ),
    ]
