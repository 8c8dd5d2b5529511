from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("Membres")

    def ready(self) -> None:
        """Each room says what it holds about a person (members.rights.registry): the rooms above are named nowhere."""
        autodiscover_modules("personal")
