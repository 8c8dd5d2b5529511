import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Erasing a hundred thousand rows does not look for the lines of each: only digests have any."""

    dependencies = [
        ("notifications", "0013_bell_from_one_index"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="lines",
                to="notifications.notification",
                verbose_name="résumé",
            ),
        ),
    ]
