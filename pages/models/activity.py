from django.db import models
from django.utils.translation import gettext_lazy as _


class DepartmentActivity(models.Model):
    """How many members of a département were there in the last thirty days, counted every night: says whether its
    digests come each day or each week. Shown nowhere."""

    #: The département's; "" for members who gave no commune.
    code = models.CharField(_("département"), max_length=3, primary_key=True)
    members = models.PositiveIntegerField(_("membres actifs"))
    counted_at = models.DateTimeField(_("compté"))

    class Meta:
        verbose_name = _("activité d’un département")
        verbose_name_plural = _("activité des départements")

    def __str__(self) -> str:
        return f"{self.code}: {self.members}"
