from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class Consent(models.Model):
    """What a person agreed to, in which version of the text, and when. Withdrawn, it stays as history."""

    class Purpose(models.TextChoices):
        USE = "use", _("utilisation du site")
        SUPPORT = "support", _("soutien sans compte")
        ATTEND = "attend", _("participation sans compte")
        DIGEST = "digest", _("résumé de ce qui se passe près de chez moi")
        PARTY = "party", _("nouvelles du parti")

    member = models.ForeignKey(Member, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("objet"), max_length=20, choices=Purpose)
    version = models.CharField(_("version du texte"), max_length=20)
    given_at = models.DateTimeField(_("donné"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("retiré"), null=True, blank=True)

    class Meta:
        verbose_name = _("consentement")
        verbose_name_plural = _("consentements")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "purpose"],
                condition=models.Q(withdrawn_at=None),
                name="one_current_consent_per_purpose",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | models.Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} ({self.version})"


class PartyInvitation(models.Model):
    """The site invited this member, once, to hear from the party that runs it. It never does so again: the database
    refuses a second one, whatever they answered."""

    member = models.OneToOneField(
        Member, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="party_invitation"
    )
    invited_at = models.DateTimeField(_("invité"), default=timezone.now)

    class Meta:
        verbose_name = _("invitation à recevoir les nouvelles du parti")
        verbose_name_plural = _("invitations à recevoir les nouvelles du parti")

    def __str__(self) -> str:
        return f"{self.invited_at:%d/%m/%Y}"
