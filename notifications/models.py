from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NotificationQuerySet(models.QuerySet):
    def waiting(self):
        """… neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None)

    def to_addresses(self):
        """… to somebody who has no account.

        Not by `recipient=None`: as long as PostgreSQL believes that to be rare, it reads and sorts all of them, instead
        of following the index of those that are due.
        """
        return self.exclude(address="")


class Notification(models.Model):
    """The outbox: one message due to one person, written in the transaction of the act it tells.

    That person is a member, or an address that has no account. The row is the queue of record. A delivery claims it by
    a conditional UPDATE, sends, and marks it sent; a claim whose worker died is claimed again once `claimed_at` is old
    (`delivery.LEASE`). A row to an address is erased once sent: it tells an opinion of somebody who is not with us.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("destinataire"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        # `told_once` begins with it.
        db_index=False,
    )
    address = models.EmailField(_("adresse sans compte"), blank=True, default="")
    kind = models.CharField(_("sorte"), max_length=40)
    key = models.CharField(
        _("clé"), max_length=120, help_text=_("Ce qui s’est passé : le même événement n’est dit qu’une fois.")
    )
    context = models.JSONField(_("contenu"), default=dict)
    created_at = models.DateTimeField(_("écrite"), default=timezone.now)
    due_at = models.DateTimeField(_("à envoyer"), default=timezone.now)
    claimed_at = models.DateTimeField(_("prise en charge"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    sent_at = models.DateTimeField(_("envoyée"), null=True, blank=True)
    failed_at = models.DateTimeField(_("abandonnée"), null=True, blank=True)
    failure = models.CharField(_("dernier échec"), max_length=200, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="told_once"),
            models.UniqueConstraint(fields=["address", "key"], condition=Q(recipient=None), name="address_told_once"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="") | (Q(recipient=None) & ~Q(address="")),
                name="to_a_member_or_to_an_address",
            ),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(failed_at=None), name="sent_or_failed_not_both"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(sent_at=None, failed_at=None),
                name="notification_due",
            ),
            models.Index(
                fields=["due_at", "id"],
                condition=~Q(address="") & Q(sent_at=None, failed_at=None),
                name="notification_due_to_address",
            ),
            models.Index(
                fields=["recipient", "-created_at"],
                condition=Q(recipient__isnull=False),
                name="notification_recipient",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def email(self) -> str:
        """Where it goes."""
        return self.recipient.email if self.recipient else self.address

    @property
    def whom(self) -> str:
        """Who it goes to, as staff may read it: a display name, or a masked address ("p…@exemple.fr")."""
        if self.recipient:
            return self.recipient.display_name
        _local, _at, domain = self.address.rpartition("@")
        return f"{self.address[:1]}…@{domain}"

    @property
    def message_id(self) -> str:
        """The same at each attempt: a mail server that already took this message can tell."""
        host = urlsplit(settings.SITE_ADDRESS).hostname or "localhost"
        return f"<notification-{self.pk}.{self.created_at.timestamp():.0f}@{host}>"


class DigestLine(models.Model):
    """What one member is told with the rest of the day: a line of their next digest, written in the transaction of
    the act it tells.

    It waits until `due_at`; then a digest, which is a `Notification`, takes all the lines of that member, and sends
    those that are still there. Taken back before it leaves, a line is as if it had never been written.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("destinataire"),
        on_delete=models.CASCADE,
        related_name="digest_lines",
        db_index=False,
    )
    kind = models.CharField(_("sorte"), max_length=40)
    key = models.CharField(_("clé"), max_length=120)
    context = models.JSONField(_("contenu"), default=dict)
    created_at = models.DateTimeField(_("écrite"), default=timezone.now)
    due_at = models.DateTimeField(_("à envoyer"))
    digest = models.ForeignKey(
        Notification,
        verbose_name=_("résumé"),
        # Both go with their member, and a digest never alone: a message to an address is erased by one statement.
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="lines",
        db_index=False,
    )
    sent_at = models.DateTimeField(_("envoyée"), null=True, blank=True)

    class Meta:
        verbose_name = _("ligne de résumé")
        verbose_name_plural = _("lignes de résumés")
        constraints = [
            # By key first: what is withheld is taken back from everybody at once.
            models.UniqueConstraint(fields=["key", "recipient"], name="line_told_once"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(digest__isnull=False), name="line_sent_in_a_digest"),
        ]
        indexes = [
            models.Index(fields=["recipient", "due_at"], condition=Q(digest=None), name="digest_line_waiting"),
            models.Index(fields=["digest", "-id"], condition=Q(digest__isnull=False), name="digest_line_of_digest"),
            # A member who leaves takes theirs along.
            models.Index(fields=["recipient"], name="digest_line_recipient"),
        ]

    def __str__(self) -> str:
        return self.key
