import hashlib

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import OpenSession
from notifications.models.outbox import Notification


class PushSubscription(models.Model):
    """A browser in which a member asked to be told (Push API, RFC 8030): where its maker's service takes what we send
    it, and the keys under which that is encrypted (RFC 8291).

    It lasts as long as the session in which it was asked for: on a screen where nobody is signed in, nothing is said.
    `endpoint` is an address that a browser gave: it is judged each time that something goes there. It takes what is
    signed by our key of that time alone (`made_for`).
    """

    session = models.OneToOneField(
        OpenSession, verbose_name=_("session"), on_delete=models.CASCADE, related_name="push_subscription"
    )
    endpoint = models.CharField(_("adresse"), max_length=1000, unique=True)
    p256dh = models.CharField(_("clé publique"), max_length=100)
    auth = models.CharField(_("secret"), max_length=40)
    made_for = models.CharField(_("clé du site"), max_length=100)
    created_at = models.DateTimeField(_("ajouté"), default=timezone.now, db_default=Now())
    failing_since = models.DateTimeField(_("rien n’y arrive depuis"), null=True, blank=True)

    class Meta:
        verbose_name = _("appareil prévenu")
        verbose_name_plural = _("appareils prévenus")

    def __str__(self) -> str:
        return self.session.device

    @property
    def digest(self) -> str:
        """By it a browser knows itself in the list of its member's devices."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()


class Push(models.Model):
    """What is to be said to one device: a row from the moment that it is due until it was said, or given up.

    It is claimed, sent and erased as a message of the outbox is claimed, sent and marked.
    """

    notification = models.ForeignKey(
        Notification,
        verbose_name=_("notification"),
        # The database does it (migration): a hundred thousand notifications are still taken back by one statement.
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="pushes",
        # `pushed_once` begins with it.
        db_index=False,
    )
    subscription = models.ForeignKey(
        PushSubscription, verbose_name=_("appareil"), on_delete=models.CASCADE, related_name="pushes"
    )
    due_at = models.DateTimeField(_("à envoyer"))
    claimed_at = models.DateTimeField(_("prise en charge"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0, db_default=0)

    class Meta:
        verbose_name = _("envoi à un appareil")
        verbose_name_plural = _("envois à des appareils")
        constraints = [models.UniqueConstraint(fields=["notification", "subscription"], name="pushed_once")]
        indexes = [models.Index(fields=["due_at", "id"], name="push_due")]

    def __str__(self) -> str:
        return f"{self.notification_id} → {self.subscription_id}"
