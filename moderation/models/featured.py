from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: At once in one place: what is put forward beside many others is not.
MOST = 3


class _Period(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


_WHEN = _Period("starts_at", "ends_at", RangeBoundary())


class FeaturedQuerySet(models.QuerySet):
    def in_force(self, at=None):
        """… now, or at that moment."""
        at = at or timezone.now()
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class Featured(models.Model):
    """A content that the team puts forward in one place for some days, and says why. It changes no score.

    Never more than MOST at once in a place, nor one twice: the database refuses it. What was put forward stays here,
    so that anyone in the team reads who was, when and why.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, editable=False)
    object_id = models.PositiveBigIntegerField(editable=False)
    content = GenericForeignKey()
    #: As the address of its page begins: "35360", "35", "r53"; empty for the whole country.
    place_code = models.CharField(_("où"), max_length=5, blank=True, editable=False)
    #: Which of the MOST places it takes.
    slot = models.PositiveSmallIntegerField(editable=False)
    starts_at = models.DateTimeField(_("depuis"), default=timezone.now)
    ends_at = models.DateTimeField(_("jusqu’à"))
    reason = models.CharField(_("raison, lue par tous"), max_length=160)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("par"),
        editable=False,
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now, editable=False)

    objects = FeaturedQuerySet.as_manager()

    class Meta:
        verbose_name = _("mise en avant")
        verbose_name_plural = _("mises en avant")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=MOST), name="one_of_the_featured_places"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="featured_for_some_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="featured_for_a_reason"),
            ExclusionConstraint(
                name="a_few_featured_at_once",
                expressions=[
                    ("place_code", RangeOperators.EQUAL),
                    ("slot", RangeOperators.EQUAL),
                    (_WHEN, RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="featured_once_at_a_time",
                expressions=[
                    ("place_code", RangeOperators.EQUAL),
                    ("content_type", RangeOperators.EQUAL),
                    ("object_id", RangeOperators.EQUAL),
                    (_WHEN, RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.reason
