"""Restrictions that end by themselves, and what decisions resemble."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision


class Term(models.Model):
    """A restriction that stands and has an end: a task lifts it, once, and erases this row."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, primary_key=True, related_name="+")
    due_at = models.DateTimeField(_("fin"))

    class Meta:
        verbose_name = _("terme")
        verbose_name_plural = _("termes")
        indexes = [models.Index(fields=["due_at"], name="term_due")]

    def __str__(self) -> str:
        return f"{self.decision_id} → {self.due_at:%d/%m/%Y}"


class Likeness(models.Model):
    """What a text that a human decided upon looks like, in short (moderation.likeness)."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, primary_key=True, related_name="likeness")
    signature = ArrayField(models.IntegerField())
    rule = models.CharField(max_length=80, blank=True)
    ground = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("ressemblance")
        verbose_name_plural = _("ressemblances")
        indexes = [
            models.Index(fields=["rule", "-decision"], condition=~models.Q(rule=""), name="likeness_rule"),
            models.Index(fields=["ground", "-decision"], condition=~models.Q(ground=""), name="likeness_ground"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}"


class LikenessKey(models.Model):
    """What is equal in two texts that look alike: rows rather than an array, of which the planner would know nothing
    and read the whole table."""

    pk = models.CompositePrimaryKey("key", "likeness_id")
    key = models.IntegerField()
    likeness = models.ForeignKey(Likeness, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        verbose_name = _("clé de ressemblance")
        verbose_name_plural = _("clés de ressemblance")

    def __str__(self) -> str:
        return f"{self.key} → {self.likeness_id}"
