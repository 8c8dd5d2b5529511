"""Animators look after départements that are not open yet, as the table of roles says too."""

from django.db import migrations

from moderation import roles


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0001_what_moves_near_homes"),
        ("moderation", "0018_roles"),
        ("territories", "0003_gated_openings"),
    ]

    operations = [migrations.RunPython(roles.write, migrations.RunPython.noop)]
