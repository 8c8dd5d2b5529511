"""Moderators examine supports.

Django writes content types and permissions after all migrations, too late for this one: the rows it needs are written
here, under the names Django gives them, and Django then finds them there.
"""

from django.db import migrations

GROUP = "Modérateurs"
RIGHTS = {
    "support": {"review_supports": "peut examiner les soutiens et en écarter"},
    "supportreview": {"view_supportreview": "Can view examen de soutiens"},
}


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    ContentType = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    Permission = apps.get_model("auth", "Permission").objects.using(alias)
    group, _created = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=GROUP)
    for model, rights in RIGHTS.items():
        content_type, _created = ContentType.get_or_create(app_label="initiatives", model=model)
        for codename, name in rights.items():
            right, _created = Permission.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            group.permissions.add(right)


def take_rights_back(apps, schema_editor):
    alias = schema_editor.connection.alias
    group = apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP).first()
    if group is not None:
        codenames = [codename for rights in RIGHTS.values() for codename in rights]
        rights = apps.get_model("auth", "Permission").objects.using(alias)
        group.permissions.remove(*rights.filter(content_type__app_label="initiatives", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0009_supports_keep_their_promises"),
        ("moderation", "0003_moderators"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights_back)]
