from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.models.event import Event
from initiatives.models.letter import Correspondence, ExchangeQuerySet


class EventLetter(Correspondence):
    """A message between a member and those who organise an event. What an initiative organises is written about to its
    team (initiatives.models.Letter)."""

    notice_slug = "lettre-evenement"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="letters", db_index=False)
    is_answer = models.BooleanField(_("de qui organise"), default=False)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("message privé à qui organise")
        verbose_name_plural = _("messages privés à qui organise")
        ordering = ["sent_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_answer=True) | Q(author=None) | Q(author=F("member")), name="only_organisers_answer"
            ),
        ]
        indexes = [
            models.Index(fields=["event", "member", "sent_at", "id"], name="event_letter_of_exchange"),
            models.Index(fields=["sent_at"], name="event_letter_age"),
        ]

    @property
    def key(self) -> str:
        return f"event-letter-{self.pk}"

    def get_absolute_url(self) -> str:
        """Where whoever received it reads it."""
        return self._address(is_member=self.is_answer)

    @property
    def author_address(self) -> str:
        return self._address(is_member=not self.is_answer)

    def _address(self, *, is_member: bool) -> str:
        slug = self.event.slug
        return (
            reverse("event_letter_write", args=[slug]) if is_member else reverse("event_exchange", args=[slug, self.pk])
        )
