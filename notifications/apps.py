from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from notifications import checks


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        register(checks.vapid_key)
        register(checks.mail_providers)
        register(checks.answered, deploy=True)
