from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from initiatives.models import ExchangeQuerySet


class EventLetter(models.Model):
    """A message between a member and those who organise an event, relayed by the site: nobody's address is shown.

    All letters of one member about one event, and the answers, are one exchange. Erased after a while. What an
    initiative organises is written about to its team (initiatives.models.Letter).
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="letters", db_index=False)
    #: Who does not organise it: the exchange is theirs.
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="event_letters")
    #: Who of those who organise answers; empty for what the member wrote.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_answer = models.BooleanField(_("de qui organise"), default=False)
    text = models.TextField(_("message"), max_length=3000)
    sent_at = models.DateTimeField(_("date"), default=timezone.now)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("message à qui organise")
        verbose_name_plural = _("messages à qui organise")
        ordering = ["sent_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | models.Q(is_answer=True), name="only_organisers_answer"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "member", "sent_at", "id"], name="event_letter_of_exchange"),
            models.Index(fields=["sent_at"], name="event_letter_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} ({self.sent_at:%Y-%m-%d})"
