import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0018_roles")]

    operations = [
        migrations.RemoveIndex(model_name="likeness", name="likeness_keys"),
        migrations.RemoveField(model_name="likeness", name="keys"),
        migrations.CreateModel(
            name="LikenessKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key", "likeness_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.IntegerField()),
                (
                    "likeness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="moderation.likeness"
                    ),
                ),
            ],
            options={"verbose_name": "clé de ressemblance", "verbose_name_plural": "clés de ressemblance"},
        ),
    ]
