from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class OpenSession(models.Model):
    """A session that a member may recognise and end: a browser, a system, a day. Never an address on the network, nor
    what their browser says of itself; the hour of their visits is nobody's business.

    The session itself lives where SESSION_ENGINE keeps it, under `session_key`.
    """

    class Browser(models.TextChoices):
        CHROME = "chrome", "Chrome"
        EDGE = "edge", "Edge"
        FIREFOX = "firefox", "Firefox"
        OPERA = "opera", "Opera"
        SAFARI = "safari", "Safari"
        SAMSUNG = "samsung", "Samsung Internet"
        OTHER = "", _("Un navigateur")

    class System(models.TextChoices):
        ANDROID = "android", _("un téléphone Android")
        IPAD = "ipad", _("un iPad")
        IPHONE = "iphone", _("un iPhone")
        LINUX = "linux", _("un ordinateur Linux")
        MAC = "mac", _("un Mac")
        WINDOWS = "windows", _("un ordinateur Windows")
        OTHER = "", _("un appareil que nous ne reconnaissons pas")

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("membre"), on_delete=models.CASCADE, related_name="sessions"
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(_("navigateur"), max_length=10, choices=Browser, blank=True)
    system = models.CharField(_("système"), max_length=10, choices=System, blank=True)
    opened_on = models.DateField(_("ouverte le"), default=timezone.localdate)
    last_used_on = models.DateField(_("utilisée pour la dernière fois le"), default=timezone.localdate)

    class Meta:
        verbose_name = _("session ouverte")
        verbose_name_plural = _("sessions ouvertes")

    def __str__(self) -> str:
        return gettext("{browser} sur {system}").format(
            browser=self.get_browser_display(), system=self.get_system_display()
        )
