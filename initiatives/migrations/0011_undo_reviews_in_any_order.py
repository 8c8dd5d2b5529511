"""A support keeps every review that moved it, so that reviews are undone in any order and leave what there was."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0010_who_examines_supports")]
    operations = [
        migrations.RemoveIndex(model_name="support", name="support_reviewed"),
        migrations.RemoveField(model_name="support", name="review"),
        migrations.AddField(
            model_name="support",
            name="reviews",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, editable=False, null=True, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="support",
            index=models.Index(
                condition=models.Q(("reviews__isnull", False)), fields=["initiative"], name="support_reviewed"
            ),
        ),
    ]
