from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.event import Event


class Poster(models.Model):
    """A sheet to print and hang. `fingerprint` is that of what it must say, asked for at `asked_at`.

    Without `made_at` it remains to be drawn. An event that is gone leaves a row without one: its file is to be erased.
    """

    class Size(models.TextChoices):
        A4 = "a4", "A4"
        A5 = "a5", "A5"

    event = models.ForeignKey(Event, null=True, on_delete=models.SET_NULL, related_name="posters", db_index=False)
    size = models.CharField(_("format"), max_length=2, choices=Size)
    fingerprint = models.CharField(max_length=64)
    asked_at = models.DateTimeField(_("demande"), default=timezone.now)
    made_at = models.DateTimeField(_("dessin"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    file = models.CharField(_("fichier"), max_length=120, blank=True, help_text=_("Dans la réserve privée du site."))

    class Meta:
        verbose_name = _("affiche")
        verbose_name_plural = _("affiches")
        constraints = [models.UniqueConstraint(fields=["event", "size"], name="one_poster_of_each_size")]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(made_at=None, event__isnull=False), name="poster_to_draw"),
            models.Index(fields=["id"], condition=Q(event=None), name="poster_to_forget"),
        ]

    def __str__(self) -> str:
        return f"{self.get_size_display()} ({self.event_id})"
