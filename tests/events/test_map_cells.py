"""The squares of the map that are counted in advance say what their events say."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from cast import new_event, new_member
from django.db import connection, transaction
from django.utils import timezone

from events import agenda, mapping
from events.agenda import Search
from events.models import Attendance, Event, MapCell, StaleCell
from events.models.mapcell import FIRST_ZOOM, LAST_ZOOM
from events.services import cells, coming, waiting
from territories.models import Commune
from tests.events.crowd import clocks_at

EARTH = mapping.Box(-180, -90, 180, 90)
FRANCE = mapping.Box(-11.25, 38.671875, 11.25, 54.140625)


def count() -> None:
    cells.leave_map()
    cells.count_squares()


def searches() -> list[Search]:
    return [
        Search(),
        Search(with_room=True),
        *(Search(kind=kind) for kind in ("debate", "walk", "online")),
        *(Search(theme=theme) for theme in agenda.themes()[:3]),
        Search(kind="walk", with_room=True),
        Search(theme=agenda.themes()[0], with_room=True),
    ]


def same_as_events() -> None:
    """At each zoom, under each filter, the squares hold what counting the events finds."""
    for zoom in range(FIRST_ZOOM, LAST_ZOOM + 1):
        for search in searches():
            for box in (EARTH, FRANCE):
                grid = mapping.Grid.over(box, zoom)
                squares = list(mapping.from_squares(search.facet, grid))
                events = list(mapping.from_events(search.narrow(Event.objects.coming()), grid))
                assert [each["total"] for each in squares] == [each["total"] for each in events]
                for one, other in zip(squares, events, strict=True):
                    for name in one:
                        assert one[name] == pytest.approx(other[name], abs=1e-9), (zoom, search, name)


def test_squares_say_what_counting_says_whatever_happens_to_events(alice, scatter):
    dice = random.Random(3)
    themes = agenda.themes()
    events = scatter(300, seed=5)
    for _round in range(4):
        for event in dice.sample(events, 60):
            now = timezone.now()
            changes = [
                {"withheld_at": now},
                {"withheld_at": None},
                {"cancelled_at": now},
                {"cancelled_at": None},
                {"published_at": None},
                {"published_at": now},
                {"kind": dice.choice(["debate", "walk", "meeting"])},
                {"theme": dice.choice([None, *themes[:3]])},
                {"capacity": dice.choice([None, 5])},
                {"attendee_count": 5, "capacity": 5},
                {"attendee_count": 0},
                {"waiting_count": dice.choice([0, 2])},
                {"starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=5), "waiting_count": 2},
                {"latitude": dice.uniform(42, 51), "longitude": dice.uniform(-5, 9)},
                {"latitude": -21.1, "longitude": 55.5},
                {"latitude": None, "longitude": None},
                {"starts_at": now - timedelta(hours=3), "ends_at": now - timedelta(hours=1)},
                {"starts_at": now + timedelta(hours=3), "ends_at": now + timedelta(hours=5)},
            ]
            Event.objects.filter(pk=event.pk).update(**dice.choice(changes))
        Event.objects.filter(pk__in=[event.pk for event in dice.sample(events, 5)]).delete()
        scatter(10, seed=_round)
        count()
        assert not StaleCell.objects.exists()
        same_as_events()


def test_a_place_that_somebody_waits_for_is_free_for_nobody_until_the_last_hours(alice, bob, vitre):
    event = new_event(alice, vitre, capacity=4)
    for member, guests in ((alice, 1), (bob, 0)):
        coming.attend(event, by=member, guests=guests)
    with_places = Search(with_room=True)
    assert with_places.narrow(Event.objects.coming()).get().has_free_place
    count()
    same_as_events()
    # Emma brings one more than there are places; they wait for all of them.
    emma = new_member("emma")
    Attendance.objects.create(event=event, member=emma, state="waiting", guests=1, queue_number=1)
    assert not with_places.narrow(Event.objects.coming()).exists()
    event.refresh_from_db()
    assert event.places_left == 1 and not event.has_free_place and waiting.is_full(event)
    count()
    same_as_events()
    assert not MapCell.objects.filter(facet="places").exists()
    with clocks_at(event.starts_at - timedelta(hours=1, minutes=30)):
        assert event.has_free_place and with_places.narrow(Event.objects.coming()).get() == event
        # The sweep that calls those who wait notes it.
        assert not StaleCell.objects.exists() and waiting.move_lists() == 1 and StaleCell.objects.exists()


def test_a_square_without_an_event_is_not_kept(event):
    count()
    assert {zoom for zoom, _facet, _y, _x in MapCell.objects.values_list("pk", flat=True)} == set(range(3, 9))
    Event.objects.update(withheld_at=timezone.now())
    count()
    assert not MapCell.objects.exists()


def test_what_changes_nothing_on_the_map_notes_no_square(event, bob):
    count()
    event.title = "Un autre titre"
    event.save()
    Event.objects.update(attendee_count=3, announced_at=timezone.now())
    assert not StaleCell.objects.exists()
    Event.objects.update(capacity=3)
    assert StaleCell.objects.exists()


def test_what_is_over_leaves_the_map_and_comes_back_when_it_is_put_off(event):
    now = timezone.now()
    Event.objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(minutes=1))
    assert cells.leave_map() == 1 and cells.leave_map() == 0
    event.refresh_from_db()
    assert event.left_map_at
    count()
    assert not MapCell.objects.exists() and not Event.objects.coming().exists()
    event.starts_at, event.ends_at = now + timedelta(days=1), now + timedelta(days=1, hours=2)
    event.save()
    event.refresh_from_db()
    assert event.left_map_at is None and Event.objects.coming().get() == event
    count()
    same_as_events()
    assert MapCell.objects.exists()


def test_the_map_reads_the_events_when_nobody_counts_squares(event, django_assert_num_queries):
    """A change that waits for half a minute, or an event that is over and still shown: the task does not run."""
    assert cells.are_fresh()
    assert mapping.markers(Search(), EARTH, 3) == []
    StaleCell.objects.update(noted_at=timezone.now() - timedelta(seconds=31))
    assert not cells.are_fresh()
    (marker,) = mapping.markers(Search(), EARTH, 3)
    assert marker["title"] == event.title
    count()
    assert cells.are_fresh() and mapping.markers(Search(), EARTH, 3) == [marker]
    now = timezone.now()
    Event.objects.update(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(minutes=1))
    assert not cells.are_fresh() and mapping.markers(Search(), EARTH, 3) == []


def test_what_is_withheld_is_named_nowhere_though_its_square_is_still_counted(alice, vitre):
    new_event(alice, vitre, title="Retiré")
    count()
    Event.objects.update(withheld_at=timezone.now())
    assert mapping.markers(Search(), EARTH, 3) == []
    # Of a cluster only the number is known, and a town nearby.
    Event.objects.update(withheld_at=None)
    new_event(alice, Commune.objects.get(code="35238"), title="Retiré aussi")
    count()
    Event.objects.update(withheld_at=timezone.now())
    (marker,) = mapping.markers(Search(), EARTH, 3)
    assert marker["count"] == 2 and marker["place"] == "de Rennes" and "title" not in marker


@pytest.mark.parametrize(
    "search, facet",
    [
        (Search(), ""),
        (Search(kind="debate"), "debate"),
        (Search(with_room=True), "places"),
        (Search(kind="debate", with_room=True), "debate-places"),
        (Search(span="semaine"), None),
        (Search(point=(48.1, -1.2)), None),
    ],
)
def test_squares_answer_for_a_kind_or_a_theme_and_for_places(db, search, facet):
    assert search.facet == facet


def test_squares_do_not_answer_for_a_kind_and_a_theme_at_once(db):
    theme = agenda.themes()[0]
    assert Search(theme=theme, with_room=True).facet == f"theme-{theme.pk}-places"
    assert Search(theme=theme, kind="debate").facet is None


def test_two_filters_at_once_are_counted_from_the_events(alice, vitre):
    new_event(alice, vitre, kind="debate", capacity=1)
    new_event(alice, vitre, kind="debate", capacity=1, attendee_count=1)
    theme = agenda.themes()[0]
    new_event(alice, vitre, kind="walk", theme=theme)
    new_event(alice, vitre, kind="debate", theme=theme)
    count()
    for search, total in ((Search(kind="debate"), 3), (Search(kind="debate", theme=theme), 1), (Search(), 4)):
        assert sum(marker["count"] for marker in mapping.markers(search, EARTH, 3)) == total


def test_a_change_that_is_undone_notes_nothing(event):
    count()
    with pytest.raises(RuntimeError), transaction.atomic():
        Event.objects.update(withheld_at=timezone.now())
        raise RuntimeError
    assert not StaleCell.objects.exists()


# --- Many at once, on real connections -------------------------------------------------------------------------------


def test_many_who_count_and_change_at_once_leave_no_square_behind(at_once, vitre_committed):
    """Half of the threads post and hide events, the others count; the last counting finds all that was noted."""
    alice = new_member("alice")
    places = list(Commune.objects.select_related("department").filter(code__in=("35360", "35238", "75056", "97411")))

    def work(number: int) -> None:
        dice = random.Random(number)
        for _ in range(12):
            if number % 2:
                cells.leave_map()
                cells.count_squares()
            else:
                event = new_event(alice, dice.choice(places), title=f"Rencontre {number}")
                if dice.random() < 0.4:
                    Event.objects.filter(pk=event.pk).update(withheld_at=timezone.now())

    at_once(work, range(8))
    count()
    same_as_events()
    assert (
        sum(MapCell.objects.filter(zoom=8, facet="").values_list("count", flat=True)) == Event.objects.public().count()
    )


def test_a_counting_that_is_killed_loses_nothing(at_once, vitre_committed):
    """The notes it took come back with its transaction."""
    new_event(new_member("alice"), vitre_committed)

    def killed(_item) -> None:
        with transaction.atomic():
            cells._count_some()
            assert not StaleCell.objects.exists() and MapCell.objects.exists()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (own,) = cursor.fetchone()
            kill(own)
            StaleCell.objects.exists()

    with pytest.raises(Exception, match=r"terminating|closed|lost"):
        at_once(killed, [1])
    assert StaleCell.objects.exists() and not MapCell.objects.exists()
    count()
    same_as_events()
    assert Counter(MapCell.objects.values_list("zoom", flat=True)).keys() == set(range(3, 9))


def kill(backend: int) -> None:
    """End a connection of PostgreSQL from another one."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    finally:
        other.close()
