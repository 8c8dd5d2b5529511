from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OpenSession(models.Model):
    """A session that a member may recognise and end: "Firefox sur Android", and a day. Never an address on the network,
    nor what their browser says of itself; the hour of their visits is nobody's business.

    The session itself lives where SESSION_ENGINE keeps it, under `session_key`.
    """

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="sessions"
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(_("appareil"), max_length=60)
    opened_on = models.DateField(_("ouverte le"), default=timezone.localdate)
    last_used_on = models.DateField(_("utilisée pour la dernière fois le"), default=timezone.localdate)

    class Meta:
        verbose_name = _("session ouverte")
        verbose_name_plural = _("sessions ouvertes")

    def __str__(self) -> str:
        return self.device
