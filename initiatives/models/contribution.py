from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Sqrt
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from initiatives.models.traces import Traced
from members.models import blocks_whom
from moderation.models import Around, ModeratedContent, ModeratedQuerySet

#: During which its author may change what others read already.
EDIT_TIME = timedelta(minutes=15)
#: Beyond, one says "plus de 1 000" and counts no further.
MOST_COUNTED = 1000

#: In per cent, and the quantile of the normal law for it.
CONFIDENCE = 95
_Z = 1.96


def _wilson(useful: str, useless: str):
    """Lower bound of the Wilson interval of the share of `useful` votes; 0 without a vote.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    good = Cast(F(useful), models.FloatField())
    total = NullIf(Cast(F(useful) + F(useless), models.FloatField()), Value(0.0))
    share = good / total
    spread = Value(_Z) * Sqrt((share * (Value(1.0) - share) + Value(_Z**2 / 4) / total) / total)
    centre = share + Value(_Z**2 / 2) / total
    return Coalesce((centre - spread) / (Value(1.0) + Value(_Z**2) / total), Value(0.0))


class _NumberOf(models.Func):
    """How many rows a subquery has, within its limit."""

    template = "(SELECT count(*) FROM %(expressions)s AS counted)"
    output_field = models.IntegerField()


class ContributionQuerySet(ModeratedQuerySet):
    def threads(self):
        """… that reply to nothing."""
        return self.filter(parent=None)

    def readable_by(self, member, *, moderating: bool = False):
        """… at their own address: a reply is hidden with what it replies to, from all but its author."""
        found = self.visible_to(member, moderating=moderating)
        if moderating:
            return found
        seen = Q(parent=None) | Q(parent__published_at__isnull=False, parent__withheld_at=None)
        return found.filter(seen | Q(author=member) if member.is_authenticated else seen)

    def waiting_of(self, member):
        """… by this member, that nobody else reads: not read by a moderator yet, or withheld."""
        return self.filter(Q(published_at=None) | Q(withheld_at__isnull=False), author=member)

    def for_list(self, member):
        """… with what a list shows this member: `my_vote` is True, False, or None without a vote; `is_folded`, by
        somebody whom they block.
        """
        found = self.select_related("author").folded_for(member)
        if not member.is_authenticated:
            return found.annotate(my_vote=Value(None, models.BooleanField()))
        mine = ContributionVote.objects.filter(contribution=OuterRef("pk"), member=member)
        return found.annotate(my_vote=Subquery(mine.values("is_useful")))

    def folded_for(self, member):
        blocked = blocks_whom(member, "author") if member.is_authenticated else Value(False)
        return self.annotate(is_folded=blocked)

    def glimpse(self, member, *, recent: int):
        """… of one initiative, for this reader: the pinned one, then the few most recent, in one query; unordered.

        Each has `total`, how many there are, counted no further than one more than MOST_COUNTED.
        """
        shown = self.threads().public()
        # In the order of the index: without one, PostgreSQL may look for the first thousand in the whole table.
        counted = shown.order_by("-id").values(one=Value(1))[: MOST_COUNTED + 1]
        shown = shown.select_related("author").folded_for(member).annotate(total=_NumberOf(Subquery(counted)))
        latest = shown.filter(pinned_at=None, erased_at=None).order_by("-id")[:recent]
        return shown.filter(pinned_at__isnull=False).order_by().union(latest, all=True)


class Contribution(Traced, ModeratedContent):
    """A message in the discussion of an initiative: for, against, or neither; or a reply to one of them.

    The database counts votes and replies by itself, in the transaction of whatever changes them (migration
    `discussion`): one row each, of which nobody makes a queue. `score` follows. It also refuses a reply to a reply, a
    reply in another discussion, and that a contribution moves.
    """

    class Stance(models.TextChoices):
        FOR = "for", _("pour")
        AGAINST = "against", _("contre")
        NEITHER = "neither", _("ni pour ni contre")

    notice_slug = "contribution"
    screened_fields = ("text",)

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="contributions", db_index=False
    )
    #: What it replies to; a reply has none of its own.
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies", db_index=False
    )
    stance = models.CharField(_("avis"), max_length=8, choices=Stance, default=Stance.NEITHER)
    text = models.TextField(_("texte"), max_length=3000, blank=True)
    #: Its author took it back: a trace stays, without text.
    erased_at = models.DateTimeField(_("effacée"), null=True, blank=True)
    pinned_at = models.DateTimeField(_("mise en avant"), null=True, blank=True)
    useful_count = models.PositiveIntegerField(_("utile"), default=0, editable=False)
    useless_count = models.PositiveIntegerField(_("pas utile"), default=0, editable=False)
    reply_count = models.PositiveIntegerField(_("réponses"), default=0, editable=False)
    score = models.GeneratedField(
        expression=_wilson("useful_count", "useless_count"), output_field=models.FloatField(), db_persist=True
    )

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(erased_at=None) | Q(text=""), name="an_erased_contribution_has_no_text"),
            models.CheckConstraint(condition=Q(parent=None) | Q(pinned_at=None), name="a_reply_is_not_pinned"),
            models.CheckConstraint(condition=Q(parent=None) | Q(reply_count=0), name="a_reply_has_no_replies"),
            models.UniqueConstraint(
                fields=["initiative"], condition=Q(pinned_at__isnull=False), name="one_pinned_contribution"
            ),
        ]
        indexes = [
            models.Index(
                fields=["initiative", "-id"],
                condition=Q(parent=None, published_at__isnull=False, withheld_at=None),
                name="contribution_recent",
            ),
            models.Index(
                fields=["initiative", "-score", "-id"],
                condition=Q(parent=None, published_at__isnull=False, withheld_at=None),
                name="contribution_useful",
            ),
            models.Index(
                fields=["initiative", "stance", "-score", "-id"],
                condition=Q(parent=None, published_at__isnull=False, withheld_at=None),
                name="contribution_stance",
            ),
            models.Index(fields=["parent", "id"], condition=Q(parent__isnull=False), name="contribution_replies"),
            models.Index(
                fields=["initiative", "author", "-id"],
                condition=Q(published_at=None) | Q(withheld_at__isnull=False),
                name="contribution_waiting",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.text).chars(80) or gettext("contribution effacée")

    def get_absolute_url(self) -> str:
        return reverse("discussion_thread", args=[self.initiative.slug, self.pk])

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As long as anyone reads the discussion it stands in, and what it replies to."""
        return self.is_open and self.initiative.is_public and (self.parent is None or self.parent.is_public)

    def around(self) -> list[Around]:
        """The initiative that it discusses, what it replies to, and what stands just before and just after it."""
        shown = [self.initiative.as_around]
        if self.parent is not None:
            shown.append(_beside(gettext("Ce à quoi elle répond"), self.parent))
        siblings = Contribution.objects.filter(initiative=self.initiative_id, parent=self.parent_id).public()
        for words, found in (
            (gettext("Juste avant"), siblings.filter(pk__lt=self.pk).order_by("-pk")),
            (gettext("Juste après"), siblings.filter(pk__gt=self.pk).order_by("pk")),
        ):
            shown += [_beside(words, row) for row in found.select_related("author", "initiative")[:1]]
        return shown

    @property
    def editable_until(self) -> datetime | None:
        """When its text ceases to be its author's to change; None as long as nobody else reads it."""
        return self.created_at + EDIT_TIME if self.is_public else None

    @property
    def is_editable(self) -> bool:
        """By its author: shortly after it was written, or as long as nobody else reads it."""
        if self.erased_at:
            return False
        return self.editable_until is None or timezone.now() < self.editable_until

    @property
    def was_edited(self) -> bool:
        return self.updated_at - self.created_at > timedelta(seconds=1)

    @property
    def is_open(self) -> bool:
        """May be answered, voted for and pinned; what it belongs to says by whom."""
        return self.is_public and self.erased_at is None


def _beside(words: str, contribution: Contribution) -> Around:
    author = contribution.author.display_name if contribution.author else gettext("Ancien membre")
    return Around(words, author, contribution.get_absolute_url(), contribution.text)


class ContributionVote(models.Model):
    """A member finds a contribution useful, or not. One each."""

    contribution = models.ForeignKey(Contribution, on_delete=models.CASCADE, related_name="votes", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_useful = models.BooleanField(_("utile"))
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [models.UniqueConstraint(fields=["contribution", "member"], name="one_vote_each")]

    def __str__(self) -> str:
        return f"{self.contribution_id}"
