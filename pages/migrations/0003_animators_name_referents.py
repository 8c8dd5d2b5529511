"""Animators say who answers for the operator in each place, as the table of roles says too."""

from django.db import migrations

from moderation import roles


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0002_animators_open_departments"),
        ("territories", "0004_who_answers_where"),
    ]

    operations = [migrations.RunPython(roles.write, migrations.RunPython.noop)]
