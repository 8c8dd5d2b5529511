"""How the rules of the filter behave on what is really written: numbers, never a text nor whose it was."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member


class Reading(models.Model):
    """The filter read what somebody wrote. Which rules refused, queued, or would have; erased after a month."""

    at = models.DateTimeField(default=timezone.now)
    refused = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    queued = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    shadow = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    class Meta:
        verbose_name = _("lecture du filtre")
        verbose_name_plural = _("lectures du filtre")
        indexes = [models.Index(fields=["at"], name="reading_at")]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M}"


class RuleAlert(models.Model):
    """A rule suddenly spoke of too many texts. Until somebody says it is right, it refuses nothing: it queues.

    Of the version that spoke only: a new one starts afresh.
    """

    rule = models.CharField(_("règle"), max_length=80)
    rule_version = models.CharField(_("version"), max_length=20)
    raised_at = models.DateTimeField(_("depuis"), default=timezone.now)
    hits = models.PositiveIntegerField(_("textes visés"))
    texts = models.PositiveIntegerField(_("textes lus"))
    #: It refused, and was disarmed; else it only filled the queue.
    is_disarmed = models.BooleanField(_("désarmée"))
    settled_at = models.DateTimeField(_("réglée"), null=True, blank=True)
    settled_by = models.ForeignKey(
        Member, verbose_name=_("par"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("règle désarmée")
        verbose_name_plural = _("règles désarmées")
        ordering = ["-raised_at"]
        permissions = [("settle_rulealert", "Can arm a rule again")]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "rule_version", "is_disarmed"], condition=Q(settled_at=None), name="one_alert_per_rule"
            )
        ]

    def __str__(self) -> str:
        return self.rule
