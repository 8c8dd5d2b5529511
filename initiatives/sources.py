"""By which way somebody came to support: a short word that the address carries, and nothing about the person.

The site's own links say how they were shared; a team names a few more, "marche" for those it gives at the market
(services.sources).
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: In the address of the form of a support: `…/soutenir/?de=affiche`.
PARAMETER = "de"
#: Characters of a word; a support holds one, or none.
LONGEST = 20

#: What every initiative has, by its word.
EVERYWHERE: dict[str, Promise] = {
    "affiche": _("Affiche"),
    "tract": _("Tract"),
    "whatsapp": _("WhatsApp"),
    "courriel": _("E-mail"),
    "partage": _("Bouton « Partager » d’un téléphone"),
    "lien": _("Lien copié"),
}
