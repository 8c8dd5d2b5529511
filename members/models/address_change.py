from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AddressChangeQuerySet(models.QuerySet):
    def untold(self, which: str) -> "AddressChangeQuerySet":
        """… of which the "former" or the "new" address is still to be told."""
        return self.filter(Q(former_told_at=None) | Q(new_told_at=None), undone_at=None, **{f"{which}_told_at": None})


class AddressChange(models.Model):
    """A member's address became another. Until `UNDONE_WITHIN` has passed, the message to the former one undoes it.

    The row says which of the two messages are still to be sent, and is erased once nothing can be undone any more.
    """

    UNDONE_WITHIN = timedelta(days=7)

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="address_changes"
    )
    former = models.EmailField(_("ancienne adresse"))
    new = models.EmailField(_("nouvelle adresse"))
    changed_at = models.DateTimeField(_("changée"), default=timezone.now)
    former_told_at = models.DateTimeField(_("ancienne adresse prévenue"), null=True, blank=True)
    new_told_at = models.DateTimeField(_("nouvelle adresse prévenue"), null=True, blank=True)
    undone_at = models.DateTimeField(_("annulée"), null=True, blank=True)

    objects = AddressChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("changement d’adresse")
        verbose_name_plural = _("changements d’adresse")
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(undone_at__gte=models.F("changed_at")),
                name="address_undone_after_change",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(former_told_at=None) | Q(new_told_at=None),
                name="address_change_untold",
            ),
            models.Index(fields=["changed_at"], name="address_change_age"),
        ]

    def __str__(self) -> str:
        return f"{self.changed_at:%d/%m/%Y}"

    @property
    def undone_until(self) -> datetime:
        return self.changed_at + self.UNDONE_WITHIN

    @property
    def can_be_undone(self) -> bool:
        return self.undone_at is None and timezone.now() < self.undone_until
