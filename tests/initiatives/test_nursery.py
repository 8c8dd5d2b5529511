"""The nursery: an initiative is read by its secret link, until five people are behind it."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from cast import client_of, new_initiative, new_member
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import french
from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import CoOrganiser, Initiative, Milestone, Promise, TimelineEntry
from initiatives.services import ending, life, opening, supports
from initiatives.services import nursery as nurseries
from moderation.models import Case, Decision
from notifications.models import Notification
from notifications.services import preview
from tests.initiatives.test_pages import SUBJECT


@pytest.fixture
def nursery(alice, vitre) -> Initiative:
    """Alice's local project, that she sends round."""
    return life.launch(
        new_initiative(alice, vitre, state="draft", published_at=None, steps=[], next_step=None), by=alice
    )


def come(initiative, number: int, *, start: int = 0) -> None:
    for each in range(start, start + number):
        supports.support(initiative, by=new_member(f"ami{each}"))
    tasks.fold_supports()
    tasks.reach_steps()
    initiative.refresh_from_db()


def test_its_link_is_read_by_who_holds_it_and_its_number_is_not_enough(nursery, visitor, as_bob, as_alice):
    assert nursery.nursery_key in nursery.get_absolute_url()
    for client in (visitor, as_bob):
        assert nursery.title in client.get(nursery.get_absolute_url()).content.decode()
        for slug in (nursery.pk, f"verger-{nursery.pk}", f"{nursery.pk}.aaaaaaaaaa", f"{nursery.pk}."):
            assert client.get(f"/initiatives/{slug}/").status_code == 404
    assert as_alice.get(f"/initiatives/{nursery.pk}/", follow=True).status_code == 200


def test_it_is_in_no_list_and_in_no_search_engine(nursery, visitor):
    for address in ("/", "/initiatives/", "/territoires/35360-vitre/", "/sitemap.xml"):
        assert nursery.title not in visitor.get(address).content.decode()
    assert 'name="robots" content="noindex"' in visitor.get(nursery.get_absolute_url()).content.decode()


def test_who_holds_the_link_supports_as_anybody(nursery, visitor):
    address = reverse("initiative_support", args=[nursery.slug])
    assert visitor.get(address).status_code == 200
    assert visitor.get(reverse("initiative_support", args=[nursery.pk])).status_code == 404
    assert client_of(new_member("bob")).post(address, follow=True).status_code == 200
    assert nursery.supports.confirmed().count() == 1


def test_the_fifth_makes_it_public_and_its_author_hears_of_it(nursery, visitor, alice):
    by_link = nursery.get_absolute_url()
    come(nursery, 4)
    assert nursery.state == "preparing"
    come(nursery, 1, start=4)
    assert nursery.state == "published" and nursery.published_at
    assert nursery.title in visitor.get("/initiatives/").content.decode()
    answer = visitor.get(by_link)
    assert (answer.status_code, answer.url) == (301, nursery.get_absolute_url())
    assert nursery.nursery_key not in nursery.get_absolute_url()
    assert Notification.objects.filter(recipient=alice, kind="initiative_gathered").count() == 1


def test_what_must_be_read_waits_and_stays_read_by_its_link(alice, vitre, visitor):
    doubtful = new_initiative(
        alice, vitre, state="draft", published_at=None, steps=[], means="Appelez Mme Morel au 06 39 98 12 34."
    )
    doubtful = life.launch(doubtful, by=alice)
    come(doubtful, 5)
    assert doubtful.state == "submitted"
    assert visitor.get(doubtful.get_absolute_url()).status_code == 200
    assert Notification.objects.filter(recipient=alice, kind="initiative_waits").count() == 1


def test_a_withheld_one_is_read_by_nobody(nursery, visitor):
    Initiative.objects.update(withheld_at=timezone.now())
    assert visitor.get(nursery.get_absolute_url()).status_code == 404
    assert visitor.get(reverse("initiative_support", args=[nursery.slug])).status_code == 404


def test_the_database_refuses_a_nursery_without_a_secret_link(nursery):
    with pytest.raises(IntegrityError), transaction.atomic():
        Initiative.objects.filter(pk=nursery.pk).update(nursery_key="")


def test_the_author_finds_what_to_send_round(nursery, as_alice, as_bob):
    address = reverse("initiative_first_five", args=[nursery.slug])
    text = as_alice.get(address).content.decode()
    assert nursery.full_address in text and "wa.me" in text
    assert as_bob.get(address).status_code == 404
    code = as_alice.get(reverse("initiative_code", args=[nursery.slug]))
    assert code["Content-Type"] == "image/svg+xml" and b"<svg" in code.content


def test_what_the_author_sends_round_says_how_many_are_missing(nursery, as_alice):
    come(nursery, 2)
    text = as_alice.get(reverse("initiative_first_five", args=[nursery.slug])).content.decode()
    assert "Plus que" in text and '<strong class="support-number">3</strong>' in text
    assert "2 personnes ont confirmé" in text
    assert f"{nursery.full_address}</textarea>" in text and "mailto:" in text


def test_launching_says_what_was_done_and_leads_to_those_who_help(alice, vitre, as_alice):
    draft = new_initiative(alice, vitre, state="draft", published_at=None, steps=[], next_step=None)
    text = as_alice.post(reverse("initiative_launch", args=[draft.slug]), follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.state == "preparing" and "C’est lancé" in text
    assert "Dès que cinq personnes ont confirmé" in text
    assert f'href="{reverse("initiative_team", args=[draft.slug])}">Inviter dans l’équipe</a>' in text
    assert "C’est lancé" not in as_alice.get(reverse("initiative_first_five", args=[draft.slug])).content.decode()


def test_what_is_sent_by_a_messenger_or_by_mail_is_the_text_of_the_page(nursery, as_alice):
    Initiative.objects.filter(pk=nursery.pk).update(title="L’école & « la gare » : 100 % <b>verte</b>")
    text = as_alice.get(reverse("initiative_first_five", args=[nursery.slug])).content.decode()
    links = {urlsplit(unescape(link)) for link in re.findall(r'href="((?:https://wa\.me|mailto:)[^"]+)"', text)}
    sent = {link.scheme: parse_qs(link.query) for link in links}
    shown = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)[1])
    words, address = shown.split("\n\n")
    assert "« la gare » : 100 % <b>verte</b>" in words and "me soutiens-tu" in words
    # Each way says of a support that it came by it.
    assert sent["https"]["text"] == [f"{words} {address}de/whatsapp/"]
    assert sent["mailto"]["body"] == [f"{words}\r\n\r\n{address}de/courriel/"]


def test_its_author_hears_how_many_are_missing_and_finds_what_to_send_round(nursery, alice):
    come(nursery, 3)
    assert tasks.tell_authors() == 1
    told = Notification.objects.get(recipient=alice, kind="initiative_supported")
    assert told.context["url"] == reverse("initiative_first_five", args=[nursery.slug])
    message = preview(alice, kind="initiative_supported", context=told.context)
    subject = " ".join(message.subject.split())
    assert subject == "3 nouveaux soutiens pour « Un verger partagé derrière la gare » : plus que 2"
    assert "Plus que 2 personnes, et votre initiative paraît pour tout le monde." in message.text


def test_once_public_its_author_hears_of_supports_and_of_no_missing_one(nursery, alice):
    come(nursery, 5)
    assert tasks.tell_authors() == 1
    told = Notification.objects.get(recipient=alice, kind="initiative_supported")
    assert told.context["url"] == nursery.get_absolute_url()
    message = preview(alice, kind="initiative_supported", context=told.context)
    assert "Plus que" not in message.text and "plus que" not in message.subject


def test_its_sheet_is_for_its_team_and_says_where_to_go(nursery, as_alice, as_bob, bob):
    address = reverse("initiative_sheet", args=[nursery.slug])
    text = as_alice.get(address).content.decode()
    assert nursery.title in text and nursery.summary in text
    typed = f"/initiatives/{nursery.pk}.{nursery.nursery_key}/"
    assert f"{typed}</strong>" in text
    assert as_bob.get(typed).url == nursery.get_absolute_url()
    assert reverse("initiative_code", args=[nursery.slug]) in text
    assert as_bob.get(address).status_code == 404
    CoOrganiser.objects.create(initiative=nursery, member=bob)
    for name in ("sheet", "first_five", "code"):
        assert as_bob.get(reverse(f"initiative_{name}", args=[nursery.slug])).status_code == 200, name


def test_who_holds_the_link_reads_what_it_is(nursery, visitor, as_alice):
    said = "Vous la voyez parce qu’on vous a donné son lien"
    assert said in visitor.get(nursery.get_absolute_url()).content.decode()
    assert said not in as_alice.get(nursery.get_absolute_url()).content.decode()
    come(nursery, 5)
    assert said not in visitor.get(nursery.get_absolute_url()).content.decode()


def test_who_waits_for_a_moderator_reads_how_long_it_takes(alice, vitre, visitor, as_alice, chloe):
    doubtful = new_initiative(
        alice, vitre, state="draft", published_at=None, steps=[], means="Appelez Mme Morel au 06 39 98 12 34."
    )
    doubtful = life.launch(doubtful, by=alice)
    come(doubtful, 5)
    # The only case decided so far had waited for two hours.
    case = Case.objects.get()
    Decision.objects.create(
        content_type=case.content_type, object_id=0, case=case, by=chloe, verb="publish", reason="Rien à redire."
    )
    Case.objects.update(opened_at=timezone.now() - timedelta(hours=2))
    assert "en général, en 2" in visitor.get(doubtful.get_absolute_url()).content.decode()
    assert "en général en 2" in as_alice.get(doubtful.get_absolute_url()).content.decode()
    text = visitor.get(doubtful.get_absolute_url()).content.decode()
    assert "Revenez la soutenir quand elle sera publiée" in text


# --- Too slow --------------------------------------------------------------------------------------------------------


def age(initiative: Initiative, **days: int) -> None:
    """Each of these moments was so many days ago, and an hour."""
    ago = {name: timezone.now() - timedelta(days=number, hours=1) for name, number in days.items()}
    Initiative.objects.filter(pk=initiative.pk).update(**ago)
    initiative.refresh_from_db()


def asked(member) -> int:
    return Notification.objects.filter(recipient=member, kind="initiative_gathers_slowly").count()


def test_after_thirty_days_its_team_is_asked_once_and_told_until_when(nursery, alice, bob, as_alice):
    CoOrganiser.objects.create(initiative=nursery, member=bob)
    age(nursery, launched_at=29)
    assert tasks.look_after_nurseries() == 0 and asked(alice) == 0
    age(nursery, launched_at=30)
    assert tasks.look_after_nurseries() == 1
    assert tasks.look_after_nurseries() == 0
    assert asked(alice) == asked(bob) == 1
    said = Notification.objects.filter(recipient=alice, kind="initiative_gathers_slowly").get().context
    text = as_alice.get(said["url"]).content.decode()
    assert "Je continue" in text and french.day(timezone.localdate() + timedelta(days=7)) in text


def test_however_late_it_is_asked_its_team_has_a_week(nursery, alice):
    """The task slept for two months: it does not archive what it has just asked about."""
    age(nursery, launched_at=90)
    for _ in range(3):
        tasks.look_after_nurseries()
    nursery.refresh_from_db()
    assert nursery.state == "preparing" and asked(alice) == 1
    age(nursery, nursery_asked_at=6)
    assert tasks.look_after_nurseries() == 0
    age(nursery, nursery_asked_at=7)
    assert tasks.look_after_nurseries() == 1
    nursery.refresh_from_db()
    assert nursery.state == "archived" and nursery.ended_at and nursery.published_at is None


def test_who_continues_has_thirty_days_more_and_is_then_asked_again(nursery, alice, as_alice):
    age(nursery, launched_at=35)
    tasks.look_after_nurseries()
    answer = as_alice.post(reverse("initiative_carry_on", args=[nursery.slug]), follow=True)
    assert "trente jours de plus" in answer.content.decode() and "Je continue" not in answer.content.decode()
    Notification.objects.update(key="before")
    age(nursery, launched_at=29)
    assert tasks.look_after_nurseries() == 0
    age(nursery, launched_at=30)
    assert tasks.look_after_nurseries() == 1
    assert asked(alice) == 2
    nursery.refresh_from_db()
    assert nursery.state == "preparing"


def test_once_archived_its_author_alone_reads_it_and_may_take_it_up(nursery, alice, as_alice, visitor):
    age(nursery, launched_at=40, nursery_asked_at=8)
    assert tasks.look_after_nurseries() == 1
    told = Notification.objects.get(recipient=alice, kind="initiative_archived").context
    assert as_alice.get(told["url"]).status_code == 200
    assert visitor.get(told["url"]).status_code == 410
    answer = as_alice.post(reverse("initiative_carry_on", args=[nursery.slug]), follow=True)
    assert "n’en est pas là" in answer.content.decode()
    ending.wake(nursery, by=alice)
    assert tasks.look_after_nurseries() == 0
    nursery.refresh_from_db()
    assert nursery.state == "preparing" and visitor.get(told["url"]).status_code == 200


def test_the_first_who_came_hear_once_that_it_stopped_and_their_link_leads_to_words(nursery, alice, bob, visitor):
    by_link = nursery.get_absolute_url()
    CoOrganiser.objects.create(initiative=nursery, member=new_member("dan"))
    for member in (alice, bob, nursery.co_organisers.get().member):
        supports.support(nursery, by=member)
    supports.support(nursery, by=new_member("douteux"), suspicion="network")
    age(nursery, launched_at=40, nursery_asked_at=8)
    assert tasks.look_after_nurseries() == 1
    told = Notification.objects.filter(kind="initiative_not_gathered")
    assert [(row.recipient, row.context["url"]) for row in told] == [(bob, by_link)]
    as_bob = client_of(bob)
    for address in (by_link, reverse("initiative_support", args=[nursery.slug])):
        page = visitor.get(address)
        assert page.status_code == 410 and "sans avoir réuni ses cinq premiers soutiens" in page.content.decode()
        assert "no-cache" in page["Cache-Control"] and nursery.nursery_key not in page.content.decode()
        assert "Votre soutien est gardé" in as_bob.get(address).content.decode()
        assert as_bob.post(reverse("initiative_support", args=[nursery.slug])).status_code == 410
    text = as_bob.get(reverse("my_supports")).content.decode()
    assert f'href="{by_link}"' in text and "Une initiative retirée" not in text
    as_bob.post(reverse("initiative_withdraw_support", args=[nursery.pk]), {"from": "mine"})
    assert "Votre soutien" not in as_bob.get(by_link).content.decode()
    for slug in (nursery.pk, f"{nursery.pk}.aaaaaaaaaa"):
        assert visitor.get(f"/initiatives/{slug}/").status_code == 404
    # Taken up, then put to sleep by its author: who heard it once has nothing new to hear.
    supports.support(ending.wake(nursery, by=alice), by=bob)
    ending.archive(nursery, by=alice)
    assert told.count() == 1
    Initiative.objects.update(withheld_at=timezone.now())
    assert visitor.get(by_link).status_code == 404


def test_what_is_hidden_or_carried_by_nobody_does_not_keep_others_from_their_step(alice, vitre, monkeypatch):
    monkeypatch.setattr(tasks, "_BATCH", 2)
    for fields in ({"withheld_at": timezone.now()}, {"frozen_at": timezone.now()}, {}):
        new_initiative(alice, vitre, support_count=5, **fields)
    assert tasks.reach_steps() == 1


def test_a_nursery_taken_up_with_five_people_is_submitted(nursery, alice):
    for number in range(5):
        supports.support(nursery, by=new_member(f"ami{number}"))
    tasks.fold_supports()
    ending.archive(nursery, by=alice)
    ending.wake(nursery, by=alice)
    tasks.reach_steps()
    nursery.refresh_from_db()
    assert nursery.state == "published"


def test_who_supports_a_nursery_finds_it_by_its_title(nursery, bob):
    supports.support(nursery, by=bob)
    text = client_of(bob).get(reverse("my_supports")).content.decode()
    assert f'href="{nursery.get_absolute_url()}"' in text and "Une initiative retirée" not in text
    Initiative.objects.update(withheld_at=timezone.now())
    text = client_of(bob).get(reverse("my_supports")).content.decode()
    assert nursery.title not in text and "Une initiative retirée" in text


def test_five_people_who_came_late_are_not_archived(nursery):
    for number in range(5):
        supports.support(nursery, by=new_member(f"ami{number}"))
    age(nursery, launched_at=40, nursery_asked_at=8)
    assert tasks.look_after_nurseries() == 0
    tasks.fold_supports()
    tasks.reach_steps()
    nursery.refresh_from_db()
    assert nursery.state == "published"


@pytest.mark.parametrize("veil", ["withheld_at"])
def test_what_a_moderator_hid_is_asked_nothing(nursery, alice, veil):
    age(nursery, launched_at=90, **{veil: 1})
    assert tasks.look_after_nurseries() == 0 and asked(alice) == 0


def test_a_nursery_that_nobody_carries_is_archived_in_the_end(nursery):
    age(nursery, launched_at=40, frozen_at=1)
    Initiative.objects.update(author=None)
    assert tasks.look_after_nurseries() == 1
    age(nursery, nursery_asked_at=8)
    assert tasks.look_after_nurseries() == 1
    nursery.refresh_from_db()
    assert nursery.state == "archived"


def test_who_continues_at_the_very_moment_it_is_archived_is_heard_or_told(at_once, vitre_committed):
    alice = new_member("alice")
    draft = new_initiative(alice, vitre_committed, state="draft", published_at=None, steps=[], next_step=None)
    nursery = life.launch(draft, by=alice)
    age(nursery, launched_at=40, nursery_asked_at=8)

    def act(number: int) -> str:
        if number % 2:
            return "archived" if tasks.look_after_nurseries() else ""
        try:
            nurseries.carry_on(nursery, by=alice)
        except LifeRefused:
            return ""
        return "goes on"

    said = set(at_once(act, range(6))) - {""}
    nursery.refresh_from_db()
    assert said == ({"archived"} if nursery.state == "archived" else {"goes on"})


def test_a_first_step_sent_many_times_at_once_is_one_draft(at_once, vitre_committed):
    alice = new_member("alice")
    at_once(lambda _number: opening.open_draft(by=alice, **SUBJECT), range(6))
    assert Initiative.objects.count() == 1


def test_five_at_once_submit_it_once(at_once, vitre_committed):
    alice = new_member("alice")
    draft = new_initiative(alice, vitre_committed, state="draft", published_at=None, steps=[], next_step=None)
    nursery = life.launch(draft, by=alice)
    people = [new_member(f"ami{number}") for number in range(8)]

    def arrive(member):
        supports.support(nursery, by=member)
        tasks.fold_supports()
        tasks.reach_steps()

    at_once(arrive, people)
    tasks.fold_supports()
    tasks.reach_steps()
    nursery.refresh_from_db()
    assert nursery.state == "published"
    assert nursery.timeline.filter(kind="published").count() == 1
    assert nursery.milestones.count() == len(nursery.steps)


# --- Steps -----------------------------------------------------------------------------------------------------------


def test_steps_and_promises_are_written_once_and_for_ever(nursery):
    come(nursery, 5)
    before = list(nursery.milestones.values_list("threshold", "promise", "days"))
    assert [threshold for threshold, _promise, _days in before] == nursery.steps == [5, 25, 100, 500]
    assert all(promise for _threshold, promise, _days in before)
    Promise.objects.update(words="Autre chose.", days=1)
    nursery.territory.population = 10
    nursery.publish()
    assert list(nursery.milestones.values_list("threshold", "promise", "days")) == before


def test_a_promise_for_a_kind_and_a_place_comes_before_the_general_one(nursery):
    Promise.objects.create(rank=2, kind="local_project", scale="commune", words="La mairie vous reçoit.", days=10)
    Promise.objects.create(rank=2, kind="debate", scale="", words="Un débat.", days=10)
    come(nursery, 5)
    assert nursery.milestones.get(threshold=25).promise == "La mairie vous reçoit."


def test_reaching_a_step_starts_its_deadline_and_tells_author_and_supporters_once(initiative, alice, bob):
    Milestone.objects.create(initiative=initiative, threshold=5, promise="Nous répondrons.", days=7)
    supports.support(initiative, by=bob)
    come(initiative, 4)
    reached = initiative.milestones.get(threshold=5)
    assert reached.due_at - reached.reached_at == timedelta(days=7)
    assert initiative.next_step == 25
    assert tasks.reach_steps() == 0
    assert Notification.objects.filter(kind="step_reached_author", recipient=alice).count() == 1
    assert Notification.objects.filter(kind="step_reached").count() == 5
    assert initiative.timeline.get(kind=TimelineEntry.Kind.STEP).details["count"] == 5


def test_a_step_is_not_unreached(initiative, bob):
    Milestone.objects.create(initiative=initiative, threshold=5)
    come(initiative, 5)
    supports.withdraw_support(initiative, by=initiative.supports.first().member)
    tasks.fold_supports()
    tasks.reach_steps()
    assert initiative.milestones.get().reached_at
    assert not Notification.objects.filter(kind="step_reached", key__contains="-25").exists()


def test_the_link_is_refused_to_a_stranger_who_guesses(nursery):
    guesses = [f"{nursery.pk}.{letter * 10}" for letter in "abcdefgh"]
    assert {Client().get(f"/initiatives/{guess}/").status_code for guess in guesses} == {404}


def test_the_first_five_hear_that_they_made_it_public_once(nursery, alice):
    come(nursery, 5)
    tasks.reach_steps()
    tasks.reach_steps()
    told = Notification.objects.filter(kind="initiative_public")
    assert set(told.values_list("recipient_id", flat=True)) == set(
        nursery.supports.exclude(member=alice).values_list("member_id", flat=True)
    )
    assert told.count() == 5
