"""Animators put contents forward, as the table of roles says too."""

from django.db import migrations

from moderation import roles


class Migration(migrations.Migration):
    dependencies = [("pages", "0004_what_moved_lately"), ("moderation", "0024_put_forward_by_the_team")]

    operations = [migrations.RunPython(roles.write, migrations.RunPython.noop)]
