from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Suppression(models.Model):
    """A mailbox that is not written to any more. It is known by the key of its address alone (members.addresses)."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("l’adresse ne reçoit plus")
        COMPLAINT = "complaint", _("signalé comme indésirable")

    address_key = models.BinaryField(max_length=32, unique=True)
    reason = models.CharField(_("raison"), max_length=10, choices=Reason)
    at = models.DateTimeField(_("date"), default=timezone.now)
    tried_at = models.DateTimeField(_("dernier essai"), null=True, blank=True)

    class Meta:
        verbose_name = _("adresse à laquelle on n’écrit plus")
        verbose_name_plural = _("adresses auxquelles on n’écrit plus")
        indexes = [models.Index(fields=["-at", "-id"], name="suppression_newest")]

    def __str__(self) -> str:
        return bytes(self.address_key).hex()[:8]


class MailEvent(models.Model):
    """What a mail server or a mail provider told once of a mailbox: told again, it changes nothing.

    `event_key` is a hash of what the provider calls this event.
    """

    event_key = models.BinaryField(max_length=32, unique=True)
    address_key = models.BinaryField(max_length=32)
    reason = models.CharField(_("raison"), max_length=10, choices=Suppression.Reason)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("retour de courrier")
        verbose_name_plural = _("retours de courrier")
        indexes = [
            models.Index(fields=["address_key", "at"], name="mail_event_of_address"),
            models.Index(fields=["at"], name="mail_event_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.at:%d/%m/%Y})"
