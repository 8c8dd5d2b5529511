"""The first page: what is near the place that the browser keeps, else what moves in France."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.utils import timezone

from events.models import EventReport
from initiatives.models import Initiative, Milestone, Support
from initiatives.services import counting
from pages import home, moving
from pages.models import Moved
from territories.models import Opening

pytestmark = pytest.mark.django_db


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def supports(initiative: Initiative, count: int, **fields) -> None:
    when = fields.pop("when", None) or timezone.now()
    for n in range(count):
        member = new_member(f"{initiative.pk}-{n}-{when:%d%H}")
        Support.objects.create(initiative=initiative, member=member, created_at=when, confirmed_at=when)


def lines() -> list[tuple]:
    counting.fold_supports()
    moving.refresh()
    return [(line.kind, line.count) for line in Moved.objects.readable()]


# --- What moved ------------------------------------------------------------------------------------------------------


def test_what_moved_since_yesterday_is_said_with_its_number(alice, vitre, event, initiative):
    Initiative.objects.filter(pk=initiative.pk).update(published_at=ago(days=50))
    supports(initiative, 3)
    stepped = new_initiative(alice, vitre, title="Un four à pain au village", published_at=ago(days=40))
    Milestone.objects.create(initiative=stepped, threshold=25, reached_at=ago(hours=2))
    kept = new_initiative(alice, vitre, title="Un vélobus pour l’école", published_at=ago(days=40))
    Milestone.objects.create(
        initiative=kept, threshold=25, reached_at=ago(days=9), kept_at=ago(hours=3), answer="C’est fait."
    )
    new_initiative(alice, vitre, title="Une cantine moins chère", state="succeeded", published_at=ago(days=90))
    EventReport.objects.create(event=event, author=alice, text="Il a fait beau.", turnout=12, published_at=ago(hours=4))
    opened = new_initiative(alice, vitre, title="Des bancs à l’ombre")
    assert lines() == [
        ("success", None),
        ("kept", 25),
        ("report", 12),
        ("step", 25),
        ("supported", 3),
        ("opened", None),
    ]
    assert {line.days for line in Moved.objects.all()} == {1}
    opened.withhold()
    assert "opened" not in [line.kind for line in Moved.objects.readable()]


def test_with_too_little_since_yesterday_one_looks_further_back(alice, vitre):
    for n in range(5):
        new_initiative(alice, vitre, title=f"Des bancs à l’ombre, le {n + 1}e", published_at=ago(days=6, hours=n))
    assert len(lines()) == moving.MOST_OF_ONE_SORT
    # Three of one sort are not enough: the month is looked at.
    assert {line.days for line in Moved.objects.all()} == {31}


def test_one_new_support_is_somebody_and_is_no_news(alice, vitre, initiative):
    Initiative.objects.filter(pk=initiative.pk).update(published_at=ago(days=50))
    supports(initiative, 1)
    assert lines() == []
    supports(initiative, 1, when=ago(hours=5))
    assert lines() == [("supported", 2)]


def test_an_initiative_is_named_once(alice, initiative):
    supports(initiative, 4)
    assert lines() == [("supported", 4)]


def test_what_was_there_before_gives_way(alice, vitre, initiative):
    assert lines() == [("opened", None)]
    Initiative.objects.filter(pk=initiative.pk).update(published_at=ago(days=60))
    assert lines() == []


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_is_the_same_for_all_visitors(visitor, initiative, event):
    answer = visitor.get("/")
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text
    assert 'id="pres"></section>' in answer.text


def test_the_page_costs_the_same_whatever_there_is(query_bill, visitor, alice, vitre):
    """What moved, the initiatives and their themes, the events, what came of some and its pictures."""

    def fill(count: int) -> None:
        for n in range(count):
            initiative = new_initiative(alice, vitre, title=f"Des bancs à l’ombre, le {n + 1}e")
            new_event(alice, vitre, initiative=initiative, title=f"Rencontre {n}")
            new_initiative(alice, vitre, state="succeeded", outcome="Ils sont là.", title=f"Des bancs, le {n + 1}e")
        moving.refresh()

    query_bill(visitor, "/", fill, most=12)


def test_what_lacks_the_fewest_people_is_named(visitor, alice, vitre):
    for title, count in (("Un four à pain au village", 3), ("Des bancs à l’ombre", 21), ("Un vélobus", 40)):
        initiative = new_initiative(alice, vitre, title=title)
        Initiative.objects.filter(pk=initiative.pk).update(support_count=count)
    assert "Plus que 2 soutiens pour «\u202fUn four à pain au village\u202f»" in visitor.get("/").text


def test_what_shows_what_came_of_it_comes_first(alice, vitre):
    silent = new_initiative(alice, vitre, state="succeeded", outcome="C’est fait.", ended_at=ago(days=1))
    proved = new_initiative(alice, vitre, state="succeeded", outcome="Oui.", proof="Le bail.", ended_at=ago(days=9))
    assert home.stories() == [proved, silent]


def test_a_member_reads_what_is_near_their_home(as_bob, event):
    answer = as_bob.get("/")
    assert "Autour de Vitré" in answer.text
    assert event.title in answer.text
    assert "home.js" not in answer.text
    assert client_of(new_member("nowhere")).get("/").text.count("data-near=") == 0


# --- Near a place ----------------------------------------------------------------------------------------------------


def test_what_is_near_a_place_is_the_same_for_whoever_asks(visitor, as_bob, event):
    answer = visitor.get("/territoires/35360-vitre/pres/")
    assert "public" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert 'data-near="35360-vitre"' in answer.text
    assert "<html" not in answer.text
    assert as_bob.get("/territoires/35360-vitre/pres/").text == answer.text


def test_the_one_act_is_an_event_soon_with_a_place_else_an_initiative(visitor, alice, vitre, initiative):
    address = "/territoires/35360-vitre/pres/"
    assert "Je soutiens" in visitor.get(address).text
    new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=60))
    assert "Je viens" not in visitor.get(address).text
    new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=5), capacity=1, attendee_count=1)
    assert "Je viens" not in visitor.get(address).text
    new_event(alice, vitre, title="Le café des bancs", starts_at=timezone.now() + timedelta(days=6))
    text = visitor.get(address).text
    assert "Je viens" in text
    assert "Je soutiens" not in text
    assert text.count('class="button"') == 1


def test_a_place_typed_leads_to_what_is_near_it(visitor):
    answer = visitor.get("/ou/pres/?lieu=Vitré (Ille-et-Vilaine)")
    assert answer.headers["Location"] == "/territoires/35360-vitre/pres/"
    several = visitor.get("/ou/pres/?lieu=saint-denis")
    assert 'hx-get="/territoires/93066-saint-denis/pres/"' in several.text
    assert "Ce lieu est introuvable" in visitor.get("/ou/pres/?lieu=xyzxyz").text
    assert visitor.get("/ou/pres/").status_code == 200


def test_a_former_name_leads_to_what_is_there_now(visitor):
    assert visitor.get("/territoires/35360-vitre-ancien/pres/").headers["Location"] == "/territoires/35360-vitre/pres/"
    assert visitor.get("/territoires/99999-nulle-part/pres/").status_code == 404


def test_where_the_site_waits_to_open_it_is_said(visitor, vitre):
    Opening.objects.create(department=vitre.department, wanted=40)
    assert "Le site n’est pas encore ouvert en Ille-et-Vilaine" in visitor.get("/territoires/35360-vitre/pres/").text


def test_what_is_near_costs_the_same_with_two_and_with_fifteen(query_bill, visitor, alice, vitre):
    def fill(count: int) -> None:
        for n in range(count):
            new_event(alice, vitre, title=f"Rencontre {n}")
            new_initiative(alice, vitre, title=f"Des bancs à l’ombre, le {n + 1}e")

    query_bill(visitor, "/territoires/35360-vitre/pres/", fill, most=14)
