"""What is promised at a step: fixed, dated, kept in public, and told once."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import Initiative, Milestone, Promise, Support, TimelineEntry
from initiatives.models.milestone import milestones_of
from initiatives.services import announcing, life, promises, supports
from notifications.models import Notification
from territories.models import ElectionWindow
from tests.members.door import sign_in_staff

DUE = "/admin/initiatives/milestone/"


def animator(name: str = "ahmed"):
    ahmed = new_member(name, is_staff=True)
    ahmed.groups.add(Group.objects.get(name="Animateurs"))
    return ahmed


@pytest.fixture
def ahmed(db):
    """He keeps promises for the people who run the site."""
    return animator()


@pytest.fixture
def as_ahmed(ahmed) -> Client:
    client = Client()
    sign_in_staff(client, ahmed)
    return client


def reached(initiative: Initiative, threshold: int = 25, *, days_ago: int = 2, days: int = 7, **fields) -> Milestone:
    when = timezone.now() - timedelta(days=days_ago)
    promise = {"promise": f"Nous écrirons à {threshold} élus.", "days": days} | fields
    milestone = Milestone(initiative=initiative, threshold=threshold, **promise)
    milestone.reach(when)
    milestone.save()
    return milestone


@pytest.fixture
def due(initiative) -> Milestone:
    return reached(initiative)


# --- What never changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"promise": "Rien."}, {"days": 400}, {"threshold": 30}])
def test_the_database_refuses_to_change_a_promise(due, change):
    with pytest.raises(IntegrityError, match="a promise never changes"), transaction.atomic():
        Milestone.objects.filter(pk=due.pk).update(**change)


def test_the_database_refuses_to_move_a_deadline_or_to_unreach_a_step(due):
    for change in ({"due_at": timezone.now() + timedelta(days=300)}, {"reached_at": None, "due_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Milestone.objects.filter(pk=due.pk).update(**change)


def test_the_database_refuses_to_change_an_answer(due, ahmed):
    promises.answer(due, "Le maire a répondu.", by=ahmed)
    for change in ({"answer": "Autre chose."}, {"kept_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Milestone.objects.filter(pk=due.pk).update(**change)


def test_the_database_refuses_to_change_the_steps_of_a_public_initiative(initiative, alice, vitre):
    with pytest.raises(IntegrityError, match="steps"), transaction.atomic():
        Initiative.objects.filter(pk=initiative.pk).update(steps=[5, 10])
    draft = new_initiative(alice, vitre, state="draft", published_at=None, steps=[5])
    Initiative.objects.filter(pk=draft.pk).update(steps=[5, 10])


def test_editing_the_defaults_changes_nothing_of_what_was_promised(as_ahmed, due):
    default = Promise.objects.get(rank=2, kind="", scale="")
    address = f"/admin/initiatives/promise/{default.pk}/change/"
    assert as_ahmed.get(address).status_code == 200
    data = {"rank": 2, "kind": "", "scale": "", "words": "Nous vous appellerons.", "days": 3}
    assert as_ahmed.post(address, data).status_code == 302
    assert Promise.objects.get(pk=default.pk).words == "Nous vous appellerons."
    due.refresh_from_db()
    assert due.promise == "Nous écrirons à 25 élus."


# --- Reached ---------------------------------------------------------------------------------------------------------


def test_the_promise_of_the_first_step_is_kept_by_publication_itself(alice, vitre):
    initiative = new_initiative(alice, vitre)
    promised = Promise.objects.for_initiative(kind="local_project", scale="commune")
    first, second = milestones_of(initiative, promised, count=25)[:2]
    assert first.kept_at == initiative.published_at and first.answer
    assert second.due_at == initiative.published_at + timedelta(days=second.days) and second.kept_at is None


def test_steps_passed_while_it_was_queued_are_reached_once_it_is_published_and_told(alice, vitre):
    waited = new_initiative(
        alice, vitre, state="submitted", published_at=None, steps=[], next_step=None, nursery_key="k7f3q9x2wd"
    )
    for number in range(25):
        Support.objects.create(initiative=waited, member=new_member(f"ami{number}"), confirmed_at=timezone.now())
    tasks.fold_supports()
    waited.refresh_from_db()
    waited.publish()
    assert waited.next_step == 25 and waited.milestones.get(threshold=25).reached_at is None
    assert tasks.reach_steps() == 1
    second = waited.milestones.get(threshold=25)
    assert second.due_at == second.reached_at + timedelta(days=second.days)
    assert Notification.objects.filter(kind="step_reached").count() == 25


# --- Kept ------------------------------------------------------------------------------------------------------------


def test_an_answer_is_public_and_told_once_to_the_author_and_to_the_supporters(due, initiative, ahmed, alice, visitor):
    bob, carla = new_member("bob"), new_member("carla")
    for each in (alice, bob, carla):
        supports.support(initiative, by=each)
    Notification.objects.all().delete()
    promises.answer(due, "Le maire **a répondu**. <script>", by=ahmed)
    text = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "<strong>a répondu</strong>" in text and "<script>." not in text and "tenue le" in text
    announcing.tell_supporters()
    told = Notification.objects.filter(kind__startswith="promise_kept").values_list("recipient", "kind")
    assert sorted(told) == sorted(
        [(alice.pk, "promise_kept_author"), (bob.pk, "promise_kept"), (carla.pk, "promise_kept")]
    )
    assert initiative.timeline.get(kind=TimelineEntry.Kind.ANSWERED).details["count"] == 25
    with pytest.raises(LifeRefused, match="déjà répondu"):
        promises.answer(due, "Encore.", by=ahmed)
    assert announcing.tell_supporters() == 0
    assert Notification.objects.filter(kind__startswith="promise_kept").count() == 3


def test_nobody_answers_without_the_right_nor_before_the_step_nor_in_silence(initiative, due, ahmed, chloe, alice):
    for somebody in (alice, chloe):
        with pytest.raises(LifeRefused):
            promises.answer(due, "C’est fait.", by=somebody)
    with pytest.raises(LifeRefused):
        promises.answer(due, "  ", by=ahmed)
    later = Milestone.objects.create(initiative=initiative, threshold=100, promise="Un débat.", days=3)
    with pytest.raises(LifeRefused, match="pas atteint"):
        promises.answer(later, "C’est fait.", by=ahmed)
    initiative.withhold()
    with pytest.raises(LifeRefused, match="retirée"):
        promises.answer(due, "C’est fait.", by=ahmed)
    assert not Milestone.objects.exclude(kept_at=None).exists()


def test_on_the_eve_of_a_vote_the_team_answers_nothing(due, ahmed):
    vote = ElectionWindow.objects.create(name="Élection présidentielle", day=timezone.localdate() + timedelta(days=1))
    with pytest.raises(LifeRefused, match="élection"):
        promises.answer(due, "C’est fait.", by=ahmed)
    vote.delete()
    assert promises.answer(due, "C’est fait.", by=ahmed).kept_at


def test_two_who_answer_at_once_keep_it_once(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    milestone = reached(initiative)
    staff = [animator(f"animateur{number}") for number in range(6)]

    def say(member) -> bool:
        try:
            promises.answer(milestone, f"Par {member.display_name}.", by=member)
        except LifeRefused:
            return False
        return True

    assert sum(at_once(say, staff)) == 1
    assert initiative.timeline.filter(kind="answered").count() == 1
    assert Notification.objects.filter(kind="promise_kept_author").count() == 1


# --- Staff -----------------------------------------------------------------------------------------------------------


def test_staff_see_what_is_due_the_most_urgent_first(as_ahmed, initiative, ahmed):
    late = reached(initiative, 5, days_ago=30)
    soon = reached(initiative, 25)
    kept = reached(initiative, 100)
    promises.answer(kept, "C’est fait.", by=ahmed)
    Milestone.objects.create(initiative=initiative, threshold=500, promise="Plus tard.", days=3)

    def shown(**query):
        return list(as_ahmed.get(DUE, query).context["cl"].result_list)

    assert shown() == [late, soon]
    assert shown(etat="retard") == [late]
    assert shown(etat="tenues") == [kept]
    home = as_ahmed.get("/admin/").content.decode()
    assert "2 promesses à tenir" in home and "dont 1 en retard" in home
    assert f"{DUE}{late.pk}/repondre/" in home


def test_staff_answer_in_the_administration(as_ahmed, due, initiative):
    address = f"{DUE}{due.pk}/repondre/"
    assert due.promise in as_ahmed.get(address).content.decode()
    assert "obligatoire" in as_ahmed.post(address, {"answer": " "}).content.decode()
    answer = as_ahmed.post(address, {"answer": "Le maire a répondu."})
    assert (answer.status_code, answer.url) == (302, DUE)
    again = as_ahmed.post(address, {"answer": "Une autre réponse."}).content.decode()
    assert "déjà répondu" in again and "Une autre réponse." in again
    assert as_ahmed.get(f"{DUE}{due.pk}/change/").status_code == 200
    assert as_ahmed.get(f"{DUE}99999/repondre/").status_code == 404


def test_moderators_without_the_right_neither_see_nor_answer(as_chloe, due):
    assert as_chloe.get(DUE).status_code == 403
    assert as_chloe.post(f"{DUE}{due.pk}/repondre/", {"answer": "C’est fait."}).status_code == 403
    assert "Promesses à tenir" not in as_chloe.get("/admin/").content.decode()


def test_the_list_of_what_is_due_costs_the_same_with_many(as_ahmed, initiative, query_bill):
    def fill(number: int) -> None:
        start = Milestone.objects.count() + 1
        for each in range(number):
            reached(initiative, (start + each) * 10)

    query_bill(as_ahmed, DUE, fill, most=13)


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_each_promise_with_its_state_and_the_next_step_alone(initiative, visitor, ahmed):
    reached(initiative, 5, days_ago=30)
    reached(initiative, 25)
    for threshold in (100, 500):
        Milestone.objects.create(
            initiative=initiative, threshold=threshold, promise=f"Promesse des {threshold}.", days=45
        )
    text = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "en retard" in text and "à tenir avant le" in text
    assert "Promesse des 100." in text and "Dans les 45 jours qui suivent." in text
    assert "Promesse des 500." not in text


def test_nothing_is_promised_any_more_once_it_ended_but_what_was_reached(initiative, visitor):
    reached(initiative, 25)
    Milestone.objects.create(initiative=initiative, threshold=100, promise="Promesse des 100.", days=45)
    Initiative.objects.update(state="closed", ended_at=timezone.now())
    text = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "Nous écrirons à 25 élus." in text and "Promesse des 100." not in text


def test_a_draft_has_no_story(alice, vitre):
    draft = new_initiative(alice, vitre, state="draft", published_at=None)
    assert "Son histoire" not in client_of(alice).get(draft.get_absolute_url()).content.decode()


def test_nobody_who_supports_waits_while_a_step_is_told_to_everybody(at_once, vitre_committed):
    bob, david = new_member("bob"), new_member("david")
    initiative = new_initiative(new_member("alice"), vitre_committed, support_count=5)

    def support(_number) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        return supports.support(initiative, by=david)

    supports.support(initiative, by=bob)
    with transaction.atomic():
        assert life.reach(initiative.pk)
        assert at_once(support, [1]) == [True]
