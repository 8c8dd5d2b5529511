"""Under which licence the data are given: the operator chooses (OPEN_DATA_LICENCE)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Licence:
    #: As Frictionless packages name it.
    code: str
    name: str
    address: str
    words: Promise


_LICENCES = {
    "etalab-2.0": Licence(
        "etalab-2.0",
        "Licence Ouverte 2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        _("Vous en faites ce que vous voulez, y compris pour en vivre, en disant d’où elles viennent et de quel jour."),
    ),
    "ODbL-1.0": Licence(
        "ODbL-1.0",
        "Open Database License 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        _("Vous en faites ce que vous voulez, en disant d’où elles viennent ; ce que vous en tirez reste ouvert."),
    ),
}


def licence() -> Licence:
    return _LICENCES[settings.OPEN_DATA_LICENCE]
