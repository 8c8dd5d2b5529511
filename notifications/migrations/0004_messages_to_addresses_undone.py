from django.db import migrations


class Migration(migrations.Migration):
    """Does nothing forwards. Going back, messages to addresses are erased: the former table has no place for them."""

    dependencies = [
        ("notifications", "0003_messages_to_addresses"),
    ]

    operations = [
        migrations.RunSQL(
            migrations.RunSQL.noop,
            "DELETE FROM notifications_notification WHERE recipient_id IS NULL",
        ),
    ]
