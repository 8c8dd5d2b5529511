from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LegalHoldQuerySet(models.QuerySet):
    def current(self):
        """… that stand."""
        return self.filter(lifted_at=None)

    def held(self):
        """The numbers of the members of whom nothing is erased: a task that erases leaves their rows out."""
        return self.current().values("member")


class LegalHold(models.Model):
    """A court, or a dispute, asks that what we hold about somebody be kept: nothing of theirs is erased meanwhile.

    They may leave: nothing of theirs is shown any more, and what was to be erased waits.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.PROTECT, related_name="legal_holds"
    )
    reason = models.CharField(_("qui le demande, et pourquoi"), max_length=500)
    since = models.DateTimeField(_("depuis"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("par"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(_("levée"), null=True, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("conservation demandée")
        verbose_name_plural = _("conservations demandées")
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(lifted_at=None), name="one_hold_at_a_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | Q(lifted_at__gte=models.F("since")), name="a_hold_is_lifted_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since:%d/%m/%Y}"
