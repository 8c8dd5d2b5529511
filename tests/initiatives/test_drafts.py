"""The guided form loses nothing: not right yet, finished later, sent once signed out."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import CoOrganiser, HeldStep, Initiative, UnfinishedStep
from initiatives.services import drafts
from members.models import Member
from moderation.models import Decision
from tests.initiatives.test_pages import PLACE, SUBJECT, TEXT, open_initiative
from tests.members.door import last_code, sign_in, sign_up

pytestmark = pytest.mark.django_db

NEW = reverse("initiative_new")
SHORT = SUBJECT | {"title": "Une haie"}


def address(step: str, initiative: Initiative) -> str:
    return reverse(f"initiative_{step}", args=[initiative.slug])


def shown(client: Client, where: str) -> str:
    answer = client.get(where, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def draft(alice) -> Initiative:
    return Initiative.objects.create(author=alice, **SUBJECT)


def with_drafts(member, number: int) -> None:
    Initiative.objects.bulk_create(Initiative(author=member, **SUBJECT) for _draft in range(number))


# --- Ten at most -----------------------------------------------------------------------------------------------------


def test_an_eleventh_draft_is_refused_and_nothing_typed_is_lost(as_alice, alice):
    with_drafts(alice, 9)
    assert "Dix brouillons vous attendent" not in shown(as_alice, NEW)
    assert as_alice.post(NEW, SUBJECT | {"title": "Une haie le long du chemin"}).status_code == 302
    assert "Dix brouillons vous attendent" in shown(as_alice, NEW)
    answer = as_alice.post(NEW, SUBJECT | {"title": "Un four à pain pour le quartier"})
    text = answer.content.decode()
    assert answer.status_code == 200 and Initiative.objects.count() == 10
    assert "Vous avez déjà dix brouillons\u202f: celui-ci n’est pas encore ouvert." in text
    assert f'href="{reverse("my_initiatives")}">Reprendre un brouillon</a>' in text
    assert 'value="Un four à pain pour le quartier"' in shown(as_alice, NEW)


def test_a_draft_that_is_erased_or_launched_makes_room_for_another(as_alice, alice, draft):
    with_drafts(alice, 9)
    assert as_alice.post(NEW, SUBJECT | {"title": "Un four à pain pour le quartier"}).status_code == 200
    as_alice.post(address("discard", draft))
    assert as_alice.post(NEW, SUBJECT | {"title": "Un four à pain pour le quartier"}).status_code == 302
    assert UnfinishedStep.objects.count() == 0


def test_the_drafts_that_others_share_with_one_are_not_counted(as_bob, alice, bob):
    with_drafts(alice, 10)
    CoOrganiser.objects.bulk_create(CoOrganiser(initiative=each, member=bob) for each in Initiative.objects.all())
    assert as_bob.post(NEW, SUBJECT).status_code == 302


def test_the_same_draft_sent_twice_is_the_tenth_both_times(as_alice, alice):
    with_drafts(alice, 9)
    for _click in range(2):
        assert as_alice.post(NEW, SUBJECT | {"title": "Un four à pain pour le quartier"}).status_code == 302
    assert Initiative.objects.count() == 10


# --- Not right yet ---------------------------------------------------------------------------------------------------


def test_a_first_step_that_is_not_right_is_found_again(as_alice):
    assert as_alice.post(NEW, SHORT).status_code == 200
    text = shown(as_alice, NEW)
    assert 'value="Une haie"' in text and SUBJECT["summary"] in text
    assert "sans la terminer" in text
    assert not Initiative.objects.exists()


def test_a_text_that_is_too_short_is_found_again_and_what_was_saved_is_left(as_alice, draft):
    draft.apply_edit(TEXT)
    as_alice.post(address("text", draft), TEXT | {"problem": "Rien"})
    assert ">\nRien</textarea>" in shown(as_alice, address("text", draft))
    draft.refresh_from_db()
    assert draft.problem == TEXT["problem"]


def test_a_place_that_is_not_right_is_found_again(as_alice, draft):
    as_alice.post(address("place", draft), PLACE | {"commune": "Nulle-Part", "commune_code": "", "level": "region"})
    text = shown(as_alice, address("place", draft))
    assert 'value="Nulle-Part"' in text and "Vélo, école" in text
    assert text.count(" checked") == 2


def test_a_title_that_is_much_too_long_is_found_again_whole(as_alice):
    title = "Une haie très longue " * 30
    as_alice.post(NEW, SUBJECT | {"title": title})
    assert title.strip() in shown(as_alice, NEW)


def test_what_the_filter_refuses_is_found_again_and_looking_at_it_logs_nothing(as_alice, draft):
    threat = "Je vais te tuer, sale chien, tu vas crever."
    as_alice.post(address("text", draft), TEXT | {"problem": threat})
    assert Decision.objects.count() == 1
    assert threat in shown(as_alice, address("text", draft))
    assert Decision.objects.count() == 1


def test_once_right_nothing_is_kept_of_what_was_not(as_alice):
    as_alice.post(NEW, SHORT)
    as_alice.post(NEW, SUBJECT)
    assert not UnfinishedStep.objects.exists()
    assert "Une haie" not in shown(as_alice, NEW)


def test_what_is_typed_is_kept_once_a_step(as_alice):
    for title in ("Une haie", "Deux"):
        as_alice.post(NEW, SUBJECT | {"title": title})
    assert UnfinishedStep.objects.get().typed["title"] == ["Deux"]


def test_a_first_step_sent_twice_is_one_draft(as_alice, as_bob):
    pages = [client.post(NEW, SUBJECT).url for client in (as_alice, as_alice, as_bob)]
    assert pages[0] == pages[1] != pages[2]
    as_alice.post(NEW, SUBJECT | {"title": "Une autre haie le long du chemin"})
    Initiative.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    as_alice.post(NEW, SUBJECT)
    assert Initiative.objects.filter(author__display_name="Alice").count() == 3


def test_a_form_sent_empty_is_no_beginning(as_alice):
    as_alice.post(NEW, {"kind": "debate", "title": " ", "summary": ""})
    assert not UnfinishedStep.objects.exists()


def test_what_the_database_cannot_hold_breaks_nothing(as_alice):
    hostile = {"kind": "debate\x00", "title": "Une\x00 haie" + "e" * 50_000, "summary": "\u202e" * 30, "etape": "x"}
    assert as_alice.post(NEW, hostile).status_code == 200
    kept = UnfinishedStep.objects.get().typed
    assert set(kept) == {"kind", "title", "summary"} and len(kept["title"][0]) == 20_000
    assert as_alice.get(NEW).status_code == 200


def test_nobody_else_finds_it(as_alice, as_bob, draft):
    as_alice.post(NEW, SHORT)
    assert "Une haie" not in shown(as_bob, NEW)
    assert as_bob.get(address("text", draft)).status_code == 404


# --- Finished later --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [SUBJECT, SHORT])
def test_a_first_step_is_finished_later_from_ones_own_initiatives(as_alice, typed):
    answer = as_alice.post(NEW, typed | {"plus-tard": "1"}, follow=True)
    assert answer.redirect_chain == [(reverse("my_initiatives"), 302)]
    text = answer.content.decode()
    assert typed["title"] in text and f'href="{NEW}"' in text and "Reprendre" in text
    assert f'value="{typed["title"]}"' in shown(as_alice, NEW)


def test_a_draft_is_resumed_where_it_was_left(as_alice, draft):
    resume = address("resume", draft)
    assert f'href="{resume}"' in shown(as_alice, reverse("my_initiatives"))
    assert as_alice.get(resume).url == address("text", draft)
    as_alice.post(address("text", draft), TEXT)
    assert as_alice.get(resume).url == address("place", draft)
    as_alice.post(address("place", draft), PLACE)
    assert as_alice.get(resume).url == address("preview", draft)
    as_alice.post(address("text", draft), TEXT | {"means": "À voir", "plus-tard": "1"})
    assert as_alice.get(resume).url == address("text", draft)


def test_a_step_left_unfinished_is_said_before_launching_and_stops_it(as_bob):
    draft = open_initiative(as_bob)
    as_bob.post(address("text", draft), TEXT | {"means": "À voir", "plus-tard": "1"})
    text = shown(as_bob, address("preview", draft))
    assert "terminer l’étape" in text and "Lancer cette initiative" not in text
    assert "n’est pas terminée" in as_bob.post(address("launch", draft), follow=True).content.decode()
    assert Initiative.objects.get().state == "draft"


def test_what_was_typed_can_be_given_up_for_what_is_saved(as_bob):
    draft = open_initiative(as_bob)
    as_bob.post(address("text", draft), TEXT | {"means": "À voir", "plus-tard": "1"})
    answer = as_bob.post(address("step_start_over", draft), {"etape": "text"})
    assert answer.url == address("text", draft)
    assert TEXT["means"] in shown(as_bob, answer.url)
    as_bob.post(NEW, SHORT)
    assert as_bob.post(reverse("initiative_start_over")).url == NEW
    assert "Une haie" not in shown(as_bob, NEW)


def test_an_erased_draft_takes_its_unfinished_steps_with_it(as_alice, draft):
    as_alice.post(address("text", draft), {"problem": "Rien"})
    as_alice.post(address("discard", draft))
    assert not UnfinishedStep.objects.exists()


def test_ones_own_page_costs_the_same_for_two_drafts_or_fifteen(as_alice, alice, query_bill):
    as_alice.post(NEW, SHORT)

    def fill(count):
        for number in range(count):
            Initiative.objects.create(author=alice, **SUBJECT)
            new_initiative(alice, title=f"Une idée parmi d’autres, la {number:02}e")

    # session, member, first step, drafts, initiatives with their authors, tags, permissions, demonstration
    query_bill(as_alice, reverse("my_initiatives"), fill, most=9)


def test_a_co_organiser_edits_and_the_author_alone_launches(as_alice, as_bob, bob, draft):
    CoOrganiser.objects.create(initiative=draft, member=bob)
    assert as_bob.post(address("text", draft), TEXT).status_code == 302
    draft.refresh_from_db()
    assert draft.problem == TEXT["problem"]
    assert as_bob.post(address("launch", draft)).status_code == 404


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_what_ended_is_no_longer_edited_and_the_text_sent_is_not_lost(as_alice, initiative, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    Initiative.objects.update(ended_at=timezone.now())
    assert "Modifier le texte" not in shown(as_alice, initiative.get_absolute_url())
    assert as_alice.get(address("text", initiative)).url == initiative.get_absolute_url()
    answer = as_alice.post(address("text", initiative), TEXT)
    assert "n’en est pas là" in answer.content.decode() and TEXT["problem"] in answer.content.decode()
    initiative.refresh_from_db()
    assert initiative.problem != TEXT["problem"]


def test_a_draft_without_a_place_proposes_where_its_author_lives(as_alice, alice, draft, vitre):
    Member.objects.filter(pk=alice.pk).update(home_commune=vitre)
    Initiative.objects.filter(pk=draft.pk).update(commune=None, department=None, region=None, place_label="")
    assert f'value="{vitre.label}"' in shown(as_alice, address("place", draft))
    Initiative.objects.filter(pk=draft.pk).update(region=vitre.department.region)
    assert f'value="{vitre.label}"' not in shown(as_alice, address("place", draft))


# --- Sent once signed out --------------------------------------------------------------------------------------------


def sign_out(client: Client) -> None:
    """In another tab: the form stays open in this one."""
    client.post("/compte/deconnexion/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("step", "typed", "found"),
    [
        ("subject", SUBJECT, SUBJECT["title"]),
        ("text", TEXT, TEXT["proposal"]),
        ("text", TEXT | {"problem": "Rien"}, "Rien"),
        ("place", PLACE | {"tags": "haies, oiseaux"}, "haies, oiseaux"),
    ],
)
def test_a_step_sent_once_signed_out_is_found_after_signing_in(as_alice, alice, draft, step, typed, found):
    sign_out(as_alice)
    # A browser says from which page it sends.
    here = f"http://testserver{address(step, draft)}"
    answer = as_alice.post(address(step, draft), typed, headers={"Referer": here})
    assert answer.status_code == 302 and answer.url.startswith("/compte/connexion/?next=")
    assert "est gardé" in shown(as_alice, answer.url)
    back = sign_in(as_alice, alice.email, next=f"{address(step, draft)}?repris=1")
    assert back.url == f"{address(step, draft)}?repris=1"
    assert f"/?next={address(step, draft)}%3Frepris%3D1" in answer.url
    answer = as_alice.get(back.url)
    assert answer.url == address(step, draft)
    assert found in shown(as_alice, answer.url)
    assert UnfinishedStep.objects.get().member == alice
    assert not HeldStep.objects.exists()


def test_the_first_step_sent_by_a_visitor_is_found_after_signing_up(visitor):
    answer = visitor.post(NEW, SUBJECT)
    assert answer.url == f"/compte/connexion/?next={NEW}%3Frepris%3D1"
    sign_up(visitor, next=f"{NEW}?repris=1")
    back = visitor.post("/compte/code/", {"code": last_code("dora@exemple.fr")})
    assert f'value="{SUBJECT["title"]}"' in shown(visitor, back.url)


def test_a_form_left_open_while_one_signed_in_again_is_sent_again_whole(alice, draft):
    """Signing in changes the token of all forms: that of the first tab is refused, and not lost."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    typed = TEXT | {"csrfmiddlewaretoken": "o" * 32, "means": "Un <b>matin</b>\r\npar mois"}
    answer = client.post(address("text", draft), typed, headers={"Origin": "http://testserver"})
    text = answer.content.decode()
    assert answer.status_code == 403 and "Envoyer de nouveau" in text and "ooo" not in text
    assert "\nUn &lt;b&gt;matin&lt;/b&gt;\r\npar mois</textarea>" in text
    again = TEXT | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(address("text", draft), again, headers={"Origin": "http://testserver"}).status_code == 302
    draft.refresh_from_db()
    assert draft.proposal == TEXT["proposal"]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://ailleurs.example"}, {"Origin": "null"}])
def test_another_site_gets_nothing_shown_that_it_sent(alice, draft, headers):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(address("text", draft), TEXT, headers=headers)
    assert answer.status_code == 403 and TEXT["proposal"] not in answer.content.decode()


def test_a_session_that_was_erased_loses_nothing_either(as_alice, alice, draft):
    as_alice.session.flush()
    as_alice.post(address("text", draft), TEXT)
    back = sign_in(as_alice, alice.email, next=f"{address('text', draft)}?repris=1")
    assert TEXT["proposal"] in shown(as_alice, back.url)


def test_steps_sent_from_two_tabs_are_both_found(as_alice, alice, draft):
    sign_out(as_alice)
    as_alice.post(address("text", draft), TEXT)
    as_alice.post(address("subject", draft), SUBJECT | {"title": "Une haie fleurie devant l’école"})
    back = sign_in(as_alice, alice.email, next=f"{address('subject', draft)}?repris=1")
    assert "Une haie fleurie" in shown(as_alice, back.url)
    assert TEXT["proposal"] in shown(as_alice, address("text", draft))


def test_the_next_person_on_this_computer_finds_nothing_of_it(as_alice, bob, draft):
    sign_out(as_alice)
    as_alice.post(address("text", draft), TEXT)
    back = sign_in(as_alice, bob.email, next=f"{address('text', draft)}?repris=1")
    assert as_alice.get(back.url).status_code == 404
    sign_out(as_alice)
    as_alice.post(NEW, SUBJECT)
    # By the header, not by the door at which it was held.
    sign_in(as_alice, bob.email)
    assert SUBJECT["title"] not in shown(as_alice, NEW)
    assert not UnfinishedStep.objects.exists()


def test_what_was_sent_is_given_back_to_those_who_carry_the_initiative_alone(alice, bob, draft):
    secrets = [drafts.hold({"problem": ["Rien"]}, step="text", number=draft.pk, network=b"net") for _ in range(2)]
    assert drafts.take_back(secrets[:1], by=bob) == 0
    assert drafts.take_back(secrets, by=alice) == 1
    assert UnfinishedStep.objects.get().member == alice and not HeldStep.objects.exists()


def test_it_waits_for_minutes_only_and_is_then_erased(as_alice, alice, draft):
    sign_out(as_alice)
    as_alice.post(address("text", draft), TEXT)
    assert tasks.forget_held_steps() == 0
    HeldStep.objects.update(held_at=timezone.now() - drafts.HELD - timedelta(seconds=1))
    back = sign_in(as_alice, alice.email, next=f"{address('text', draft)}?repris=1")
    assert TEXT["proposal"] not in shown(as_alice, back.url)
    sign_out(as_alice)
    as_alice.post(address("text", draft), TEXT)
    HeldStep.objects.update(held_at=timezone.now() - drafts.HELD - timedelta(seconds=1))
    assert tasks.forget_held_steps() == 1


def test_the_secret_is_in_no_page_and_only_its_hash_is_kept(as_alice, draft):
    sign_out(as_alice)
    answer = as_alice.post(address("text", draft), TEXT)
    (secret,) = as_alice.session["initiatives.held"]
    assert secret not in answer.url
    assert secret.encode() not in bytes(HeldStep.objects.get().digest)
    assert as_alice.session.get_expiry_age() <= drafts.HELD.total_seconds()


def test_a_visitor_does_not_learn_which_drafts_exist(visitor, draft):
    answers = {visitor.post(f"/initiatives/{pk}/modifier/texte/", TEXT).url for pk in (draft.pk, 999_999)}
    assert {answer.replace(str(draft.pk), "999999") for answer in answers} == {
        "/compte/connexion/?next=/initiatives/999999/modifier/texte/%3Frepris%3D1"
    }


def test_an_empty_form_holds_nothing_and_sets_no_cookie(visitor):
    answer = visitor.post(NEW, {"kind": "debate"})
    assert answer.url == f"/compte/connexion/?next={NEW}"
    assert not answer.cookies and not HeldStep.objects.exists()


def test_a_network_that_sends_too_much_is_not_listened_to(visitor, monkeypatch):
    monkeypatch.setattr(drafts, "_PER_NETWORK", 2)
    for _ in range(4):
        assert Client().post(NEW, SUBJECT).status_code == 302
    assert HeldStep.objects.count() == 2


@pytest.mark.parametrize("verb", ["launch", "discard", "carry_on"])
def test_a_button_pressed_once_signed_out_leads_back_to_its_page(visitor, as_alice, alice, draft, verb):
    back = sign_in(visitor, alice.email, next=visitor.post(address(verb, draft)).url.partition("next=")[2])
    assert visitor.get(back.url, follow=True).status_code == 200
    assert Initiative.objects.get().state == "draft"


def test_who_helps_to_carry_a_draft_reads_its_preview_and_leaves_its_author_to_launch_it(alice, bob, vitre):
    draft = new_initiative(alice, vitre, state="draft", published_at=None, steps=[], next_step=None)
    draft.co_organisers.create(member=bob)
    for member, says in ((alice, True), (bob, False)):
        page = client_of(member).get(reverse("initiative_preview", args=[draft.slug]))
        assert page.status_code == 200
        assert (reverse("initiative_launch", args=[draft.slug]) in page.text) == says
        assert client_of(member).get(reverse("initiative_resume", args=[draft.slug])).status_code == 302
