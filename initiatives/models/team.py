from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CoOrganiser(models.Model):
    """Somebody who carries an initiative with its author. The author is not one of them: they own it.

    The author may propose them to become the author in turn (`offered_at`), one at a time.
    """

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="co_organisers", db_index=False
    )
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="carried")
    joined_at = models.DateTimeField(_("arrivée"), default=timezone.now)
    offered_at = models.DateTimeField(_("transmission proposée"), null=True, blank=True)
    #: Once this person is the author, the one of today leaves the team instead of staying in it.
    author_leaves = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("co-organisateur")
        verbose_name_plural = _("co-organisateurs")
        ordering = ["joined_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "member"], name="co_organiser_once"),
            models.UniqueConstraint(
                fields=["initiative"], condition=Q(offered_at__isnull=False), name="handed_over_to_one_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.initiative_id}"


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """… that can still be accepted."""
        return self.filter(answered_at=None, ends_at__gt=timezone.now())


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

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "email"], condition=~Q(email=""), name="an_address_is_invited_once"
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(answered_at__isnull=False), name="an_accepted_invitation_is_answered"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(email=""), name="an_answered_invitation_holds_no_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative_id} ({self.created_at:%Y-%m-%d})"

    @property
    def is_open(self) -> bool:
        """Can still be accepted."""
        return self.answered_at is None and self.ends_at > timezone.now()


class AdoptionRequest(models.Model):
    """A supporter asks to carry an initiative that nobody carries any more; staff decide, and say why."""

    initiative = models.ForeignKey(
        "initiatives.Initiative",
        verbose_name=_("initiative"),
        on_delete=models.CASCADE,
        related_name="adoption_requests",
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("qui"), on_delete=models.CASCADE, related_name="adoption_requests"
    )
    message = models.TextField(_("ce que la personne veut en faire"), max_length=1000)
    asked_at = models.DateTimeField(_("demande"), default=timezone.now)
    decided_at = models.DateTimeField(_("réponse"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_accepted = models.BooleanField(_("acceptée"), default=False)
    reason = models.CharField(_("raison"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("demande de reprise")
        verbose_name_plural = _("demandes de reprise")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "member"], condition=Q(decided_at=None), name="one_waiting_adoption_each"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, is_accepted=False) | (Q(decided_at__isnull=False) & ~Q(reason="")),
                name="an_adoption_is_decided_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative} ({self.asked_at:%Y-%m-%d})"
