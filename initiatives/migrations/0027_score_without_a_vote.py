"""What nobody voted for has a score of 0: the first formula divided by the number of votes."""

from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Sqrt

Z = 1.96
SHOWN = Q(("parent", None), ("published_at__isnull", False), ("withheld_at", None))


def wilson():
    good = Cast(F("useful_count"), models.FloatField())
    total = NullIf(Cast(F("useful_count") + F("useless_count"), models.FloatField()), Value(0.0))
    share = good / total
    spread = Value(Z) * Sqrt((share * (Value(1.0) - share) + Value(Z**2 / 4) / total) / total)
    centre = share + Value(Z**2 / 2) / total
    return Coalesce((centre - spread) / (Value(1.0) + Value(Z**2) / total), Value(0.0))


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0026_where_photos_are")]

    operations = [
        migrations.RemoveIndex(model_name="contribution", name="contribution_useful"),
        migrations.RemoveIndex(model_name="contribution", name="contribution_stance"),
        migrations.RemoveField(model_name="contribution", name="score"),
        migrations.AddField(
            model_name="contribution",
            name="score",
            field=models.GeneratedField(expression=wilson(), output_field=models.FloatField(), db_persist=True),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(condition=SHOWN, fields=["initiative", "-score", "-id"], name="contribution_useful"),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=SHOWN, fields=["initiative", "stance", "-score", "-id"], name="contribution_stance"
            ),
        ),
    ]
