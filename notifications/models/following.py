"""The territories of which a member wants to hear, besides their home."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from territories.models import Commune, Department, Place, Region

#: What each sort of place is called in a row.
SORTS: dict[type[Place], str] = {Region: "region", Department: "department", Commune: "commune"}


class FollowQuerySet(models.QuerySet):
    def of(self, place: Place):
        """Follows … of this very place."""
        return self.filter(**{SORTS[type(place)]: place})

    def of_department(self, department: Department):
        """Follows … of this département or of a commune of it."""
        return self.filter(Q(department=department) | Q(commune__department=department))


class Follow(models.Model):
    """A place that a member follows: what moves there is in their digest. Nobody else knows."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("membre"),
        on_delete=models.CASCADE,
        related_name="follows",
        # `one_follow` begins with it.
        db_index=False,
    )
    region = models.ForeignKey(
        Region, verbose_name=_("région"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    department = models.ForeignKey(
        Department, verbose_name=_("département"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    commune = models.ForeignKey(
        Commune, verbose_name=_("commune"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("depuis"), auto_now_add=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("territoire suivi")
        verbose_name_plural = _("territoires suivis")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "region", "department", "commune"], name="one_follow", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(region__isnull=False, department=None, commune=None)
                | Q(region=None, department__isnull=False, commune=None)
                | Q(region=None, department=None, commune__isnull=False),
                name="a_follow_has_one_place",
            ),
        ]

    def __str__(self) -> str:
        return str(self.place)

    @property
    def place(self) -> Place:
        return self.commune or self.department or self.region
