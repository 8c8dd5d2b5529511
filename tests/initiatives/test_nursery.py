"""The nursery: an initiative is read by its secret link, until five people are behind it."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import Initiative, Milestone, Promise, TimelineEntry
from initiatives.services import life, supports
from notifications.models import Notification


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
