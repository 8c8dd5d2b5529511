from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territories.models import Commune


class MemberManager(BaseUserManager):
    def create_user(self, email: str, **fields) -> "Member":
        """A member without a password: nobody has one."""
        member = self.model(email=email.lower(), **fields)
        member.set_unusable_password()
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "Member":
        """Staff with every right; a password, if given, is ignored: the door is a code and a second factor."""
        return self.create_user(email, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, email: str) -> "Member":
        return self.get(email=email.lower())


class Member(AbstractBaseUser, PermissionsMixin):
    """A person with a confirmed address, known to others by a display name and nothing more."""

    email = models.EmailField(_("adresse e-mail"), unique=True)
    display_name = models.CharField(
        _("nom affiché"),
        max_length=60,
        help_text=_("Ce que les autres lisent à côté de ce que vous écrivez."),
    )
    home_commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_staff = models.BooleanField(_("équipe"), default=False, help_text=_("Peut ouvrir l’administration."))
    is_active = models.BooleanField(_("actif"), default=True)
    is_demonstration = models.BooleanField(_("de démonstration"), default=False)
    joined_at = models.DateTimeField(_("inscription"), default=timezone.now)

    objects = MemberManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("membre")
        verbose_name_plural = _("membres")
        constraints = [models.UniqueConstraint(Lower("email"), name="member_email_any_case")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(is_demonstration=True), name="member_demonstration"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    get_short_name = get_full_name


class Consent(models.Model):
    """What a person agreed to, in which version of the text, and when. Withdrawn, it stays as history."""

    class Purpose(models.TextChoices):
        USE = "use", _("utilisation du site")

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
