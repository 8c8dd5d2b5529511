"""What is there gets its account and its deadlines; those who animate the site get the right to keep its promises.

Django writes content types and permissions after all migrations, too late for this one: the rows it needs are written
here, under the names Django gives them, and Django then finds them there.
"""

from django.db import migrations

# What is known of it: when it was opened, sent round, gathered five people, was published, and ended.
ACCOUNTS = """
INSERT INTO initiatives_timelineentry (initiative_id, kind, happened_at, details)
SELECT initiative.id, known.kind, known.happened_at, '{}'
FROM initiatives_initiative initiative CROSS JOIN LATERAL (VALUES
    ('opened', initiative.created_at),
    ('launched', initiative.launched_at),
    ('submitted', initiative.submitted_at),
    ('published', initiative.published_at),
    (CASE WHEN initiative.state IN ('succeeded', 'closed', 'archived') THEN initiative.state END, initiative.ended_at)
) AS known (kind, happened_at)
WHERE known.kind IS NOT NULL AND known.happened_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM initiatives_timelineentry entry
    WHERE entry.initiative_id = initiative.id AND entry.kind = known.kind
);
"""

# A promise that nobody was asked to keep until today is due from today; that of the first step is publication itself.
DEADLINES = """
UPDATE initiatives_promise SET is_kept_at_once = true
WHERE rank = 1 AND words = 'L’initiative paraît dans les listes et sur la page de son territoire.';
UPDATE initiatives_milestone SET
    due_at = reached_at + make_interval(days => days), kept_at = reached_at,
    answer = 'C’est fait\u202f: l’initiative est publiée.'
WHERE reached_at IS NOT NULL AND due_at IS NULL AND kept_at IS NULL
    AND promise = 'L’initiative paraît dans les listes et sur la page de son territoire.';
UPDATE initiatives_milestone SET due_at = greatest(reached_at, now()) + make_interval(days => days)
WHERE reached_at IS NOT NULL AND due_at IS NULL AND kept_at IS NULL AND promise <> '';
"""

RIGHTS = {
    "Animateurs": {
        "milestone": {
            "answer_milestone": "peut tenir les promesses et y répondre",
            "view_milestone": "Can view palier",
        },
        "promise": {
            "view_promise": "Can view promesse",
            "add_promise": "Can add promesse",
            "change_promise": "Can change promesse",
            "delete_promise": "Can delete promesse",
        },
    },
    "Modérateurs": {"version": {"view_version": "Can view version", "change_version": "Can change version"}},
}


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    ContentType = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    Permission = apps.get_model("auth", "Permission").objects.using(alias)
    Group = apps.get_model("auth", "Group").objects.using(alias)
    for name, models in RIGHTS.items():
        group, _created = Group.get_or_create(name=name)
        for model, rights in models.items():
            content_type, _created = ContentType.get_or_create(app_label="initiatives", model=model)
            for codename, words in rights.items():
                right, _created = Permission.get_or_create(
                    content_type=content_type, codename=codename, defaults={"name": words}
                )
                group.permissions.add(right)


def take_rights_back(apps, schema_editor):
    alias = schema_editor.connection.alias
    rights = apps.get_model("auth", "Permission").objects.using(alias).filter(content_type__app_label="initiatives")
    for name, models in RIGHTS.items():
        for group in apps.get_model("auth", "Group").objects.using(alias).filter(name=name):
            codenames = [codename for words in models.values() for codename in words]
            group.permissions.remove(*rights.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("initiatives", "0023_what_is_told_and_promised"),
        ("moderation", "0003_moderators"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        # Their reverse leaves what is known: it is true, and does no harm.
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(DEADLINES, migrations.RunSQL.noop),
        migrations.RunPython(give_rights, take_rights_back),
    ]
