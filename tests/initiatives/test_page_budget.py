"""The page of an initiative with everything on it, for whoever reads it: twelve queries, seventy kilobytes."""

import random
from datetime import timedelta

import pytest
from cast import client_of, new_action, new_event, new_initiative, new_member, new_need
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from initiatives.models import Commitment, Contribution, CoOrganiser, Initiative, Merge, Milestone, Offer, Photo, Tag
from initiatives.services import updates

WORDS = ["verger", "commune", "voisin", "planter", "gare", "friche", "école", "chemin", "matinée", "pluie", "partage"]


def prose(length: int, seed: int) -> str:
    draw = random.Random(seed)
    said = ""
    while len(said) < length:
        said += f"{draw.choice(WORDS)}{draw.choice(['s', '', 'ment', 'eur'])}{draw.randrange(99)} "
    return said[:length].strip()


def fill(initiative, people, number: int, actions: int, *, start: int = 0) -> None:
    """So many contributions, and actions to do and done, as long as they may be."""
    now = timezone.now()
    for n in range(start, start + number):
        Contribution.objects.create(
            initiative=initiative, author=people[n % len(people)], text=prose(3000, n), published_at=now
        )
    for n in range(start, start + actions):
        action = new_action(initiative, title=prose(120, n), place=prose(200, n + 1), places=9)
        Commitment.objects.create(action=action, member=people[n % len(people)])
        new_action(initiative, title=prose(120, n + 2), report=prose(3000, n), is_done=True, closed_at=now, places=9)
        new_need(initiative, words=prose(200, n + 3))


@pytest.fixture
def crowded(alice, vitre, initiative) -> Initiative:
    """With a team, a merger, pictures, steps, updates, events, themes, the longest texts."""
    Initiative.objects.filter(pk=initiative.pk).update(
        problem=prose(5000, 1), proposal=prose(5000, 2), means=prose(5000, 3), summary=prose(300, 4), support_count=120
    )
    initiative.refresh_from_db()
    initiative.tags.set([*Tag.objects.exclude(theme_rank=None)[:3], "vélo"])
    for n in range(10):
        CoOrganiser.objects.create(initiative=initiative, member=new_member(f"aide{n}"))
    other = new_initiative(alice, vitre, title="Une cuisine partagée à l’école du bourg")
    now = timezone.now()
    Merge.objects.create(
        source=initiative, target=other, proposed_by=alice, agreed_at=now, ends_at=now + timedelta(days=7)
    )
    for n, use in enumerate(["cover"] + ["text"] * 6):
        Photo.objects.create(
            initiative=initiative, use=use, name=f"initiatives/aa/{n:032x}", width=1600, height=900, author=alice,
            alternative=prose(200, n), published_at=timezone.now(), is_open=True,
        )  # fmt: skip
    for n, threshold in enumerate((5, 25, 100, 500, 2500)):
        reached = timezone.now() if threshold <= 120 else None
        Milestone.objects.create(
            initiative=initiative, threshold=threshold, promise=prose(300, n), days=30, reached_at=reached,
            due_at=reached and reached + timedelta(days=30), answer=prose(5000, n) if reached else "", kept_at=reached,
        )  # fmt: skip
    for n in range(5):
        update, _ = updates.write(initiative, title=prose(120, n), text=prose(5000, n), by=alice)
        type(update).objects.filter(pk=update.pk).update(day=timezone.localdate() - timedelta(days=n + 1))
    for _each in range(5):
        new_event(alice, vitre, initiative=initiative)
    return initiative


def test_everybody_reads_the_fullest_page_at_the_same_cost_and_it_stays_light(crowded, alice, bob, as_chloe, visitor):
    people = [new_member(f"voix{n}") for n in range(20)]
    readers = {
        "visitor": visitor,
        "member": client_of(bob),
        "organiser": client_of(crowded.co_organisers.first().member),
        "author": client_of(alice),
        "moderator": as_chloe,
    }
    fill(crowded, people, 2, 0)
    bill = {}
    for size in ("few", "many"):
        for who, client in readers.items():
            client.get(crowded.get_absolute_url())
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(crowded.get_absolute_url(), headers={"accept-encoding": "gzip"})
            bill[size, who] = (len(queries), len(answer.content))
        if size == "few":
            fill(crowded, people, 198, 25, start=2)
            Offer.objects.bulk_create(
                Offer(need=need, member=person, message="Je peux.") for need in crowded.needs.all() for person in people
            )
    assert max(queries for queries, _weight in bill.values()) <= 12
    assert max(weight for _queries, weight in bill.values()) <= 70_000
