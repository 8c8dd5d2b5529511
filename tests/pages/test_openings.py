"""A département opens once people want it and there is something to do there; whoever waited hears of it once."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from core.french import day as day_in_words
from members.models import Consent, Member
from notifications.models import Notification
from notifications.services.following import follow
from pages.openings import acts, counting, telling
from territories.models import Commune, Department, ElectionWindow, Opening
from tests.members.door import sign_in_staff

HERE = "/territoires/35-ille-et-vilaine/"


@pytest.fixture
def opening(vitre) -> Opening:
    return Opening.objects.create(department=vitre.department, wanted=40, text="On plante le premier jour.")


@pytest.fixture
def dora(db) -> Member:
    """Of the team: she prepares what opens."""
    dora = new_member("dora", is_staff=True)
    dora.groups.add(Group.objects.get(name="Animateurs"))
    return dora


def seed(department: Department, by: Member, *, initiatives: int = acts.SEEDS, events: int = 1) -> None:
    commune = department.communes.get(code="35360")
    for n in range(initiatives):
        new_initiative(by, commune, title=f"Un verger partagé, le {n + 1}e")
    for _n in range(events):
        new_event(by, commune)


def told(kind: str = "department_opened") -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("recipient__display_name")
    return list(rows.values_list("recipient__display_name", flat=True))


# --- Who waits -------------------------------------------------------------------------------------------------------


def test_those_who_follow_it_and_those_who_live_there_are_counted_once(opening, alice, bob, dora, vitre):
    """Bob lives there and follows both; Eve follows a commune from elsewhere; Dora is of the team."""
    eve = new_member("eve")
    for member, places in ((bob, [vitre, vitre.department]), (eve, [vitre]), (dora, [vitre])):
        for place in places:
            follow(place, by=member)
    new_member("far", home_commune=Commune.objects.get(code="53130"))
    assert counting.count() == 1
    opening.refresh_from_db()
    assert (opening.gathered, opening.missing) == (3, 37)  # Alice, Bob and Eve.
    assert opening.counted_at


def test_what_opened_is_counted_no_more(opening, bob):
    Opening.objects.update(opened_at=timezone.now())
    assert counting.count() == 0


# --- The day it opens ------------------------------------------------------------------------------------------------


def test_nothing_opens_where_there_would_be_nothing_to_do(opening, dora):
    with pytest.raises(acts.OpeningRefused, match=r"3 initiatives .* Aucun événement"):
        acts.open_department(opening, by=dora)
    seed(opening.department, dora, initiatives=2)
    with pytest.raises(acts.OpeningRefused, match="1 initiative publiée"):
        acts.open_department(opening, by=dora)
    opening.refresh_from_db()
    assert opening.is_waiting


def test_whoever_waited_hears_of_it_once(opening, dora, bob, vitre):
    """Bob lives there and agreed to hear what happens near home; Alice did not, and follows nothing."""
    Consent.objects.create(member=bob, purpose="digest", version="2026-11")
    eve = new_member("eve")
    follow(vitre, by=eve)
    follow(vitre.department, by=eve)
    seed(opening.department, dora)
    assert acts.open_department(opening, by=dora) is True
    assert acts.open_department(opening, by=dora) is False
    assert telling.tell_openings() == 1
    assert told() == ["Bob", "Eve"]
    assert telling.tell_openings() == 0
    opening.refresh_from_db()
    assert opening.told_at


def test_many_are_told_by_slices(opening, dora, vitre, monkeypatch):
    monkeypatch.setattr(telling, "SLICE", 2)
    for name in ("eve", "fay", "gus", "hal"):
        follow(vitre, by=new_member(name))
    seed(opening.department, dora)
    acts.open_department(opening, by=dora)
    telling.tell_openings()
    assert told() == ["Eve", "Fay", "Gus", "Hal"]


def test_on_the_eve_of_a_vote_the_team_opens_nothing(opening, dora):
    seed(opening.department, dora)
    ElectionWindow.objects.create(name="Élection", day=timezone.localdate() + timedelta(days=1))
    with pytest.raises(acts.OpeningRefused, match="élection"):
        acts.open_department(opening, by=dora)


def test_two_of_the_team_open_it_once(at_once, vitre_committed):
    dora, leo = (new_member(name, is_staff=True) for name in ("dora", "leo"))
    opening = Opening.objects.create(department=vitre_committed.department, wanted=40)
    seed(opening.department, dora)
    opened = at_once(lambda member: acts.open_department(opening, by=member), [dora, leo] * 4)
    assert sorted(opened) == [False] * 7 + [True]
    assert Opening.objects.get().opened_at


# --- Its page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [HERE, "/territoires/35360-vitre/"])
def test_the_page_says_how_many_are_missing_who_prepares_it_and_what_one_can_do(visitor, opening, dora, address):
    opening.animators.add(dora)
    Opening.objects.update(gathered=3)
    seed(opening.department, dora)
    text = " ".join(visitor.get(address).text.split())
    assert "Il manque maintenant <strong>37 personnes</strong> pour ouvrir en Ille-et-Vilaine." in text
    assert "Dora" in text
    assert "On plante le premier jour." in text
    assert "Je veux que ça ouvre ici" in text
    assert "Un verger partagé, le 1e" in text
    # Nobody reads how few came.
    assert ">3<" not in text


@pytest.mark.parametrize("path", ["35-ille-et-vilaine", "35360-vitre"])
def test_whoever_wants_it_reads_that_it_is_what_they_want(visitor, as_bob, opening, path):
    asked = visitor.get(f"/territoires/{path}/suivre/").text
    assert "Je veux que ça ouvre en Ille-et-Vilaine" in asked
    assert "Pour vous prévenir, il nous faut une adresse confirmée" in asked
    said = as_bob.post(f"/territoires/{path}/suivre/", follow=True).text
    assert "vous serez prévenu le jour où le site ouvre en Ille-et-Vilaine" in said


def test_whoever_wants_it_is_no_longer_asked(as_bob, opening):
    text = as_bob.post(f"{HERE}suivre/", follow=True).text
    assert "Vous en êtes\u202f?" not in text
    assert "Je veux que ça ouvre ici" not in text
    assert "Ne plus suivre" in text


def test_one_is_missing_or_none(visitor, opening):
    Opening.objects.update(gathered=39)
    assert "Il manque maintenant <strong>1 personne</strong>" in visitor.get(HERE).text
    Opening.objects.update(gathered=45)
    assert "Assez de personnes attendent maintenant" in visitor.get(HERE).text


def test_a_name_that_left_the_team_is_not_shown(visitor, opening, dora):
    opening.animators.add(dora)
    Member.objects.filter(pk=dora.pk).update(is_staff=False)
    assert "Dora" not in visitor.get(HERE).text


def test_once_open_it_is_the_page_of_a_territory(visitor, opening):
    Opening.objects.update(opened_at=timezone.now())
    assert "Il manque maintenant" not in visitor.get(HERE).text


def test_for_a_month_its_pages_say_since_when_it_is_open(visitor, opening):
    day = timezone.now() - timedelta(days=30)
    Opening.objects.update(opened_at=day)
    said = f"Le site est ouvert en Ille-et-Vilaine depuis le {day_in_words(timezone.localdate(day))}."
    for address in (HERE, "/territoires/35360-vitre/"):
        assert said in visitor.get(address).text
    Opening.objects.update(opened_at=day - timedelta(days=2))
    assert "depuis le" not in visitor.get(HERE).text


def test_its_region_and_its_neighbours_are_open(visitor, opening):
    for address in ("/territoires/r53-bretagne/", "/territoires/53130-laval/"):
        assert "Il manque maintenant" not in visitor.get(address).text


def test_the_page_is_the_same_for_all_and_costs_a_fixed_number_of_queries(
    visitor, opening, dora, django_assert_max_num_queries
):
    seed(opening.department, dora, initiatives=2)
    with django_assert_max_num_queries(20):
        answer = visitor.get(HERE)
    assert "public" in answer["Cache-Control"]
    assert "csrfmiddlewaretoken" not in answer.text


# --- The team --------------------------------------------------------------------------------------------------------


ADMIN = "/admin/territories/opening/"


@pytest.fixture
def as_dora(dora) -> Client:
    client = Client()
    sign_in_staff(client, dora)
    return client


def test_an_animator_opens_it_after_a_page_that_says_what_will_happen(as_dora, dora, opening, vitre):
    eve = new_member("eve")
    follow(vitre, by=eve)
    address = f"{ADMIN}35/ouvrir/"
    assert "Il manque encore 3 initiatives" in as_dora.get(address).text
    as_dora.post(address)
    opening.refresh_from_db()
    assert opening.is_waiting
    seed(opening.department, dora)
    assert "Ouvrir en Ille-et-Vilaine" in as_dora.get(address).text
    assert "toutes les personnes qui l’attendaient sont prévenues" in as_dora.post(address, follow=True).text
    opening.refresh_from_db()
    assert not opening.is_waiting
    telling.tell_openings()
    assert told() == ["Eve"]
    assert "C’était déjà ouvert" in as_dora.post(address, follow=True).text
    # What opened is history.
    assert as_dora.post(f"{ADMIN}35/change/", {"wanted": 7}).status_code == 403


def test_a_departement_where_people_act_does_not_begin_to_wait(as_dora, alice, vitre):
    new_initiative(alice, vitre)
    sent = {"department": "35", "wanted": 40, "text": ""}
    assert "On agit déjà en Ille-et-Vilaine" in as_dora.post(f"{ADMIN}add/", sent).text
    assert not Opening.objects.exists()
    as_dora.post(f"{ADMIN}add/", sent | {"department": "53"})
    assert Opening.objects.get().counted_at


def test_whoever_is_not_of_the_team_opens_nothing(client, as_chloe, alice, opening):
    """A visitor, a member, a moderator."""
    address = f"{ADMIN}35/ouvrir/"
    assert client.post(address).status_code == 302
    assert client_of(alice).post(address).status_code == 302
    assert as_chloe.post(address).status_code == 403
    opening.refresh_from_db()
    assert opening.is_waiting
