from datetime import timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Departure(models.Model):
    """A member left. Their row stays, without name or address, until nothing can be undone and nothing needs it.

    `asked_at` → `carried_at`: what goes at once is gone → `done_at`: nothing can be undone, what was theirs is erased
    or nameless. Or `undone_at`: they came back.
    """

    #: For so long they may come back.
    UNDONE_WITHIN = timedelta(days=7)

    class Wish(models.TextChoices):
        ANONYMISE = "anonymise", _("Anonymisez ce que j’ai écrit")
        ERASE = "erase", _("Effacez ce que j’ai écrit")

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="departure"
    )
    wish = models.CharField(_("choix"), max_length=10, choices=Wish)
    asked_at = models.DateTimeField(_("départ"), default=timezone.now)
    ends_at = models.DateTimeField(_("définitif le"))
    #: What coming back gives back, encrypted (core.sealing): empty once nothing does.
    sealed = models.BinaryField(null=True, editable=False)
    carried_at = models.DateTimeField(_("effet"), null=True, blank=True)
    undone_at = models.DateTimeField(_("annulé"), null=True, blank=True)
    done_at = models.DateTimeField(_("effacé"), null=True, blank=True)

    class Meta:
        verbose_name = _("départ")
        verbose_name_plural = _("départs")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=models.F("asked_at")), name="departure_ends_later"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(sealed=None), name="what_is_done_gives_nothing_back"),
            models.CheckConstraint(condition=Q(done_at=None) | Q(undone_at=None), name="a_departure_is_done_or_undone"),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=Q(done_at=None, undone_at=None), name="departure_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%d/%m/%Y}"

    @property
    def can_be_undone(self) -> bool:
        return self.done_at is None and self.undone_at is None and timezone.now() < self.ends_at


class SetAside(models.Model):
    """What a content said before its author left and asked that it be erased: sealed, until nothing can be undone."""

    departure = models.ForeignKey(Departure, on_delete=models.CASCADE, related_name="set_aside", db_index=False)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    sealed = models.BinaryField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["departure", "content_type", "object_id"], name="set_aside_once"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type_id} {self.object_id}"


class ClosedIdentity(models.Model):
    """Who had published something, for a court that asks (loi n° 2004-575, art. 6; décret n° 2021-1362): encrypted.

    Only of those whose words others could read. A reading is written down; nothing else leads here.
    """

    #: Identities; what else an account held is not kept.
    KEPT = timedelta(days=5 * 365 + 1)

    #: Address, name, dates and numbers of what was published, encrypted (core.sealing).
    sealed = models.BinaryField(editable=False)
    closed_at = models.DateTimeField(_("fermeture"), default=timezone.now)
    destroy_on = models.DateField(_("destruction"))
    held_reason = models.CharField(_("conservation demandée par"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("identité d’un compte fermé")
        verbose_name_plural = _("identités de comptes fermés")
        ordering = ["-closed_at", "-id"]
        permissions = [("open_closed_identity", _("Lire l’identité d’un compte fermé, sur demande d’un juge"))]
        indexes = [models.Index(fields=["destroy_on"], condition=Q(held_reason=""), name="identity_to_destroy")]

    def __str__(self) -> str:
        return f"{self.closed_at:%d/%m/%Y}"
