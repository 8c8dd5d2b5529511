from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DataCopy(models.Model):
    """All that the site holds about a member, in one archive: asked for, made by a task, kept for a week, erased.

    Its link is the row's signed number: the database holds nothing that opens.
    """

    KEPT = timedelta(days=7)

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="data_copies"
    )
    asked_at = models.DateTimeField(_("demande"), default=timezone.now)
    #: A worker makes it since then; after an hour it is taken for dead.
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(_("prête"), null=True, blank=True)
    failed_at = models.DateTimeField(_("échec"), null=True, blank=True)
    #: The file, where only the site reads; chosen before it is written, so that none is left that no row knows.
    file = models.CharField(max_length=80, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("taille"), null=True, blank=True)
    ends_at = models.DateTimeField(_("effacement"), null=True, blank=True)

    class Meta:
        verbose_name = _("copie de données")
        verbose_name_plural = _("copies de données")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(made_at=None, failed_at=None), name="one_copy_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(made_at=None) | Q(ends_at__isnull=False, size__isnull=False),
                name="a_copy_that_is_made_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(made_at=None, failed_at=None), name="copy_to_make"),
            models.Index(fields=["ends_at"], condition=Q(made_at__isnull=False), name="copy_to_erase"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%d/%m/%Y}"

    @property
    def is_awaited(self) -> bool:
        return self.made_at is None and self.failed_at is None

    @property
    def is_ready(self) -> bool:
        return self.made_at is not None and timezone.now() < self.ends_at
