from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MergeQuerySet(models.QuerySet):
    def under_way(self):
        """… proposed or agreed, and neither done nor dropped."""
        return self.filter(done_at=None, dropped_at=None)

    def agreed(self):
        """… that both authors want, and that supporters may object to."""
        return self.under_way().filter(agreed_at__isnull=False)

    def to_carry(self):
        """… done, whose supports are still on their way."""
        return self.filter(done_at__isnull=False, carried_at=None)


class Merge(models.Model):
    """An initiative joins another that is like it: proposed by one author, agreed by the other, done a week later.

    In between, whoever supports the first may object to being carried over.
    """

    source = models.ForeignKey(
        "initiatives.Initiative", verbose_name=_("qui rejoint"), on_delete=models.CASCADE, related_name="leaving"
    )
    target = models.ForeignKey(
        "initiatives.Initiative", verbose_name=_("qui accueille"), on_delete=models.CASCADE, related_name="welcoming"
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(_("proposition"), default=timezone.now)
    #: The moment the other author agreed; supporters may object until `ends_at`.
    agreed_at = models.DateTimeField(_("accord"), null=True, blank=True)
    ends_at = models.DateTimeField(_("objections jusqu’au"), null=True, blank=True)
    #: Who supported the first one at that moment was told; None before anyone was.
    told_at = models.DateTimeField(_("soutiens prévenus"), null=True, blank=True)
    done_at = models.DateTimeField(_("réunion"), null=True, blank=True)
    #: When the last support was carried over, and how many were; how many the first had when it was done.
    carried_at = models.DateTimeField(_("soutiens réunis"), null=True, blank=True)
    carried_count = models.PositiveIntegerField(_("soutiens apportés"), default=0)
    source_count = models.PositiveIntegerField(_("soutiens de celle qui rejoint"), null=True, blank=True)
    #: Either author took it back, or the other declined.
    dropped_at = models.DateTimeField(_("abandon"), null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("réunion d’initiatives")
        verbose_name_plural = _("réunions d’initiatives")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_merge_joins_two"),
            models.CheckConstraint(
                condition=Q(agreed_at=None, ends_at=None) | Q(agreed_at__isnull=False, ends_at__gt=F("agreed_at")),
                name="an_agreed_merge_waits",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(done_at__gte=F("ends_at")), name="done_after_objections"
            ),
            models.CheckConstraint(condition=Q(done_at=None) | Q(dropped_at=None), name="done_or_dropped"),
            models.CheckConstraint(
                condition=Q(carried_at=None) | Q(done_at__isnull=False), name="carried_once_it_is_done"
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(done_at=None, dropped_at=None), name="one_merge_under_way"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(agreed_at__isnull=False, done_at=None, dropped_at=None),
                name="merge_due",
            ),
            models.Index(fields=["id"], condition=Q(done_at__isnull=False, carried_at=None), name="merge_to_carry"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"

    @property
    def is_under_way(self) -> bool:
        return self.done_at is None and self.dropped_at is None

    @property
    def is_open_to_objections(self) -> bool:
        """Whoever supports the first one may still say that they stay."""
        return self.is_under_way and self.ends_at is not None and self.ends_at > timezone.now()


class MergeObjection(models.Model):
    """Somebody who supports the first initiative does not want to be counted for the other. Erased once it is done."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="objections", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [models.UniqueConstraint(fields=["merge", "member"], name="one_objection_each")]

    def __str__(self) -> str:
        return f"{self.merge_id}"
