from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from initiatives.models.timeline import TimelineEntry
from members.models import blocks_whom
from moderation.models import Around, Case, ModeratedContent, ModeratedQuerySet, Notice
from notifications.services import take_back


class ExchangeQuerySet(ModeratedQuerySet):
    def wanted_by(self, reader):
        """… that this reader wants: neither from nor to somebody whom they block."""
        return self.exclude(blocks_whom(reader, "member")).exclude(blocks_whom(reader, "author"))

    def reported(self):
        """… that somebody reported."""
        return self.filter(Exists(Notice.objects.filter(**self._them)))

    def unexamined(self):
        """… that no moderator has to read."""
        return self.exclude(Exists(Case.objects.open().filter(**self._them)))

    @property
    def _them(self) -> dict:
        return {"content_type": ContentType.objects.get_for_model(self.model), "object_id": OuterRef("pk")}


class Correspondence(ModeratedContent):
    """A private message between a member and those who organise something, relayed by the site: nobody's address is
    shown. All of one member about one thing, and the answers, are one exchange. Erased after a while (`tasks`).

    Whoever receives one may report it; withheld, its author alone reads it. It is never read, nor shown, beside others.
    """

    screened_fields = ("text",)
    is_private = True

    published_at = models.DateTimeField(_("envoi"), null=True, blank=True, default=timezone.now, editable=False)
    #: Who does not organise it: the exchange is theirs.
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)s_exchanges")
    text = models.TextField(_("message"), max_length=3000)
    sent_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return gettext("Message privé (%s)") % self.housing

    def is_carried_by(self, member) -> bool:
        """Also by whoever it was written to."""
        return self.member_id == member.pk or super().is_carried_by(member)

    def is_read_by(self, member, *, key: str = "") -> bool:
        """By those who received it: what one wrote is not reported."""
        if not (member.is_authenticated and self.is_public and self.housing.withheld_at is None):
            return False
        return self.member_id == member.pk if self.is_answer else self.is_received_by(member)

    def is_received_by(self, member) -> bool:
        """Whether this member organises it, and reads what is written to those who do."""
        return self.member_id != member.pk and self.housing.is_carried_by(member)

    def around(self) -> list[Around]:
        """What it is about, and none of the other messages."""
        return [self.housing.as_around]

    @property
    def key(self) -> str:
        """Under which people are told of it, once each."""
        raise NotImplementedError

    def withhold(self) -> None:
        """Whoever has not heard of it yet will not."""
        super().withhold()
        take_back(self.key)


class LetterQuerySet(ExchangeQuerySet):
    def to_its_team(self):
        """… written to those who carry the initiative now: not what others were told before it was adopted.

        The public account remembers it, whoever left since: nothing is erased from it.
        """
        adopted = TimelineEntry.objects.filter(kind=TimelineEntry.Kind.ADOPTED, initiative=OuterRef("initiative"))
        return self.exclude(Exists(adopted.filter(happened_at__gte=OuterRef("sent_at"))))


class Letter(Correspondence):
    """A message between a member and those who carry an initiative: its author is the member, or one of them."""

    notice_slug = "lettre"

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="letters", db_index=False
    )
    is_answer = models.BooleanField(_("de l’équipe"), default=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("message privé")
        verbose_name_plural = _("messages privés")
        ordering = ["sent_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_answer=True) | Q(author=None) | Q(author=F("member")), name="only_the_team_answers"
            ),
        ]
        indexes = [
            models.Index(fields=["initiative", "member", "sent_at", "id"], name="letter_of_exchange"),
            models.Index(fields=["sent_at"], name="letter_age"),
        ]

    @property
    def key(self) -> str:
        return f"letter-{self.pk}"

    def get_absolute_url(self) -> str:
        """Where whoever received it reads it."""
        return self._address(is_member=self.is_answer)

    @property
    def author_address(self) -> str:
        return self._address(is_member=not self.is_answer)

    def _address(self, *, is_member: bool) -> str:
        slug = self.initiative.slug
        return (
            reverse("initiative_write", args=[slug])
            if is_member
            else reverse("initiative_exchange", args=[slug, self.pk])
        )

    def is_received_by(self, member) -> bool:
        return super().is_received_by(member) and Letter.objects.to_its_team().filter(pk=self.pk).exists()
