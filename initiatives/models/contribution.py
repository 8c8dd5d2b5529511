from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Sqrt
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ModeratedContent

#: Quantile of the normal law for a confidence of 95 %.
_Z = 1.96


def _wilson(useful: str, useless: str):
    """Lower bound of the Wilson interval of the share of `useful` votes; 0 without a vote.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    good = Cast(F(useful), models.FloatField())
    total = Cast(F(useful) + F(useless), models.FloatField())
    share = good / NullIf(total, Value(0.0))
    spread = Value(_Z) * Sqrt((share * (Value(1.0) - share) + Value(_Z**2 / 4) / total) / total)
    centre = share + Value(_Z**2 / 2) / total
    return Coalesce((centre - spread) / (Value(1.0) + Value(_Z**2) / total), Value(0.0))


class Contribution(ModeratedContent):
    """A message in the discussion of an initiative: for, against, or neither; or a reply to one of them.

    The counts of votes and replies are changed in the transaction of the vote or the reply: one row each, of which
    nobody makes a queue. `score` follows them by itself.
    """

    class Stance(models.TextChoices):
        FOR = "for", _("pour")
        AGAINST = "against", _("contre")
        NEITHER = "neither", _("ni pour ni contre")

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
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{self.initiative.get_absolute_url()}discussion/#contribution-{self.pk}"


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
