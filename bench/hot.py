"""`python -m bench.hot prepare`: one hot initiative among others. `… check 12`: whether its number is true, and theirs.

Each prints JSON.

In a database of the benchmark alone (DATABASE_URL).
"""

import json
import sys

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from initiatives.models import Initiative, Support, SupportDelta, SupportLimits  # noqa: E402
from initiatives.services.counting import reconcile_supports  # noqa: E402
from members.models import Member  # noqa: E402

#: Beyond any load: what staff do when an initiative is on the evening news, without turning anything off.
BEYOND = 10_000_000

#: Members the site has already, each with one support: an index of a site that is empty weighs nothing.
MEMBERS = 100_000
OTHERS = 500

_MEMBERS = """
INSERT INTO members_member (
    email, address_key, display_name, home_commune_id, password, joined_at, is_active, is_staff, is_superuser,
    is_demonstration, restriction
)
SELECT 'membre.' || n || '@possibles.example', sha256(n::text::bytea), 'Membre ' || n, home.code, '!', now(), true,
    false, false, false, ''
FROM generate_series(1, %(members)s) n
JOIN (SELECT code, row_number() OVER (ORDER BY population DESC) AS place FROM territories_commune) home
    ON home.place = 1 + n %% 30000
"""
_CONSENTS = """
INSERT INTO members_consent (member_id, purpose, version, given_at)
SELECT id, 'support', '2026-01', joined_at FROM members_member
"""
_SUPPORTS = """
INSERT INTO initiatives_support (
    initiative_id, member_id, commune_id, state, suspicion, created_at, confirmed_at, domain, is_disposable, email,
    first_name, consent_version
)
SELECT (%(others)s::bigint[])[1 + id %% %(count)s], id, home_commune_id, 'confirmed', '', joined_at, joined_at,
    'possibles.example', false, '', '', ''
FROM members_member WHERE address_key IS NOT NULL AND home_commune_id IS NOT NULL
"""


def prepare() -> dict:
    """A member's national project, published. Only the limits of an initiative are raised, as staff may."""
    alice = Member.objects.create_user("alice@possibles.example", display_name="Alice")
    initiative = Initiative.objects.create(
        author=alice,
        kind=Initiative.Kind.NATIONAL_PROJECT,
        title="Rouvrir les petites lignes de train",
        summary="Rendre à chaque canton une gare ouverte, et des trains à l’heure du travail et de l’école.",
        problem="Neuf mille kilomètres de lignes ont fermé ; il faut une voiture pour tout.\n\n" * 4,
        proposal="Des **trains légers**, une desserte toutes les heures, des régions qui s’accordent.\n\n" * 6,
        means="Des relais dans chaque département, et une saisine du Parlement.",
        state=Initiative.State.PUBLISHED,
        published_at=timezone.now(),
    )
    fill(alice)
    SupportLimits.objects.create(pk=1, per_initiative_a_minute=BEYOND, proof_from_a_minute=BEYOND)
    return {"id": initiative.pk, "slug": str(initiative.slug)}


def fill(author: Member) -> None:
    """The site as it is by then: other initiatives, members, what each agreed to and supports."""
    others = Initiative.objects.bulk_create(
        Initiative(
            author=author,
            kind=Initiative.Kind.NATIONAL_PROJECT,
            title=f"Une autre initiative, la {n}e",
            summary="Ce que d’autres ont ouvert avant.",
            state=Initiative.State.PUBLISHED,
            published_at=timezone.now(),
        )
        for n in range(OTHERS)
    )
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, {"members": MEMBERS})
        cursor.execute(_CONSENTS)
        cursor.execute(_SUPPORTS, {"others": [other.pk for other in others], "count": OTHERS})


def check(initiative: str) -> dict:
    """What the database says once all is quiet."""
    confirmed = Support.objects.confirmed().filter(initiative=int(initiative))
    doubles = confirmed.values("initiative", "member").annotate(times=Count("id")).filter(times__gt=1).count()
    return {
        "rows": confirmed.count(),
        "members": confirmed.values("member").distinct().count(),
        "doubles": doubles,
        "suspect": Support.objects.filter(state=Support.State.SUSPECT).count(),
        "deltas": SupportDelta.objects.count(),
        "drifts": len(reconcile_supports()),
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "check": check}[sys.argv[1]](*sys.argv[2:])))
