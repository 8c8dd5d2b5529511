from django.db import migrations


class Migration(migrations.Migration):
    """A line of a digest is one more way to hear of what happened: it joins the others."""

    dependencies = [
        ("notifications", "0008_one_row_for_each_and_what_they_prefer"),
    ]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO notifications_notification
                (recipient_id, kind, key, context, mail, created_at, due_at, digest_id, sent_at)
            SELECT recipient_id, kind, key, context, 'digest', created_at, due_at, digest_id, sent_at
            FROM notifications_digestline
            ORDER BY id
            ON CONFLICT DO NOTHING
            """,
            [
                """
                INSERT INTO notifications_digestline
                    (recipient_id, kind, key, context, created_at, due_at, digest_id, sent_at)
                SELECT recipient_id, kind, key, context, created_at, due_at, digest_id, sent_at
                FROM notifications_notification
                WHERE mail = 'digest'
                ORDER BY id
                """,
                # What was not to be sent has no place in the former table.
                "DELETE FROM notifications_notification WHERE mail <> 'now'",
            ],
        ),
    ]
