from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CoOrganiser(models.Model):
    """Somebody who carries an initiative with its author. The author is not one of them: they own it."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="co_organisers", db_index=False
    )
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="carried")
    joined_at = models.DateTimeField(_("arrivée"), default=timezone.now)

    class Meta:
        verbose_name = _("co-organisateur")
        verbose_name_plural = _("co-organisateurs")
        ordering = ["joined_at", "id"]
        constraints = [models.UniqueConstraint(fields=["initiative", "member"], name="co_organiser_once")]

    def __str__(self) -> str:
        return f"{self.member} → {self.initiative_id}"


class Invitation(models.Model):
    """Somebody is asked to carry an initiative: by an address, or by a link that the author hands over.

    Its link is the row's signed number: the database holds nothing that opens. An address is erased once answered.
    """

    initiative = models.ForeignKey("initiatives.Initiative", on_delete=models.CASCADE, related_name="invitations")
    #: To whom; empty for a link. Erased once it is answered.
    email = models.EmailField(_("adresse e-mail"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    ends_at = models.DateTimeField(_("fin"))
    answered_at = models.DateTimeField(_("réponse"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(answered_at__isnull=False), name="an_accepted_invitation_is_answered"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(email=""), name="an_answered_invitation_holds_no_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} ({self.created_at:%Y-%m-%d})"
