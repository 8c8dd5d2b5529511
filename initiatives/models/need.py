from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models import ModeratedContent


class Need(ModeratedContent):
    """What an initiative lacks: somebody who knows how to, a place, hours, material."""

    class Sort(models.TextChoices):
        SKILL = "skill", _("un savoir-faire")
        PLACE = "place", _("un lieu")
        HOURS = "hours", _("des heures")
        MATERIAL = "material", _("du matériel")

    screened_fields = ("words",)

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="needs", db_index=False
    )
    sort = models.CharField(_("ce qui manque"), max_length=10, choices=Sort)
    words = models.CharField(_("en une phrase"), max_length=200)
    met_at = models.DateTimeField(_("trouvé"), null=True, blank=True)

    class Meta:
        verbose_name = _("besoin")
        verbose_name_plural = _("besoins")
        ordering = ["-id"]
        indexes = [models.Index(fields=["initiative", "met_at", "-id"], name="need_of_initiative")]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        return f"{self.initiative.get_absolute_url()}#besoin-{self.pk}"


class Offer(models.Model):
    """A member offers what an initiative lacks; its organisers accept or decline. Nobody else reads it."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="offers", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="offers")
    message = models.TextField(_("ce que vous proposez"), max_length=1000)
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    is_accepted = models.BooleanField(_("acceptée"), null=True, blank=True)
    answered_at = models.DateTimeField(_("réponse"), null=True, blank=True)

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

    def __str__(self) -> str:
        return f"{self.member_id} → {self.need_id}"
