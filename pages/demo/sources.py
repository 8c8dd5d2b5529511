"""By which links the supports of the demonstration came, and the demands that wait for their link to be used."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from random import Random

from core.rows import copy_in
from initiatives.models import Initiative, OwnSource, Support
from initiatives.services import pacing
from members.addresses import address_key, domain_of
from members.consents import CURRENT
from members.models import Consent
from pages.demo import DOMAIN
from pages.demo.country import SEED, Country
from pages.demo.opened import Opened

#: What a team of many supporters named.
OWN = {"marche": "Marché", "facebook": "Facebook"}
_MANY = 30
#: Of a hundred supports; the others came without a link.
_SHARES = {"whatsapp": 20, "lien": 12, "courriel": 8, "partage": 6, "tract": 5, "affiche": 4}
_OWN_SHARES = {"marche": 9, "facebook": 11}
#: One demand waits for so many supports, of those that are gathered now; none is older than this, in days.
_ONE_IN = 12
_MOST_WAITING = 9
_WAITING_FOR = 20


class Sources:
    """Draws, in the order in which it is asked."""

    def __init__(self) -> None:
        self.rng = Random(f"{SEED} sources")  # noqa: S311 (nothing secret is drawn)

    def drawn_for(self, opened: Opened) -> str:
        """The word of a link, or none."""
        shares = _SHARES | (_OWN_SHARES if has_own(opened) else {})
        words = [*shares, ""]
        return self.rng.choices(words, weights=[*shares.values(), 100 - sum(shares.values())])[0]


def has_own(opened: Opened) -> bool:
    return opened.is_public and len(opened.supporters) >= _MANY


def write_sources(country: Country, initiatives: Mapping[Opened, Initiative]) -> str:
    """Once supports are written. Returns what was written, in words."""
    named = [opened for opened in country.initiatives if has_own(opened)]
    OwnSource.objects.bulk_create(
        OwnSource(
            initiative=initiatives[opened],
            slug=slug,
            name=name,
            created_at=country.now - timedelta(days=opened.age),
        )
        for opened in named
        for slug, name in OWN.items()
    )
    waiting = list(_waiting(country, initiatives))
    copy_in(waiting)
    pacing.compare()
    return f"{len(named) * len(OWN)} links with a name, {len(waiting)} demands to confirm"


def _waiting(country: Country, initiatives: Mapping[Opened, Initiative]) -> Iterable[Support]:
    rng = Random(f"{SEED} waiting")  # noqa: S311 (nothing secret is drawn)
    number = 0
    for opened in country.initiatives:
        if opened.state != "published" or opened.frozen:
            continue
        for _turn in range(min(len(opened.supporters) // _ONE_IN, _MOST_WAITING)):
            number += 1
            neighbour, _age = rng.choice(opened.supporters)
            asked = country.now - timedelta(days=rng.uniform(0.1, min(_WAITING_FOR, opened.age)))
            email = f"demande-{number:04}@{DOMAIN}"
            yield Support(
                initiative=initiatives[opened],
                state=Support.State.PENDING,
                email=email,
                address_key=address_key(email),
                first_name=neighbour.display_name.partition(" ")[0],
                commune=neighbour.commune,
                consent_version=CURRENT[Consent.Purpose.SUPPORT].version,
                domain=domain_of(email),
                created_at=asked,
                # Written to, and reminded: no message leaves.
                written_at=asked,
                reminded_at=asked,
            )
