"""The texts people agree to. A text never changes under its version: other words are another version, asked anew."""

from dataclasses import dataclass

from django.conf import settings

from members.models import Consent


@dataclass(frozen=True)
class ConsentText:
    purpose: str
    version: str
    #: With {site} for the name of the site; never edited once published, and French whatever the visitor's language.
    words: str

    def __str__(self) -> str:
        return self.words.format(site=settings.SITE_NAME)

    def is_of(self, consent: Consent) -> bool:
        return (self.purpose, self.version) == (consent.purpose, consent.version)


#: The GDPR (art. 9) asks for an explicit consent: an act on this site may reveal a political opinion.
USE_2026_11 = ConsentText(
    Consent.Purpose.USE,
    "2026-11",
    "J’accepte que {site} garde mon adresse e-mail, mon nom affiché et ce que je fais sur le site, qui peut révéler "
    "mes opinions politiques, pour faire fonctionner le site. Je peux retirer cet accord à tout moment.",
)

#: A support without an account: before the address is proved, then with the account that forms itself.
SUPPORT_2026_11 = ConsentText(
    Consent.Purpose.SUPPORT,
    "2026-11",
    "J’accepte que {site} garde mon prénom, mon adresse e-mail et mon code postal pour compter mon soutien et m’écrire "
    "à son sujet. Un soutien révèle une opinion politique. Je peux retirer cet accord à tout moment.",
)

#: "Je viens" without an account, in the same way. Organisers read a first name, and never an address.
ATTEND_2026_11 = ConsentText(
    Consent.Purpose.ATTEND,
    "2026-11",
    "J’accepte que {site} garde mon prénom, mon adresse e-mail et ma venue à cet événement, pour tenir la liste des "
    "participants et m’écrire à son sujet. Ma venue peut révéler une opinion politique. Les organisateurs lisent mon "
    "prénom. Je peux retirer cet accord à tout moment.",
)

#: The digest of what moves near home. What came of what they support needs no other consent: they asked for it.
DIGEST_2026_11 = ConsentText(
    Consent.Purpose.DIGEST,
    "2026-11",
    "J’accepte que {site} m’écrive ce qui se passe près de chez moi, dans un résumé qui ne vient que s’il y a du "
    "nouveau. Ma commune et le jour de ma dernière visite servent à le composer et à l’espacer. Je peux retirer cet "
    "accord à tout moment.",
)

#: Hearing from the party that runs the site: apart from all the rest, and asked by one invitation at most.
PARTY_2026_11 = ConsentText(
    Consent.Purpose.PARTY,
    "2026-11",
    "J’accepte que le parti qui fait vivre {site} m’écrive ses nouvelles et ses rendez-vous à l’adresse de mon compte. "
    "Ce que je fais sur le site ne sert pas à choisir ce qu’il m’écrit. Cet accord peut révéler une opinion politique. "
    "Je peux le retirer à tout moment.",
)

#: Every text ever shown, so that a consent kept for years can still be read.
PUBLISHED = (USE_2026_11, SUPPORT_2026_11, ATTEND_2026_11, DIGEST_2026_11, PARTY_2026_11)

#: What is asked today.
CURRENT = {text.purpose: text for text in (USE_2026_11, SUPPORT_2026_11, ATTEND_2026_11, DIGEST_2026_11, PARTY_2026_11)}
