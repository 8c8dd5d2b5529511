from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0031_when_it_ended")]

    operations = [
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["succeeded", "closed", "archived"]), _negated=True),
                    ("ended_at__isnull", False),
                    _connector="OR",
                ),
                name="what_ended_has_its_date",
            ),
        ),
    ]
