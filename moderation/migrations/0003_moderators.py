"""The group of moderators, with its rights.

Django writes content types and permissions after all migrations, too late for this one: the rows it needs are written
here, under the names Django gives them, and Django then finds them there. It also runs when a model's permissions were
already made.
"""

from django.db import migrations

GROUP = "Modérateurs"
RIGHTS = {
    "case": {"view_case": "Can view cas à examiner", "change_case": "Can change cas à examiner"},
    "decision": {"view_decision": "Can view décision", "add_decision": "Can add décision"},
}


def create_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    ContentType = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    Permission = apps.get_model("auth", "Permission").objects.using(alias)
    group, _created = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=GROUP)
    for model, rights in RIGHTS.items():
        content_type, _created = ContentType.get_or_create(app_label="moderation", model=model)
        for codename, name in rights.items():
            right, _created = Permission.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(right)


def remove_group(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0002_log_what_was_decided_upon"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_group, remove_group)]
