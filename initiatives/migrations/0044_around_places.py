import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """What the page of a territory reads: initiatives of a whole area, and those that succeeded around."""

    dependencies = [
        ("initiatives", "0043_acts_are_counted_by_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(
                    ("commune", None), ("department__isnull", False), ("state", "published"), ("withheld_at", None)
                ),
                fields=["department", "-rank_score", "-id"],
                name="initiative_wide_department",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(
                    ("department", None), ("region__isnull", False), ("state", "published"), ("withheld_at", None)
                ),
                fields=["region", "-rank_score", "-id"],
                name="initiative_wide_region",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(
                    ("department", None), ("region", None), ("state", "published"), ("withheld_at", None)
                ),
                fields=["-rank_order", "-id"],
                name="initiative_of_france",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(("commune__isnull", False), ("state", "succeeded"), ("withheld_at", None)),
                fields=["commune", "-ended_at", "-id"],
                name="initiative_done_commune",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=models.Index(
                condition=models.Q(("department__isnull", False), ("state", "succeeded"), ("withheld_at", None)),
                fields=["department", "-ended_at", "-id"],
                name="initiative_done_department",
            ),
        ),
        migrations.AddIndex(
            model_name="initiative",
            index=django.contrib.postgres.indexes.GistIndex(
                models.Func("longitude", "latitude", function="point"),
                condition=models.Q(("latitude__isnull", False), ("state", "succeeded"), ("withheld_at", None)),
                name="initiative_done_nearest",
            ),
        ),
    ]
