"""What a display name may be: a name to be read by others, neither an address nor the site itself."""

import re
import unicodedata

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

#: Letters of other alphabets drawn like ours, and digits read as letters.
LOOK_ALIKES = str.maketrans(
    "аеіїјорсухѕԁгмтвнкαεικνορτυχ013457@$!",
    "aeiijopcyxsdrmtbhkaeiknoptyxoieastasi",
)
LINK = re.compile(r"://|\bwww\.|\w\.(?:fr|com|net|org|eu|info|io|me|be|ch|ru|biz|xyz|bzh)\b", re.IGNORECASE)
#: Refused anywhere in the letters of a name, spaces and dots left out.
STAFF_ROOTS = ("moderat", "administrat", "officiel", "webmaster", "webmestre", "sysadmin")
#: Refused as words only: "Badminton" holds one of them.
STAFF_WORDS = {"admin", "admins", "modo", "modos", "staff", "root", "superuser", "noreply", "support"}


def plain_name(name: str) -> None:
    """Refuses what is not a name, holds an address or a link, or passes for the people who run the site."""
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn") for letter in name):
        raise ValidationError(_("Ce nom contient des caractères invisibles."))
    if sum(letter.isalpha() for letter in name) < 2:
        raise ValidationError(_("Écrivez un nom d’au moins deux lettres."))
    if "@" in name and "." in name:
        raise ValidationError(_("N’écrivez pas d’adresse e-mail : tout le monde lira ce nom."))
    if LINK.search(name):
        raise ValidationError(_("N’écrivez pas d’adresse de site dans ce nom."))
    if _passes_for_staff(name):
        raise ValidationError(_("Ce nom laisserait croire que vous parlez au nom du site. Choisissez-en un autre."))


def display_name(name: str) -> None:
    """Every rule on a display name: ours, then those of the rooms above (settings.DISPLAY_NAME_VALIDATORS)."""
    plain_name(name)
    for path in settings.DISPLAY_NAME_VALIDATORS:
        import_string(path)(name)


def _passes_for_staff(name: str) -> bool:
    words = re.findall(r"[a-z]+", _folded(name))
    letters = "".join(words)
    site = "".join(re.findall(r"[a-z]+", _folded(settings.SITE_NAME)))
    return bool(
        STAFF_WORDS.intersection(words) or letters in STAFF_WORDS or any(root in letters for root in STAFF_ROOTS)
    ) or (len(site) > 3 and site in letters)


def _folded(text: str) -> str:
    """Without accents, capitals, nor letters that only look like ours."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LOOK_ALIKES))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.casefold().translate(LOOK_ALIKES)
