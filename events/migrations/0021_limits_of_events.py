"""How many events one person posts in a day is set by animators."""

import django.core.validators
from django.db import migrations, models

GROUP = "Animateurs"
RIGHTS = {
    "view_eventlimits": "Can view limites des événements",
    "change_eventlimits": "Can change limites des événements",
}


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    content_type, _created = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label="events", model="eventlimits")
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
        ("events", "0020_free_places"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventLimits",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "posted_a_day",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="Une série compte pour un. Les agendas partenaires ne sont pas limités.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="événements par personne et par jour",
                    ),
                ),
            ],
            options={
                "verbose_name": "limites des événements",
                "verbose_name_plural": "limites des événements",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_event_limits"),
                    models.CheckConstraint(condition=models.Q(posted_a_day__gte=1), name="somebody_may_post_an_event"),
                ],
            },
        ),
        migrations.RunPython(give_rights, take_rights_back),
    ]
