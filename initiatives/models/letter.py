from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.models.timeline import TimelineEntry
from members.models import blocks_whom


class ExchangeQuerySet(models.QuerySet):
    def wanted_by(self, reader):
        """… that this reader wants: neither from nor to somebody whom they block."""
        return self.exclude(blocks_whom(reader, "member")).exclude(blocks_whom(reader, "answered_by"))


class LetterQuerySet(ExchangeQuerySet):
    def to_its_team(self):
        """… written to those who carry the initiative now: not what others were told before it was adopted.

        The public account remembers it, whoever left since: nothing is erased from it.
        """
        adopted = TimelineEntry.objects.filter(
            kind=TimelineEntry.Kind.ADOPTED, initiative=models.OuterRef("initiative")
        )
        return self.exclude(models.Exists(adopted.filter(happened_at__gte=models.OuterRef("sent_at"))))


class Letter(models.Model):
    """A message between a member and those who carry an initiative, relayed by the site: nobody's address is shown.

    All letters of one member to one initiative, and the answers, are one exchange. Erased after a while (`tasks`).
    """

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="letters", db_index=False
    )
    #: Who is not of the team: the exchange is theirs.
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters")
    #: Who of the team answers; empty for what the member wrote.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_answer = models.BooleanField(_("de l’équipe"), default=False)
    text = models.TextField(_("message"), max_length=3000)
    sent_at = models.DateTimeField(_("date"), default=timezone.now)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["sent_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | models.Q(is_answer=True), name="only_the_team_answers"
            ),
        ]
        indexes = [
            models.Index(fields=["initiative", "member", "sent_at", "id"], name="letter_of_exchange"),
            models.Index(fields=["sent_at"], name="letter_age"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} ({self.sent_at:%Y-%m-%d})"
