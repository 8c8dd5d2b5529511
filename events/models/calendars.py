"""Calendars that leave the site, and those that come in."""

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territories.models import Commune


class OwnCalendar(models.Model):
    """A member's own calendar has an address (events.services.calendars), which dies when the number changes.

    The number opens nothing by itself: the address holds its signature, made with SECRET_KEY.
    """

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_calendar")
    number = models.BigIntegerField(unique=True, editable=False)
    made_at = models.DateTimeField(_("création"), default=timezone.now)

    class Meta:
        verbose_name = _("agenda personnel")
        verbose_name_plural = _("agendas personnels")

    def __str__(self) -> str:
        return f"{self.member_id}"


class CalendarSourceQuerySet(models.QuerySet):
    def in_use(self):
        """… that are read, or would be if staff had not stopped them: not those being removed."""
        return self.filter(removal_asked_at=None)

    def due(self):
        """… to be fetched now."""
        return self.in_use().filter(is_active=True, next_fetch_at__lte=timezone.now())


class CalendarSource(models.Model):
    """A partner's calendar: staff give its address, a task reads it, and its events stand among ours with its name."""

    class Trouble(models.TextChoices):
        ADDRESS = "address", _("cette adresse n’est pas celle d’un serveur public")
        UNREACHABLE = "unreachable", _("le serveur ne répond pas")
        SLOW = "slow", _("le serveur est trop lent")
        REFUSED = "refused", _("le serveur refuse, ou l’agenda n’y est plus")
        REDIRECTED = "redirected", _("l’adresse renvoie ailleurs, trop de fois ou vers un lieu interdit")
        HEAVY = "heavy", _("l’agenda est trop gros")
        UNREADABLE = "unreadable", _("ce n’est pas un agenda que l’on sait lire")

    name = models.CharField(
        _("nom"), max_length=80, unique=True, help_text=_("Montré à côté de chaque événement : « Agenda partenaire ».")
    )
    address = models.URLField(
        _("adresse"),
        max_length=500,
        unique=True,
        validators=[URLValidator(schemes=["https", "http", "webcal"])],
        help_text=_("Celle d’un agenda au format iCalendar (.ics), en https."),
    )
    commune = models.ForeignKey(
        Commune,
        verbose_name=_("commune par défaut"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Pour les événements dont l’agenda ne dit pas la commune. Sans elle, ils sont laissés de côté."),
    )
    is_active = models.BooleanField(_("lu chaque heure"), default=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ajouté par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
    )
    added_at = models.DateTimeField(_("ajout"), default=timezone.now, editable=False)
    fetched_at = models.DateTimeField(_("dernière lecture"), null=True, blank=True, editable=False)
    next_fetch_at = models.DateTimeField(_("prochaine lecture"), default=timezone.now, editable=False)
    # What the server said of the version that we have read.
    etag = models.CharField(max_length=200, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    trouble = models.CharField(_("ennui"), max_length=12, choices=Trouble, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(_("échecs de suite"), default=0, editable=False)
    # Of the last reading.
    found = models.PositiveIntegerField(_("événements à venir"), default=0, editable=False)
    taken = models.PositiveIntegerField(_("pris"), default=0, editable=False)
    without_place = models.PositiveIntegerField(_("sans commune connue"), default=0, editable=False)
    known_elsewhere = models.PositiveIntegerField(_("déjà connus"), default=0, editable=False)
    unreadable = models.PositiveIntegerField(_("illisibles"), default=0, editable=False)
    removal_asked_at = models.DateTimeField(_("retrait demandé"), null=True, blank=True, editable=False)

    objects = CalendarSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda partenaire")
        verbose_name_plural = _("agendas partenaires")
        ordering = ["name"]
        indexes = [
            models.Index(
                fields=["next_fetch_at"], condition=Q(is_active=True, removal_asked_at=None), name="source_to_fetch"
            ),
        ]

    def __str__(self) -> str:
        return self.name
