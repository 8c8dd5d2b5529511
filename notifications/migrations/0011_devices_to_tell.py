import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0017_when_members_joined"),
        ("notifications", "0010_no_more_digest_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("endpoint", models.CharField(max_length=1000, unique=True, verbose_name="adresse")),
                ("p256dh", models.CharField(max_length=100, verbose_name="clé publique")),
                ("auth", models.CharField(max_length=40, verbose_name="secret")),
                ("made_for", models.CharField(max_length=100, verbose_name="clé du site")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        verbose_name="ajouté",
                    ),
                ),
                ("failing_since", models.DateTimeField(blank=True, null=True, verbose_name="rien n’y arrive depuis")),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="push_subscription",
                        to="members.opensession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={"verbose_name": "appareil prévenu", "verbose_name_plural": "appareils prévenus"},
        ),
        migrations.CreateModel(
            name="Push",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(verbose_name="à envoyer")),
                ("claimed_at", models.DateTimeField(blank=True, null=True, verbose_name="prise en charge")),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="essais")),
                (
                    "notification",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="pushes",
                        to="notifications.notification",
                        verbose_name="notification",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pushes",
                        to="notifications.pushsubscription",
                        verbose_name="appareil",
                    ),
                ),
            ],
            options={
                "verbose_name": "envoi à un appareil",
                "verbose_name_plural": "envois à des appareils",
                "indexes": [models.Index(fields=["due_at", "id"], name="push_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("notification", "subscription"), name="pushed_once")
                ],
            },
        ),
        # What Django would do by reading each of them first.
        migrations.RunSQL(
            "ALTER TABLE notifications_push ADD CONSTRAINT push_of_a_notification FOREIGN KEY (notification_id) "
            "REFERENCES notifications_notification (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE notifications_push DROP CONSTRAINT push_of_a_notification",
        ),
    ]
