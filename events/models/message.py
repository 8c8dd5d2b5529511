from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from notifications.services import take_back

#: So many a day to those who come to one event.
MESSAGES_A_DAY = 2


class EventMessageQuerySet(ModeratedQuerySet):
    def to_tell(self):
        """… that passed, of an event that is there, and were not sent yet."""
        return self.public().filter(told_at=None, event__published_at__isnull=False, event__withheld_at=None)


class EventMessage(ModeratedContent):
    """What an organiser writes to those who come: the site sends it, and nobody sees anybody's address."""

    notice_slug = "message"
    screened_fields = ("text",)

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="messages", db_index=False)
    text = models.TextField(_("message"), max_length=2000)
    to_waiting = models.BooleanField(_("aussi aux personnes en attente"), default=False)
    #: The day here on which it was written, and its turn: the database refuses a third one.
    day = models.DateField(_("jour"), default=timezone.localdate, editable=False)
    turn = models.PositiveSmallIntegerField(default=1, editable=False)
    #: When it was sent; None as long as it waits for a moderator.
    told_at = models.DateTimeField(_("envoi"), null=True, blank=True, editable=False)

    objects = EventMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message aux participants")
        verbose_name_plural = _("messages aux participants")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "day", "turn"], name="messages_have_turns"),
            models.CheckConstraint(condition=Q(turn__gte=1, turn__lte=MESSAGES_A_DAY), name="two_messages_a_day"),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(published_at__isnull=False), name="message_sent_once_passed"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "-id"], name="message_of_event"),
            models.Index(fields=["day"], name="message_age"),
            models.Index(
                fields=["id"],
                condition=Q(told_at=None, published_at__isnull=False, withheld_at=None),
                name="message_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(" ".join(self.text.split())).chars(60)

    def get_absolute_url(self) -> str:
        return reverse("event_message", args=[self.event.slug, self.pk])

    def around(self) -> list[Around]:
        return [self.event.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        """By those whom it was sent to."""
        if not (member.is_authenticated and self.is_public and self.event.withheld_at is None):
            return False
        theirs = self.event.attendances.filter(member=member)
        return (theirs.given() if self.to_waiting else theirs.coming()).exists()

    @property
    def key(self) -> str:
        """Under which people are told of it, once each."""
        return f"event-message-{self.pk}"

    def withhold(self) -> None:
        """What has not left does not leave."""
        super().withhold()
        take_back(self.key)
