from django.db import migrations, models


class Migration(migrations.Migration):
    """What moved in a département is read from its start, for whoever follows it."""

    dependencies = [
        ("pages", "0005_animators_put_forward"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="happening",
            index=models.Index(
                condition=models.Q(("is_shown", True), models.Q(("department", ""), _negated=True)),
                fields=["department", "is_partners", "-moved_at", "-id"],
                name="happening_followed",
            ),
        ),
    ]
