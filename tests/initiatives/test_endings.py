"""How an initiative ends: what is said of it, who hears of it, what stays; how it falls asleep, and wakes."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from cast import client_of, new_action, new_event, new_initiative, new_member
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused, Verb
from initiatives.models import Action, Commitment, CoOrganiser, Initiative, Need, TimelineEntry
from initiatives.services import actions, ending, supports
from initiatives.services.life import touch
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from notifications.services import preview
from tests.moderation.desk import HATEFUL, LAWFUL, TO_BE_READ

OUTCOME = "Trente pommiers poussent derrière la gare, et la commune les arrose."
LESSONS = "Demander le terrain par écrit, et avant l’hiver."


def told(kind) -> set:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__display_name", flat=True))


def ends(initiative, how="aboutie", **texts):
    return reverse("initiative_end", args=[initiative.slug]) + f"?fin={how}", {"outcome": OUTCOME} | texts


@pytest.fixture
def dan(initiative):
    """He helps Alice to carry it."""
    dan = new_member("dan")
    CoOrganiser.objects.create(initiative=initiative, member=dan)
    return dan


# --- When it ended ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_what_ended_has_its_date(initiative, state):
    """Its page says it."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Initiative.objects.update(state=state, ended_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Initiative.objects.update(state=state)
    Initiative.objects.update(state=state, ended_at=timezone.now())


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_what_ended_announces_no_event_to_come(visitor, initiative, state):
    page = initiative.get_absolute_url()
    assert "Aucun événement n’est encore prévu" in visitor.get(page).content.decode()
    Initiative.objects.update(state=state, ended_at=timezone.now())
    assert "Événements à venir" not in visitor.get(page).content.decode()


def test_what_had_ended_without_a_date_gets_that_of_its_account(initiative, alice, vitre):
    said = TimelineEntry.objects.create(initiative=initiative, kind="closed", happened_at=timezone.now())
    silent = new_initiative(alice, vitre, title="Un banc public", active_at=timezone.now() - timedelta(days=9))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE initiatives_initiative DROP CONSTRAINT what_ended_has_its_date")
        Initiative.objects.update(state="closed", ended_at=None)
        cursor.execute(import_module("initiatives.migrations.0031_when_it_ended").ENDED)
    assert Initiative.objects.get(pk=initiative.pk).ended_at == said.happened_at
    assert Initiative.objects.get(pk=silent.pk).ended_at == silent.active_at


# --- Succeeded, closed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "texts", "state", "kind"),
    [
        ("aboutie", {"proof": "https://vitre.fr/verger"}, "succeeded", "initiative_succeeded"),
        ("arretee", {"lessons": LESSONS}, "closed", "initiative_closed"),
    ],
)
def test_an_end_is_said_shown_and_told(as_alice, visitor, alice, bob, dan, initiative, how, texts, state, kind):
    for member in (alice, bob, dan):
        supports.support(initiative, by=member)
    tasks.fold_supports()
    address, form = ends(initiative, how, **texts)
    assert as_alice.get(address).status_code == 200
    assert as_alice.post(address, form).url == initiative.get_absolute_url()
    initiative.refresh_from_db()
    assert (initiative.state, initiative.outcome, initiative.next_step) == (state, OUTCOME, None)
    assert told(kind) == {"Dan"}
    for _ in range(2):
        tasks.tell_ends()
    assert told(kind) == {"Bob", "Dan"}
    assert Notification.objects.filter(kind=kind).count() == 2
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "Trente pommiers" in page and next(iter(texts.values())).split("/")[-1] in page
    assert "n’est plus ouverte aux soutiens" in page and "3" in page
    assert 'data-stage="first" hidden' in page and 'data-stage="many last">' in page
    figures = visitor.get(reverse("initiative_number", args=[initiative.slug])).json()
    assert (figures["count"], figures["steps"]["next"]) == (3, None)
    [entry] = initiative.timeline.filter(kind=state)
    assert entry.details == {"count": 3}


def test_a_doubtful_text_waits_for_a_moderator_while_the_end_is_said(as_alice, visitor, bob, chloe, initiative):
    supports.support(initiative, by=bob)
    address, form = ends(initiative, outcome=TO_BE_READ)
    as_alice.post(address, form)
    initiative.refresh_from_db()
    assert (initiative.state, initiative.outcome) == ("succeeded", "")
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "a abouti" in page and "Un modérateur le lit" in page and TO_BE_READ not in page
    tasks.tell_ends()
    assert not told("initiative_succeeded")
    moderation.publish(Case.objects.get(), by=chloe, reason="Rien à redire.")
    tasks.tell_ends()
    assert told("initiative_succeeded") == {"Bob"}
    initiative.refresh_from_db()
    assert (initiative.state, initiative.outcome) == ("succeeded", TO_BE_READ)


def test_supporters_hear_of_it_after_three_days_whatever_the_queue(as_alice, bob, initiative):
    supports.support(initiative, by=bob)
    address, form = ends(initiative, outcome=TO_BE_READ)
    as_alice.post(address, form)
    Initiative.objects.update(ended_at=timezone.now() - timedelta(days=3, hours=1))
    tasks.tell_ends()
    assert told("initiative_succeeded") == {"Bob"}


@pytest.mark.parametrize("outcome", ["", "Court.", f"{HATEFUL}. {LAWFUL}"])
def test_a_refusal_loses_nothing_that_was_typed(as_alice, initiative, outcome):
    address, form = ends(initiative, outcome=outcome, proof="https://vitre.fr/verger")
    answer = as_alice.post(address, form)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'role="alert"' in page and "https://vitre.fr/verger" in page and outcome in page
    assert initiative.title in page
    initiative.refresh_from_db()
    assert (initiative.state, initiative.outcome) == ("published", "")


def test_what_is_said_of_the_end_is_said_better_later_and_screened_again(as_alice, client, dan, initiative):
    address, form = ends(initiative, "arretee", lessons=LESSONS)
    as_alice.post(address, form)
    address = reverse("initiative_outcome", args=[initiative.slug])
    assert OUTCOME in as_alice.get(address).content.decode()
    client_of(dan).post(address, {"outcome": OUTCOME + " Merci.", "lessons": ""})
    initiative.refresh_from_db()
    assert (initiative.outcome, initiative.lessons) == (OUTCOME + " Merci.", "")
    as_alice.post(address, {"outcome": TO_BE_READ, "lessons": LESSONS})
    initiative.refresh_from_db()
    assert initiative.outcome == OUTCOME + " Merci."
    assert Case.objects.get().proposed["outcome"] == TO_BE_READ


def test_the_first_telling_is_no_edit_and_mending_it_is_one(alice, initiative):
    ending.end(initiative, Verb.SUCCEED, {"outcome": OUTCOME, "proof": "Le journal."}, by=alice)
    assert not initiative.versions.exists()
    ending.tell_outcome(Initiative.objects.get(), {"outcome": OUTCOME, "proof": "Le journal du 3 mai."}, by=alice)
    assert initiative.versions.get().changes == {"proof": ["Le journal.", "Le journal du 3 mai."]}


def test_it_ends_once(as_alice, alice, initiative):
    ending.end(initiative, Verb.CLOSE, {"outcome": OUTCOME}, by=alice)
    with pytest.raises(LifeRefused):
        ending.end(Initiative.objects.get(), Verb.SUCCEED, {"outcome": OUTCOME}, by=alice)
    address, form = ends(initiative)
    assert as_alice.post(address, form).url == reverse("initiative_outcome", args=[initiative.slug])
    assert Initiative.objects.get().state == "closed"


def test_actions_left_open_are_given_up_and_who_took_a_place_is_told(as_alice, alice, bob, initiative):
    now = timezone.now()
    weeding = Action.objects.create(initiative=initiative, author=alice, title="Désherber", places=3, published_at=now)
    past = Action.objects.create(
        initiative=initiative, author=alice, title="Tailler", published_at=now, ends_at=now - timedelta(days=3)
    )
    Commitment.objects.create(action=weeding, member=bob)
    withheld = Action.objects.create(
        initiative=initiative, author=alice, title="Insulter", places=3, published_at=now, withheld_at=now
    )
    for action, name in ((past, "eva"), (withheld, "farid")):
        Commitment.objects.create(action=action, member=new_member(name))
    address, form = ends(initiative)
    assert "3 actions sont encore ouvertes" in as_alice.get(address).content.decode()
    as_alice.post(address, form)
    for _ in range(2):
        tasks.tell_ends()
    weeding.refresh_from_db()
    assert weeding.closed_at and not weeding.is_done
    assert told("action_given_up") == {"Bob"}


def test_what_woke_while_its_actions_were_looked_at_keeps_them(alice, bob, initiative, monkeypatch):
    action = new_action(initiative)
    Commitment.objects.create(action=action, member=bob)
    ending.archive(initiative, by=alice)
    suspend = ending._suspend_actions

    def late(pk):
        ending.wake(initiative, by=alice)
        return suspend(pk)

    monkeypatch.setattr(ending, "_suspend_actions", late)
    assert tasks.tell_ends() == 0
    action.refresh_from_db()
    assert action.closed_at is None and not told("action_suspended") and not told("action_resumed")


def test_its_actions_sleep_with_it_and_wake_with_it(as_alice, as_bob, alice, bob, visitor, initiative):
    now = timezone.now()
    coming = new_action(initiative, title="Désherber", starts_at=now + timedelta(days=3))
    past = new_action(initiative, title="Tailler", starts_at=now - timedelta(days=3))
    for action in (coming, past):
        Commitment.objects.create(action=action, member=bob)
    ending.archive(initiative, by=alice)
    for _ in range(2):
        tasks.tell_ends()
    [row] = Notification.objects.filter(kind="action_suspended")
    assert (row.recipient, row.context["action_title"]) == (bob, "Désherber")
    assert "suspendue" in preview(bob, kind=row.kind, context=row.context).text
    assert not told("action_given_up") and not Action.objects.exclude(closed_at=None).exists()
    # Nobody joins it meanwhile; who has a place keeps it, and may give it back.
    with pytest.raises(LifeRefused):
        actions.commit(coming, by=new_member("eva"))
    page = as_bob.get(coming.get_absolute_url()).content.decode()
    assert "Votre place est gardée" in page and "Oui, rendre ma place" in page
    assert "Suspendue" in visitor.get(coming.get_absolute_url()).content.decode()
    assert "Suspendue" in as_bob.get(reverse("my_commitments")).content.decode()
    as_alice.post(reverse("initiative_wake", args=[initiative.slug]))
    [row] = Notification.objects.filter(kind="action_resumed")
    assert (row.recipient, row.context["action_title"]) == (bob, "Désherber")
    assert "reprend" in preview(bob, kind=row.kind, context=row.context).text
    assert actions.commit(coming, by=new_member("farid"))
    with pytest.raises(LifeRefused):
        actions.commit(past, by=new_member("gaelle"))
    # Asleep again, it is another sleep.
    ending.archive(Initiative.objects.get(), by=alice)
    tasks.tell_ends()
    assert Notification.objects.filter(kind="action_suspended", recipient=bob).count() == 2


def test_what_woke_before_anyone_was_told_says_nothing(alice, bob, initiative):
    Commitment.objects.create(action=new_action(initiative), member=bob)
    ending.archive(initiative, by=alice)
    ending.wake(initiative, by=alice)
    tasks.tell_ends()
    assert not Notification.objects.filter(recipient=bob).exists()


def test_an_action_moved_just_before_the_sleep_is_told_with_its_new_day_once_it_goes_on(alice, bob, initiative):
    action = new_action(initiative, starts_at=timezone.now() + timedelta(days=3))
    Commitment.objects.create(action=action, member=bob)
    Action.objects.update(changed_at=timezone.now() - timedelta(minutes=5))
    ending.archive(initiative, by=alice)
    tasks.tell_of_actions()
    tasks.tell_ends()
    assert not told("action_changed") and told("action_suspended") == {"Bob"}


def test_sleeping_and_waking_at_once_tell_nobody_half_of_it(at_once, vitre_committed):
    """Whoever was told that it is suspended is told that it goes on, whichever comes first."""
    alice, bob = new_member("alice"), new_member("bob")
    for number in range(6):
        initiative = new_initiative(alice, vitre_committed, title=f"Un verger de plus, numéro {number}")
        Commitment.objects.create(action=new_action(initiative), member=bob)
        ending.archive(initiative, by=alice)
        at_once(lambda act: act(), [tasks.tell_ends, lambda one=initiative: ending.wake(one, by=alice)])
        said = {kind: Notification.objects.filter(kind=kind).count() for kind in ("action_suspended", "action_resumed")}
        assert said["action_suspended"] == said["action_resumed"], said


def test_what_it_lacked_is_not_sought_any_more(as_alice, alice, initiative):
    need = Need.objects.create(
        initiative=initiative, author=alice, sort="place", words="Un abri pour les outils", published_at=timezone.now()
    )
    as_alice.post(*ends(initiative))
    tasks.tell_ends()
    need.refresh_from_db()
    assert need.dropped_at and not need.met_at


def test_events_to_come_are_kept_and_its_team_is_warned(as_alice, alice, vitre, initiative):
    event = new_event(alice, vitre, initiative=initiative)
    for address in (reverse("initiative_end", args=[initiative.slug]), ends(initiative)[0]):
        page = as_alice.get(address).content.decode()
        assert event.get_absolute_url() in page and "Ils auront lieu" in page
    as_alice.post(*ends(initiative))
    event.refresh_from_db()
    assert event.cancelled_at is None


@pytest.mark.parametrize("name", ["initiative_end", "initiative_outcome", "initiative_alive"])
def test_who_does_not_carry_it_does_not_end_it(as_bob, initiative, name):
    address = reverse(name, args=[initiative.slug])
    assert as_bob.get(address).status_code == as_bob.post(address, {"outcome": OUTCOME}).status_code == 404


def test_what_is_withheld_does_not_end(as_alice, initiative):
    initiative.withhold()
    address, form = ends(initiative)
    assert as_alice.post(address, form).status_code == 302
    assert Initiative.objects.get().state == "published"


def test_the_list_shows_those_that_succeeded_latest_first(visitor, alice, vitre, initiative):
    now = timezone.now()
    for days, title in ((3, "Des bancs devant l’école"), (1, "Une fontaine au marché")):
        new_initiative(
            alice, vitre, title=title, state="succeeded", outcome=OUTCOME, ended_at=now - timedelta(days=days)
        )
    page = visitor.get("/initiatives/?etat=abouties").content.decode()
    assert initiative.title not in page
    assert 0 < page.index("Une fontaine au marché") < page.index("Des bancs devant")
    assert "Trente pommiers" in page
    found = visitor.get("/initiatives/?etat=abouties&q=bancs", follow=True).content.decode()
    found = re.sub("</?mark>", "", found)
    assert "Des bancs devant" in found and "Une fontaine" not in found


# --- Asleep ----------------------------------------------------------------------------------------------------------


def still_for(initiative, days, **fields) -> None:
    """Nothing happened for so many days."""
    Initiative.objects.filter(pk=initiative.pk).update(active_at=timezone.now() - timedelta(days=days), **fields)


def asked_days_ago(initiative, days) -> None:
    Initiative.objects.filter(pk=initiative.pk).update(asked_if_asleep_at=timezone.now() - timedelta(days=days))


def test_it_is_asked_at_sixty_and_seventy_five_days_and_archived_at_ninety(alice, dan, bob, initiative, visitor):
    supports.support(initiative, by=bob)
    initiative.supports.update(confirmed_at=timezone.now() - timedelta(days=200))
    asked = Notification.objects.filter(kind="initiative_sleeps", recipient=alice)
    for days, expected in ((59, 0), (60, 1), (74, 1), (75, 2), (89, 2)):
        still_for(initiative, days)
        asked_days_ago(initiative, 14)
        for _ in range(2):
            tasks.look_after_sleepers()
        assert asked.count() == expected, days
        assert Initiative.objects.get().state == "published"
    still_for(initiative, 90)
    asked_days_ago(initiative, 15)
    tasks.look_after_sleepers()
    initiative.refresh_from_db()
    assert (initiative.state, initiative.next_step) == ("archived", None)
    assert told("initiative_archived") == told("initiative_sleeps") == {"Alice", "Dan"}
    tasks.tell_ends()
    assert not Notification.objects.filter(recipient=bob).exists()
    assert "en sommeil" in visitor.get(initiative.get_absolute_url()).content.decode()


def test_a_task_that_was_away_for_months_still_leaves_a_week_after_each_question(initiative):
    still_for(initiative, 300)
    tasks.look_after_sleepers()
    tasks.look_after_sleepers()
    asked = Initiative.objects.get()
    assert (asked.state, asked.asked_if_asleep) == ("published", 1)
    for expected in (2, 2):
        asked_days_ago(initiative, 7 if expected == 2 else 6)
        Initiative.objects.filter(asked_if_asleep=2).update(asked_if_asleep_at=timezone.now() - timedelta(days=6))
        tasks.look_after_sleepers()
        asked = Initiative.objects.get()
        assert (asked.state, asked.asked_if_asleep) == ("published", expected)
    asked_days_ago(initiative, 7)
    tasks.look_after_sleepers()
    assert Initiative.objects.get().state == "archived"


def test_what_its_team_is_told_says_the_day_when_it_would_sleep(alice, initiative):
    still_for(initiative, 300)
    tasks.look_after_sleepers()
    context = Notification.objects.get(recipient=alice).context
    assert context["ends_at"][:10] == (timezone.now() + timedelta(days=14)).date().isoformat()
    assert context["url"] == reverse("initiative_alive", args=[initiative.slug])


@pytest.mark.parametrize("sign", ["a support", "an act", "an event to come", "an event of last month"])
def test_what_lives_is_not_asked(alice, bob, vitre, initiative, sign):
    still_for(initiative, 100)
    last_month = timezone.now() - timedelta(days=30)
    if sign == "a support":
        supports.support(initiative, by=bob)
    elif sign == "an act":
        touch(initiative)
    else:
        starts_at = {} if sign == "an event to come" else {"starts_at": last_month}
        new_event(alice, vitre, initiative=initiative, **starts_at)
    tasks.look_after_sleepers()
    assert not told("initiative_sleeps")


def test_a_support_that_does_not_count_is_no_sign_of_life(bob, initiative):
    still_for(initiative, 100)
    supports.support(initiative, by=bob, suspicion="network")
    tasks.look_after_sleepers()
    assert told("initiative_sleeps") == {"Alice"}


def test_one_button_says_that_it_lives_and_opening_the_page_says_nothing(as_alice, dan, initiative):
    still_for(initiative, 80, asked_if_asleep=2)
    address = reverse("initiative_alive", args=[initiative.slug])
    assert "Elle vit toujours" in as_alice.get(address).content.decode()
    assert Initiative.objects.get().asked_if_asleep == 2
    assert client_of(dan).post(address).status_code == 302
    initiative.refresh_from_db()
    assert initiative.asked_if_asleep == 0 and timezone.now() - initiative.active_at < timedelta(minutes=1)


def test_its_author_puts_it_to_sleep_and_its_team_wakes_it(as_alice, dan, bob, initiative, visitor):
    supports.support(initiative, by=bob)
    tasks.fold_supports()
    as_alice.post(reverse("initiative_archive", args=[initiative.slug]))
    initiative.refresh_from_db()
    assert initiative.state == "archived" and told("initiative_archived") == {"Dan"}
    assert "Je soutiens" not in visitor.get(initiative.get_absolute_url()).content.decode()
    alive = reverse("initiative_alive", args=[initiative.slug])
    assert client_of(dan).post(alive).status_code == 409
    assert "La réveiller" in client_of(dan).get(alive).content.decode()
    client_of(dan).post(reverse("initiative_wake", args=[initiative.slug]))
    initiative.refresh_from_db()
    assert (initiative.state, initiative.ended_at, initiative.next_step) == ("published", None, 5)
    kinds = initiative.timeline.filter(kind__in=["archived", "woken"]).values_list("kind", flat=True)
    assert list(kinds) == [TimelineEntry.Kind.WOKEN, TimelineEntry.Kind.ARCHIVED]
    tasks.tell_ends()
    assert not Notification.objects.filter(recipient=bob).exists()


def test_its_team_reads_who_put_it_to_sleep_each_time(as_alice, alice, dan, initiative):
    for _time in range(2):
        ending.archive(initiative, by=alice)
        initiative = ending.wake(initiative, by=alice)
    row, _second = Notification.objects.filter(recipient=dan, kind="initiative_archived")
    assert row.context["by"] == "Alice"
    assert "Alice a mis" in preview(dan, kind=row.kind, context=row.context).text


def test_a_step_passed_while_it_slept_is_reached_once_it_wakes(alice, initiative):
    initiative.milestones.create(threshold=5, promise="Un courrier au maire.", days=10)
    initiative.milestones.create(threshold=25, promise="", days=0)
    ending.archive(initiative, by=alice)
    Initiative.objects.update(support_count=6)
    assert ending.wake(initiative, by=alice).next_step == 5
    tasks.reach_steps()
    assert initiative.milestones.get(threshold=5).reached_at


def test_an_organiser_does_not_put_it_to_sleep(dan, initiative):
    client_of(dan).post(reverse("initiative_archive", args=[initiative.slug]))
    assert Initiative.objects.get().state == "published"


def test_many_sleepers_are_all_seen_by_one_round(alice, vitre, monkeypatch):
    monkeypatch.setattr(ending, "_BATCH", 3)
    for number in range(10):
        still_for(new_initiative(alice, vitre, title=f"Un verger de plus, numéro {number}"), 61 + number)
    assert tasks.look_after_sleepers() == 10
    assert tasks.look_after_sleepers() == 0


def test_two_tasks_at_once_ask_and_archive_once(at_once, vitre_committed):
    alice = new_member("alice")
    for number in range(6):
        still_for(new_initiative(alice, vitre_committed, title=f"Un verger de plus, numéro {number}"), 61)
    at_once(lambda _task: tasks.look_after_sleepers(), range(4))
    assert Notification.objects.filter(kind="initiative_sleeps").count() == 6
    Initiative.objects.update(active_at=timezone.now() - timedelta(days=100), asked_if_asleep=2)
    asked = timezone.now() - timedelta(days=8)
    Initiative.objects.update(asked_if_asleep_at=asked)
    at_once(lambda _task: tasks.look_after_sleepers(), range(4))
    assert TimelineEntry.objects.filter(kind="archived").count() == 6


def test_ending_and_archiving_at_once_leave_one_end(at_once, vitre_committed):
    alice = new_member("alice")
    for number in range(4):
        initiative = new_initiative(alice, vitre_committed, title=f"Un verger de plus, numéro {number}")

        def act(n, initiative=initiative):
            mine = Initiative.objects.get(pk=initiative.pk)
            try:
                if n % 2:
                    ending.archive(mine, by=alice)
                else:
                    ending.end(mine, Verb.SUCCEED, {"outcome": OUTCOME}, by=alice)
            except LifeRefused:
                return 0
            return 1

        assert sum(at_once(act, range(4))) == 1
        assert initiative.timeline.filter(kind__in=["archived", "succeeded"]).count() == 1
