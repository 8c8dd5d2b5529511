"""What each member receives, and when: rows only where it is not what the site does by itself."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    MAIL = "mail", _("par e-mail")
    BELL = "bell", _("sur le site")
    PUSH = "push", _("sur mes appareils")


class Choice(models.TextChoices):
    NOW = "now", _("tout de suite")
    DIGEST = "digest", _("dans mon résumé")
    NEVER = "never", _("jamais")


class Preference(models.Model):
    """How this member wants to hear of one kind of thing, by one channel."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("membre"),
        on_delete=models.CASCADE,
        related_name="preferences",
        # `one_preference` begins with it.
        db_index=False,
    )
    kind = models.CharField(_("sorte"), max_length=40)
    channel = models.CharField(_("canal"), max_length=4, choices=Channel)
    choice = models.CharField(_("choix"), max_length=6, choices=Choice)

    class Meta:
        verbose_name = _("préférence")
        verbose_name_plural = _("préférences")
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "channel"], name="one_preference"),
            models.CheckConstraint(condition=Q(channel__in=["mail", "bell", "push"]), name="channel_of_a_preference"),
            models.CheckConstraint(
                condition=Q(choice__in=["now", "never"]) | Q(choice="digest", channel="mail"),
                name="only_mail_is_gathered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}"


class Mute(models.Model):
    """What this member does not want to hear of any more: "initiatives.initiative 3", "events.event 12", or a person,
    "members.member 7"."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("membre"),
        on_delete=models.CASCADE,
        related_name="mutes",
        # `one_mute` begins with it.
        db_index=False,
    )
    about = models.CharField(_("objet"), max_length=80)
    created_at = models.DateTimeField(_("depuis"), auto_now_add=True)

    class Meta:
        verbose_name = _("mise en sourdine")
        verbose_name_plural = _("mises en sourdine")
        constraints = [models.UniqueConstraint(fields=["member", "about"], name="one_mute")]

    def __str__(self) -> str:
        return self.about


class MailSettings(models.Model):
    """When this member is written to; without a row, as `services.preferences` says."""

    class Digest(models.TextChoices):
        AUTO = "auto", _("selon ce qui se passe près de chez moi")
        DAILY = "daily", _("chaque jour")
        WEEKLY = "weekly", _("chaque semaine")
        MONTHLY = "monthly", _("chaque mois")
        NEVER = "never", _("jamais")

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("membre"),
        on_delete=models.CASCADE,
        related_name="mail_settings",
        primary_key=True,
    )
    quiet_from = models.TimeField(_("silence à partir de"), null=True, blank=True)
    quiet_until = models.TimeField(_("silence jusqu’à"), null=True, blank=True)
    digest = models.CharField(_("résumé"), max_length=7, choices=Digest, default=Digest.AUTO, db_default=Digest.AUTO)

    class Meta:
        verbose_name = _("réglages des messages")
        verbose_name_plural = _("réglages des messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
        ]

    def __str__(self) -> str:
        return self.digest


class MailDay(models.Model):
    """How many messages took a place among those of one day of this member: never more than `pace.MOST` (pace.py)."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    count = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "day"], name="one_mail_day")]
        indexes = [models.Index(fields=["day"], name="mail_day_to_forget")]

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"
