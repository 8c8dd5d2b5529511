from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Mail(models.TextChoices):
    """How something is told by mail."""

    NOW = "now", _("tout de suite")
    DIGEST = "digest", _("dans le prochain résumé")
    NONE = "none", _("jamais")


#: Messages of their own that are neither sent nor given up.
_WAITS = Q(mail="now", sent_at=None, failed_at=None)


class NotificationQuerySet(models.QuerySet):
    def waiting(self):
        """… messages of their own that are neither sent nor given up."""
        return self.filter(mail=Mail.NOW, sent_at=None, failed_at=None)

    def lines(self):
        """… that a digest carries, or will."""
        return self.filter(mail=Mail.DIGEST)

    def unseen(self):
        """… that the bell counts."""
        return self.filter(in_bell=True, seen_at=None)

    def to_addresses(self):
        """… to somebody who has no account.

        Not by `recipient=None`: as long as PostgreSQL believes that to be rare, it reads and sorts all of them, instead
        of following the index of those that are due.
        """
        return self.exclude(address="")


class Notification(models.Model):
    """What happened to whom: one row for each person and each thing, written in the transaction of the act it tells.

    That person is a member, or an address that has no account. Each way of telling has its part of the row: the bell
    (`in_bell`), the message (`mail`), the devices (`push_due_at`). Messages of their own are the outbox: a delivery
    claims the row by a conditional UPDATE, sends, and marks it sent; a claim whose worker died is claimed again once
    `claimed_at` is old (`delivery.LEASE`). A line waits until `due_at`; then a digest, which is a row of its own, takes
    all the lines of that member, and sends those that are still there. A row to an address is erased once sent: it
    tells an opinion of somebody who is not with us.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("destinataire"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        # `notification_about` begins with it.
        db_index=False,
    )
    address = models.EmailField(_("adresse sans compte"), blank=True, default="", db_default="")
    kind = models.CharField(_("sorte"), max_length=40)
    key = models.CharField(
        _("clé"), max_length=120, help_text=_("Ce qui s’est passé : le même événement n’est dit qu’une fois.")
    )
    context = models.JSONField(_("contenu"), default=dict)
    about = models.CharField(
        _("objet"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Ce dont il s’agit, comme « events.event 12 » : ce qui se groupe, et se met en sourdine."),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("de la part de"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    mail = models.CharField(_("message"), max_length=6, choices=Mail, default=Mail.NOW, db_default=Mail.NOW)
    in_bell = models.BooleanField(_("dans la cloche"), default=False, db_default=False)
    seen_at = models.DateTimeField(_("vue dans la cloche"), null=True, blank=True)
    push_due_at = models.DateTimeField(_("à envoyer aux appareils"), null=True, blank=True)
    pushed_at = models.DateTimeField(_("envoyée aux appareils"), null=True, blank=True)
    created_at = models.DateTimeField(_("écrite"), default=timezone.now, db_default=Now())
    due_at = models.DateTimeField(_("à envoyer"), default=timezone.now, db_default=Now())
    counted_on = models.DateField(
        _("comptée le"), null=True, blank=True, help_text=_("Le jour où elle a pris une place parmi les trois.")
    )
    claimed_at = models.DateTimeField(_("prise en charge"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0, db_default=0)
    digest = models.ForeignKey(
        "self",
        verbose_name=_("résumé"),
        # Both go with their member, and a digest never before its lines. The database would look for lines of each row
        # that is taken back: ten times what it takes to erase a hundred thousand.
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="lines",
        db_index=False,
    )
    sent_at = models.DateTimeField(_("envoyée"), null=True, blank=True)
    failed_at = models.DateTimeField(_("abandonnée"), null=True, blank=True)
    failure = models.CharField(_("dernier échec"), max_length=200, blank=True, default="", db_default="")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            # By key first: what is withheld is taken back from everybody at once.
            models.UniqueConstraint(fields=["key", "recipient"], name="told_once"),
            models.UniqueConstraint(fields=["address", "key"], condition=Q(recipient=None), name="address_told_once"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="")
                | (Q(recipient=None, mail="now", in_bell=False, push_due_at=None) & ~Q(address="")),
                name="to_a_member_or_to_an_address",
            ),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(failed_at=None), name="sent_or_failed_not_both"),
            models.CheckConstraint(condition=Q(mail__in=["now", "digest", "none"]), name="mail_of_a_notification"),
            models.CheckConstraint(condition=Q(digest=None) | Q(mail="digest"), name="only_a_line_is_in_a_digest"),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(mail="now") | Q(mail="digest", digest__isnull=False),
                name="a_line_is_sent_in_a_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=_WAITS, name="notification_due"),
            models.Index(
                fields=["due_at", "id"], condition=~Q(address="") & _WAITS, name="notification_due_to_address"
            ),
            # The groups of the bell are read from it alone; and a member who leaves takes theirs along.
            models.Index(
                fields=["recipient", "about", "-id"],
                include=["in_bell"],
                condition=Q(recipient__isnull=False),
                name="notification_about",
            ),
            models.Index(
                fields=["recipient", "id"], condition=Q(in_bell=True, seen_at=None), name="notification_unseen"
            ),
            models.Index(
                fields=["recipient", "due_at"],
                condition=Q(mail="digest", digest=None),
                name="notification_line_waiting",
            ),
            models.Index(fields=["digest", "-id"], condition=Q(digest__isnull=False), name="notification_digest"),
            models.Index(
                fields=["push_due_at", "id"],
                condition=Q(push_due_at__isnull=False, pushed_at=None),
                name="notification_push_due",
            ),
            # Whoever leaves is not said to have done it any more.
            models.Index(fields=["by"], condition=Q(by__isnull=False), name="notification_by"),
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
