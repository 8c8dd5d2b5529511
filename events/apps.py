from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from events import checks


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Événements")

    def ready(self) -> None:
        register(checks.geocoder_address)
