from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Rhythm(models.Model):
    """Where the digests of one member stand: kept by the rounds, and chosen by nobody (`MailSettings` is).

    That a digest was read is never looked for: whether its reader did anything on the site since is all that is known,
    by days (`Member.active_on`).
    """

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("membre"),
        on_delete=models.CASCADE,
        related_name="rhythm",
        primary_key=True,
    )
    last_on = models.DateField(_("dernier résumé"), null=True, blank=True)
    #: How many came since they last did anything.
    unanswered = models.PositiveSmallIntegerField(_("résumés sans visite depuis"), default=0, db_default=0)
    #: The numbers of what was shown to them near home and may still be told to others: it is not to be shown twice.
    shown = ArrayField(models.BigIntegerField(), verbose_name=_("déjà montré"), default=list, db_default=[])
    #: When they were asked, after a year, whether they still want to hear: nothing comes until they do something.
    asked_on = models.DateField(_("dernière question"), null=True, blank=True)

    class Meta:
        verbose_name = _("rythme des résumés")
        verbose_name_plural = _("rythmes des résumés")
        constraints = [
            models.CheckConstraint(condition=Q(shown__len__lte=1000), name="a_few_things_shown"),
        ]
        indexes = [models.Index(fields=["last_on"], name="rhythm_last")]

    def __str__(self) -> str:
        return f"{self.last_on}"
