"""Each role has exactly the rights of `moderation.roles`."""

from django.db import migrations

from moderation import roles


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0017_own_contacts"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(roles.write, migrations.RunPython.noop)]
