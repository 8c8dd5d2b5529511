"""Animators say how many events one person posts a day, as the table of roles says too."""

from django.db import migrations

from moderation import roles


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0022_letters_to_organisers"),
        ("moderation", "0018_roles"),
    ]

    operations = [migrations.RunPython(roles.write, migrations.RunPython.noop)]
