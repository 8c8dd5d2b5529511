"""Posting in a minute: the kind first, which proposes a title, hours and what there is to prepare."""

from datetime import timedelta

import pytest
from cast import new_event
from django.urls import reverse
from django.utils import timezone

from events.kinds import PRESETS
from events.models import Event
from initiatives.models import Tag
from moderation.models import Decision
from territories.models import Commune

NEW = "/evenements/nouveau/"


def form(answer):
    return answer.context["form"]


def test_every_kind_is_offered_first_with_what_was_asked_for(as_alice, initiative, django_assert_max_num_queries):
    page = as_alice.get(NEW, {"initiative": initiative.pk, "lieu": "35360-vitre"}).content.decode()
    for kind in Event.Kind:
        assert f'href="?initiative={initiative.pk}&amp;lieu=35360-vitre&amp;sorte={kind.value}"' in page
    assert set(PRESETS) == set(Event.Kind.values)
    with django_assert_max_num_queries(8):
        as_alice.get(NEW)


@pytest.mark.parametrize("kind", ["", "pique-nique", "MEETING", "\x00"])
def test_an_unknown_kind_leads_back_to_the_choice(as_bob, kind):
    assert "Quelle rencontre" in as_bob.get(NEW, {"sorte": kind}).content.decode()


@pytest.mark.parametrize("kind", Event.Kind.values)
def test_a_kind_proposes_a_title_hours_and_what_to_prepare(as_bob, kind, answers, soon):
    answer = as_bob.get(NEW, {"sorte": kind})
    initial = form(answer).initial
    assert 5 <= len(initial["title"]) <= 120 and "{" not in initial["title"]
    assert ("Vitré" in initial["title"]) == (kind != "online")
    # As it is proposed, with a day and a place, it can be posted.
    data = {name: initial[name] for name in ("kind", "title", "starts", "ends", "checklist")}
    posted = as_bob.post(f"{NEW}?sorte={kind}", answers(**data))
    event = Event.objects.get()
    assert posted.url == event.get_absolute_url() and event.is_public
    assert event.ends_at - event.starts_at == PRESETS[kind].length
    assert [each["text"] for each in event.checklist] == initial["checklist"].splitlines()
    assert not any(each["done"] for each in event.checklist)


def test_a_title_left_as_proposed_names_the_commune_where_it_is_held(as_bob, answers):
    proposed = form(as_bob.get(NEW, {"sorte": "cleanup"})).initial["title"]
    assert proposed == "Grand nettoyage à Vitré"
    elsewhere = {"kind": "cleanup", "commune": Commune.objects.get(code="35238")}
    as_bob.post(f"{NEW}?sorte=cleanup", answers(**elsewhere, title=proposed))
    assert Event.objects.get().title == "Grand nettoyage à Rennes"
    as_bob.post(f"{NEW}?sorte=cleanup", answers(**elsewhere, title="Partir de Vitré à pied"))
    assert Event.objects.latest("pk").title == "Partir de Vitré à pied"


def test_the_title_is_that_of_the_initiative_when_there_is_one(as_alice, initiative):
    answer = as_alice.get(NEW, {"initiative": initiative.pk, "sorte": "workshop"})
    assert form(answer).initial["title"] == f"Atelier\u202f: {initiative.title}"
    initiative.title = "x" * 120
    initiative.save()
    answer = as_alice.get(NEW, {"initiative": initiative.pk, "sorte": "workshop"})
    assert len(form(answer).initial["title"]) == 120


@pytest.mark.parametrize(("place", "said"), [("72181-le-mans", "au Mans"), ("17300-la-rochelle", "à La Rochelle")])
def test_a_title_says_the_place_as_french_does(as_bob, place, said):
    answer = as_bob.get(NEW, {"lieu": place, "sorte": "debate"})
    assert form(answer).initial["title"] == f"Débat {said}"


def test_what_was_typed_is_kept_when_the_kind_changes_and_what_was_not_is_proposed_anew(as_bob, answers):
    initial = form(as_bob.get(NEW, {"sorte": "meeting"})).initial
    data = answers(
        title="On plante samedi",
        starts=initial["starts"],
        ends=initial["ends"],
        checklist=initial["checklist"],
        latitude="48.11001",
        longitude="-1.20002",
        capacity="12",
    )
    answer = as_bob.post(f"{NEW}?sorte=meeting", data | {"autre_sorte": "cleanup"})
    assert answer.status_code == 200 and not Event.objects.exists()
    page = answer.content.decode()
    for kept in ("On plante samedi", "Derrière la gare", "Venez avec des gants.", "48.11001", 'value="12"'):
        assert kept in page, kept
    assert "Vitré (Ille-et-Vilaine)" in page and data["day"] in page
    assert (form(answer).initial["starts"], form(answer).initial["ends"]) == ("09:30", "12:30")
    assert "Réunir gants" in page and "Réserver la salle" not in page
    assert 'name="kind" value="cleanup"' in page
    assert "points à reprendre" not in page and "Un point à reprendre" not in page


def test_changing_the_kind_reads_no_text_and_logs_no_refusal(as_bob, answers):
    data = answers(description="On va tous les tuer, ces sales bougnoules.", autre_sorte="debate")
    assert as_bob.post(NEW, data).status_code == 200
    assert not Decision.objects.exists()


@pytest.mark.parametrize("nothing", [{}, {"kind": ""}, {"kind": "pique-nique"}, {"commune": "Xyzzy"}])
def test_changing_the_kind_of_a_form_that_is_half_filled_is_no_error(as_bob, nothing):
    answer = as_bob.post(NEW, nothing | {"autre_sorte": "online"})
    assert answer.status_code == 200 and 'name="online_url"' in answer.content.decode()


def test_a_form_in_which_something_is_missing_keeps_all_of_it(as_bob, answers):
    page = as_bob.post(NEW, answers(title="", checklist="Un barnum\nDeux tables", theme="")).content.decode()
    assert "Un barnum\nDeux tables" in page and "Derrière la gare" in page
    assert 'name="kind" value="meeting"' in page


# --- Theme and check-list --------------------------------------------------------------------------------------------


def test_the_theme_of_an_event_is_that_of_its_initiative_unless_another_is_chosen(as_alice, initiative, answers):
    theme, other = Tag.objects.filter(theme_rank__isnull=False)[:2]
    initiative.tags.add("un mot libre", theme)
    answer = as_alice.get(NEW, {"initiative": initiative.pk, "sorte": "meeting"})
    assert form(answer).initial["theme"] == theme.pk
    as_alice.post(f"{NEW}?initiative={initiative.pk}", answers(theme=other.pk))
    assert Event.objects.get().theme == other


def test_a_free_word_is_no_theme(as_bob, answers):
    word = Tag.objects.create(name="verger", slug="verger")
    assert "theme" in form(as_bob.post(NEW, answers(theme=word.pk))).errors


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("  \n\n \t\n", []),
        ("Un barnum\r\nUn barnum\r\n  Deux   tables ", ["Un barnum", "Deux tables"]),
    ],
)
def test_a_check_list_has_one_thing_on_each_line(as_bob, answers, typed, kept):
    as_bob.post(NEW, answers(checklist=typed))
    assert Event.objects.get().checklist == [{"text": text, "done": False} for text in kept]


@pytest.mark.parametrize("typed", ["\n".join(f"chose {n}" for n in range(21)), "x" * 121])
def test_a_check_list_without_end_is_refused(as_bob, answers, typed):
    assert "checklist" in form(as_bob.post(NEW, answers(checklist=typed))).errors


def test_what_is_ready_stays_ready_when_the_event_is_edited(as_bob, bob, vitre, answers):
    things = [{"text": "Un barnum", "done": True}, {"text": "Deux tables", "done": False}]
    event = new_event(bob, vitre, checklist=things)
    address = reverse("event_edit", args=[event.slug])
    assert "Un barnum\nDeux tables" in as_bob.get(address).content.decode()
    as_bob.post(address, answers(checklist="Deux tables\nUn barnum\nDes chaises"))
    event.refresh_from_db()
    assert [(each["text"], each["done"]) for each in event.checklist] == [
        ("Deux tables", False),
        ("Un barnum", True),
        ("Des chaises", False),
    ]


def test_nobody_but_its_organisers_reads_a_check_list(as_bob, visitor, bob, vitre, as_alice):
    event = new_event(bob, vitre, checklist=[{"text": "Acheter un barnum", "done": False}])
    for client in (visitor, as_alice):
        assert "Acheter un barnum" not in client.get(event.get_absolute_url()).content.decode()


# --- Its page, to do it again ----------------------------------------------------------------------------------------


def test_past_events_are_offered_to_be_held_again(as_alice, alice, bob, vitre):
    past = timezone.now() - timedelta(days=5)
    for n in range(5):
        new_event(alice, vitre, title=f"Rencontre passée {n}", starts_at=past + timedelta(hours=n))
    new_event(bob, vitre, title="Celle de Bob", starts_at=past)
    page = as_alice.get(NEW).content.decode()
    offered = [n for n in range(5) if f"Rencontre passée {n}" in page]
    assert offered == [2, 3, 4] and "Celle de Bob" not in page
