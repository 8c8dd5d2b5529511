"""`python -m bench.hot prepare`: one hot initiative. `… check`: whether its number is true. Each prints JSON.

In a database of the benchmark alone (DATABASE_URL).
"""

import json
import sys

import django

django.setup()

from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from initiatives.models import Initiative, Support, SupportDelta, SupportLimits  # noqa: E402
from initiatives.services.counting import reconcile_supports  # noqa: E402
from members.models import Member  # noqa: E402

#: Beyond any load: what staff do when an initiative is on the evening news, without turning anything off.
BEYOND = 10_000_000


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
    SupportLimits.objects.create(pk=1, per_initiative_a_minute=BEYOND, proof_from_a_minute=BEYOND)
    return {"id": initiative.pk, "slug": str(initiative.slug)}


def check() -> dict:
    """What the database says once all is quiet."""
    confirmed = Support.objects.confirmed()
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
    print(json.dumps({"prepare": prepare, "check": check}[sys.argv[1]]()))
