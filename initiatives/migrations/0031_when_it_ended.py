from django.db import migrations

# Its account says when it ended; else nothing is known but when somebody last did something for it.
ENDED = """
UPDATE initiatives_initiative AS initiative SET ended_at = coalesce(
    (
        SELECT max(happened_at) FROM initiatives_timelineentry AS entry
        WHERE entry.initiative_id = initiative.id AND entry.kind IN ('succeeded', 'closed', 'archived', 'merged')
    ),
    initiative.active_at
)
WHERE ended_at IS NULL AND state IN ('succeeded', 'closed', 'archived')
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0030_what_is_told_has_its_day")]

    operations = [migrations.RunSQL(ENDED, migrations.RunSQL.noop)]
