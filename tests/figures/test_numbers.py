"""Each number is that of the rows, as they stood when the day ended; staff are in none."""

from datetime import timedelta

import pytest
from cast import new_event, new_initiative, new_member
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from events.models import Attendance, EventReport
from figures.counting import Country, Day
from figures.definitions import NUMBERS
from figures.models import Cost, Withdrawal
from figures.services import yesterday
from initiatives.models import Initiative, Milestone, Support
from members.models import Member
from moderation.models import Case, Decision
from territories.geo import distance_km
from territories.models import Commune

LONG_AGO = timezone.now() - timedelta(days=20)


@pytest.fixture(scope="module")
def country(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Country.read()


@pytest.fixture
def counted(db, country):
    """`counted()`: all numbers of yesterday; `counted(demonstration=True)` with those of invented people."""

    def count(*, ago: int = 0, demonstration: bool = False):
        return Day(yesterday() - timedelta(days=ago), demonstration).numbers(country)

    return count


def people(count: int, name: str = "voisine", **fields) -> list[Member]:
    return [new_member(f"{name}-{number}", **{"joined_at": LONG_AGO} | fields) for number in range(count)]


def support(initiative: Initiative, members: list[Member], **fields) -> None:
    given = {"confirmed_at": LONG_AGO, "created_at": LONG_AGO} | fields
    Support.objects.bulk_create(
        [Support(initiative=initiative, member=member, commune=member.home_commune, **given) for member in members]
    )


def test_every_number_that_is_defined_is_counted(counted):
    assert counted().keys() == NUMBERS.keys()


def test_members_are_counted_without_staff_and_twice(counted):
    people(3)
    people(2, "absente", active_on=yesterday() - timedelta(days=30))
    people(4, "équipe", is_staff=True)
    people(1, "suspendu", restriction="suspended")
    people(1, "fermé", is_active=False)
    people(1, "nouvelle", joined_at=timezone.now())
    counts = counted()
    assert (counts["members_registered"], counts["members_active"]) == (5, 3)


def test_initiatives_are_counted_in_the_state_of_that_day(counted, alice):
    new_initiative(alice, published_at=LONG_AGO)
    new_initiative(alice, published_at=LONG_AGO, state="succeeded", ended_at=timezone.now() - timedelta(days=5))
    new_initiative(alice, published_at=LONG_AGO, state="closed", ended_at=LONG_AGO)
    new_initiative(alice, published_at=None, state="archived", launched_at=LONG_AGO, ended_at=LONG_AGO)
    new_initiative(alice, published_at=None, state="preparing", launched_at=LONG_AGO, nursery_key="abcdefghij")
    new_initiative(alice, published_at=None, state="draft")
    counts = counted()
    launched = ("launched", "gathering", "running", "ended", "never_public", "succeeded", "closed", "archived")
    assert [counts[f"initiatives_{name}"] for name in launched] == [5, 1, 1, 2, 1, 1, 1, 0]
    # Each is one of these, whatever happened since midnight.
    Initiative.objects.filter(state="preparing").update(state="published", published_at=timezone.now())
    assert counted()["initiatives_gathering"] == 1
    # Ten days ago, one of the two that ended was under way.
    before = counted(ago=10)
    assert (before["initiatives_running"], before["initiatives_ended"], before["initiatives_succeeded"]) == (2, 1, 0)


def test_what_staff_opened_is_not_counted(counted, chloe):
    new_initiative(chloe, published_at=LONG_AGO)
    assert counted()["initiatives_launched"] == 0


def test_supports_are_counted_with_those_that_do_not_count(counted, initiative):
    neighbours = people(30)
    Initiative.objects.update(published_at=LONG_AGO)
    support(initiative, neighbours[:25])
    support(initiative, people(1, "équipe", is_staff=True))
    support(initiative, neighbours[25:27], state="suspect", suspicion="network")
    support(initiative, [neighbours[27]], confirmed_at=timezone.now())
    Support.objects.create(
        initiative=initiative, state="pending", email="x@exemple.fr", address_key=b"x" * 32, created_at=LONG_AGO
    )
    counts = counted()
    names = ("confirmed", "pending", "withdrawn", "invalidated")
    assert [counts[f"supports_{name}"] for name in names] == [25, 1, 0, 2]
    assert (counts["initiatives_above_5"], counts["initiatives_above_25"], counts["initiatives_below_5"]) == (1, 1, 0)


def test_staff_who_ask_for_a_link_are_not_counted_either(counted, initiative):
    (staff,) = people(1, "équipe", is_staff=True)
    Support.objects.create(
        initiative=initiative, state="pending", email=staff.email, address_key=staff.address_key, created_at=LONG_AGO
    )
    assert counted()["supports_pending"] == 0


def test_who_supports_both_initiatives_of_a_merger_withdraws_nothing(counted, initiative, alice):
    both, one = people(2)
    joined = new_initiative(alice, published_at=LONG_AGO)
    support(initiative, [both, one])
    support(joined, [both])
    Initiative.objects.filter(pk=initiative.pk).update(state="archived", ended_at=LONG_AGO, merged_into=joined)
    initiative.supports.filter(member=both).delete()
    assert not Withdrawal.objects.exists()
    initiative.supports.filter(member=one).delete()
    assert Withdrawal.objects.get().count == 1


def test_a_withdrawn_support_leaves_a_unit_and_no_name(counted, initiative):
    neighbours = people(3)
    support(initiative, neighbours)
    support(initiative, people(1, "équipe", is_staff=True))
    support(initiative, people(1, "suspecte"), state="suspect", suspicion="network")
    initiative.supports.exclude(member=neighbours[2]).delete()
    Withdrawal.objects.update(day=yesterday())
    assert list(Withdrawal.objects.values_list("count", "is_demonstration")) == [(2, False)]
    neighbours[2].delete()
    Withdrawal.objects.update(day=yesterday())
    assert counted()["supports_withdrawn"] == 3
    assert {field.name for field in Withdrawal._meta.fields} == {"id", "day", "count", "is_demonstration"}


def test_events_are_counted_with_those_that_did_not_happen(counted, alice, vitre):
    def past(**fields):
        return new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=9), published_at=LONG_AGO, **fields)

    told, untold = past(), past()
    past(cancelled_at=LONG_AGO)
    past(withheld_at=LONG_AGO)
    new_event(alice, vitre)
    EventReport.objects.create(
        event=told, author=alice, text="Trente arbres.", published_at=timezone.now() - timedelta(days=2)
    )
    came = [
        Attendance(event=told, member=member, guests=1, checked_in_at=LONG_AGO if rank < 2 else None)
        for rank, member in enumerate(people(6))
    ]
    Attendance.objects.bulk_create(came)
    untold.walk_in_count = 4
    untold.save(update_fields=["walk_in_count"])
    counts = counted()
    assert (counts["events_held"], counts["events_told"], counts["events_cancelled"]) == (2, 1, 1)
    names = ("attendances_announced", "attendances_checked_in", "attendances_walked_in", "events_ticked")
    assert [counts[name] for name in names] == [12, 4, 4, 2]


def test_communes_near_an_event_are_within_thirty_kilometres(counted, alice, vitre):
    assert counted()["communes_near"] == 0
    new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=9), published_at=LONG_AGO)
    counts = counted()
    near = [
        commune
        for commune in Commune.objects.current().filter(
            kind="commune", department__in=["35", "53", "50", "49", "72", "44"]
        )
        if _km(commune, vitre) <= 30
    ]
    assert counts["communes_near"] == len(near)
    assert counts["communes_near"] + counts["communes_far"] == counts["communes_all"]


def _km(one: Commune, other: Commune) -> float:
    return distance_km((one.latitude, one.longitude), (other.latitude, other.longitude))


def test_promises_are_counted_kept_or_not(counted, initiative):
    Initiative.objects.update(published_at=LONG_AGO)
    now = timezone.now()
    day = timedelta(days=1)

    def promise(threshold: int, due, kept=None):
        Milestone.objects.create(
            initiative=initiative,
            threshold=threshold,
            promise="Nous répondrons.",
            reached_at=LONG_AGO,
            due_at=due,
            kept_at=kept,
            answer="Voici." if kept else "",
        )

    promise(5, now - 2 * day, now - 3 * day)
    promise(25, now - 5 * day, now - 3 * day)
    promise(100, now - 3 * day)
    promise(500, now + day)
    counts = counted()
    assert [counts[f"promises_{name}"] for name in ("kept", "kept_late", "late", "waiting")] == [1, 1, 1, 1]


def test_moderation_is_as_slow_as_half_of_its_decisions(counted, initiative, chloe):
    sort = ContentType.objects.get_for_model(Initiative)
    decided = timezone.now() - timedelta(days=3)
    for hours in (1, 2, 3, 4, 50):
        case = Case.objects.create(
            content_type=sort, object_id=hours, opened_at=decided - timedelta(hours=hours), closed_at=decided
        )
        Decision.objects.create(case=case, content_type=sort, verb="publish", reason="Rien.", by=chloe, made_at=decided)
    Case.objects.create(content_type=sort, object_id=99, opened_at=timezone.now() - timedelta(days=3))
    counts = counted()
    assert counts["moderation_median"] == 3 * 3600
    assert (counts["moderation_decided"], counts["moderation_waiting"], counts["moderation_overdue"]) == (5, 1, 1)


def test_costs_are_divided_by_those_who_are_there(counted):
    people(4)
    month = yesterday().replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1) if yesterday() + timedelta(days=1) < _next(month) else month
    Cost.objects.create(month=last, amount="100.00", label="Hébergement")
    wrong = Cost.objects.create(month=last, amount="900.00", label="Envoi de messages")
    Cost.objects.create(month=last, amount="-890.00", label="Erreur de virgule", corrects=wrong)
    counts = counted()
    assert (counts["cost_year"], counts["cost_months"], counts["cost_per_active"]) == (110_00, 1, 27_50)


def _next(month):
    return (month + timedelta(days=32)).replace(day=1)


def test_invented_people_are_counted_with_the_demonstration_alone(counted, vitre):
    invented = people(1, "inventée", is_demonstration=True, home_commune=vitre)
    initiative = new_initiative(invented[0], vitre, published_at=LONG_AGO)
    support(initiative, people(6, "réelle"))
    for name in ("members_registered", "initiatives_launched", "supports_confirmed"):
        assert counted(demonstration=True)[name] - counted()[name] == {"supports_confirmed": 6}.get(name, 1)
    # Nobody carries it any more: its first supporter says that it was invented.
    Support.objects.all().delete()
    support(initiative, invented)
    Initiative.objects.update(author=None)
    assert counted()["initiatives_launched"] == 0
    assert counted(demonstration=True)["initiatives_launched"] == 1


def test_what_happens_in_an_arrondissement_happens_in_its_city(db, country, alice):
    new_initiative(alice, Commune.objects.get(code="75111"), published_at=LONG_AGO)
    assert list(Day(yesterday()).by_place("initiatives_running")) == [("11", "75", "75111", 1)]
    assert list(country.nested("75111", "75")) == [("c75111", "c75056"), ("c75056", "d75")]
    assert list(country.nested("35360", "35")) == [("c35360", "d35")]
