"""The French territory: régions, départements, communes, postcodes."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TerritoriesConfig(AppConfig):
    """Where things happen; every other room points here, and this one knows none of them."""

    name = "territories"
    verbose_name = _("territoires")
