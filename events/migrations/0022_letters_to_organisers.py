"""A member writes to those who organise an event that no initiative carries."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0021_limits_of_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EventLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_answer", models.BooleanField(default=False, verbose_name="de qui organise")),
                ("text", models.TextField(max_length=3000, verbose_name="message")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="events.event",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="event_letters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "message à qui organise",
                "verbose_name_plural": "messages à qui organise",
                "ordering": ["sent_at", "id"],
                "indexes": [
                    models.Index(fields=["event", "member", "sent_at", "id"], name="event_letter_of_exchange"),
                    models.Index(fields=["sent_at"], name="event_letter_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answered_by", None), ("is_answer", True), _connector="OR"),
                        name="only_organisers_answer",
                    )
                ],
            },
        ),
    ]
