"""Animators look after partners' calendars."""

from django.db import migrations

GROUP = "Animateurs"
RIGHTS = {
    "view_calendarsource": "Can view agenda partenaire",
    "add_calendarsource": "Can add agenda partenaire",
    "change_calendarsource": "Can change agenda partenaire",
}


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    content_type, _created = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label="events", model="calendarsource")
    )
    group, _created = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=GROUP)
    for codename, words in RIGHTS.items():
        right, _created = (
            apps.get_model("auth", "Permission")
            .objects.using(alias)
            .get_or_create(content_type=content_type, codename=codename, defaults={"name": words})
        )
        group.permissions.add(right)


def take_rights_back(apps, schema_editor):
    alias = schema_editor.connection.alias
    rights = apps.get_model("auth", "Permission").objects.using(alias)
    rights = rights.filter(content_type__app_label="events", codename__in=RIGHTS)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=GROUP):
        group.permissions.remove(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0015_reminders_follow_the_agenda"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights_back)]
