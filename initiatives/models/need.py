from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.models.action import carried_by
from initiatives.models.traces import Traced
from moderation.models import Around, ModeratedContent, ModeratedQuerySet


class NeedQuerySet(ModeratedQuerySet):
    def open(self):
        """… that anyone may read and that is still to be found."""
        return self.public().filter(met_at=None, dropped_at=None)

    def shown_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read; its team also reads what waits for a moderator."""
        visible = self.visible_to(member, moderating=moderating)
        if moderating or not member.is_authenticated:
            return visible
        return visible | self.filter(carried_by(member), withheld_at=None)

    def for_page(self, member):
        """… with what a page shows this member: `offered_at` and `was_accepted` of their own offer.

        `waiting` is the number of offers to answer, for those who carry the initiative.
        """
        if not member.is_authenticated:
            nothing = models.Value(None, output_field=models.BooleanField())
            return self.annotate(offered_at=nothing, was_accepted=nothing, waiting=models.Value(0))
        offers = Offer.objects.filter(need=OuterRef("pk")).order_by()
        waiting = offers.filter(is_accepted=None).values("need").annotate(count=Count("pk")).values("count")
        own = offers.filter(member=member)
        return self.annotate(
            offered_at=Subquery(own.values("created_at")),
            was_accepted=Subquery(own.values("is_accepted")),
            waiting=Coalesce(Subquery(waiting), 0),
        )


class Need(Traced, ModeratedContent):
    """What an initiative lacks: somebody who knows how to, a place, hours, material."""

    class Sort(models.TextChoices):
        SKILL = "skill", _("un savoir-faire")
        PLACE = "place", _("un lieu")
        HOURS = "hours", _("des heures")
        MATERIAL = "material", _("du matériel")

    notice_slug = "besoin"
    screened_fields = ("words",)

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="needs", db_index=False
    )
    sort = models.CharField(_("ce qui manque"), max_length=10, choices=Sort)
    words = models.CharField(_("en une phrase"), max_length=200)
    met_at = models.DateTimeField(_("trouvé"), null=True, blank=True)
    #: It is looked for no longer, without having been found.
    dropped_at = models.DateTimeField(_("abandonné"), null=True, blank=True)
    #: When its team was last told of offers.
    team_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("besoin")
        verbose_name_plural = _("besoins")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(met_at=None) | Q(dropped_at=None), name="a_need_is_met_or_dropped"),
        ]
        indexes = [models.Index(fields=["initiative", "met_at", "-id"], name="need_of_initiative")]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        return f"{self.initiative.get_absolute_url()}#besoin-{self.pk}"

    def around(self) -> list[Around]:
        return [self.initiative.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As long as anyone reads the initiative it is for."""
        return self.is_public and self.initiative.is_public

    @property
    def is_sought(self) -> bool:
        """Neither found nor given up, whoever may read it."""
        return self.met_at is None and self.dropped_at is None

    @property
    def is_open(self) -> bool:
        """May be answered by an offer."""
        return self.is_public and self.is_sought and self.initiative.is_live


class Offer(models.Model):
    """A member offers what an initiative lacks; its organisers accept or decline. Nobody else reads it."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="offers", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="offers", db_index=False
    )
    message = models.TextField(_("ce que vous proposez"), max_length=1000)
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    is_accepted = models.BooleanField(_("acceptée"), null=True, blank=True)
    #: A word of the organisers with their answer: where, when, or thank you.
    answer = models.TextField(_("votre réponse"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("réponse"), null=True, blank=True)
    #: When the team was told; None while it is to be.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("offre")
        verbose_name_plural = _("offres")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["need", "member"], name="one_offer_each"),
            models.CheckConstraint(
                condition=Q(is_accepted=None, answered_at=None)
                | Q(is_accepted__isnull=False, answered_at__isnull=False),
                name="an_answered_offer_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-created_at", "-id"], name="offer_of_member"),
            models.Index(fields=["need"], condition=Q(told_at=None), name="offer_to_tell"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} → {self.need_id}"
