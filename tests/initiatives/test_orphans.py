"""An author leaves the site: the team inherits; without any the initiative is frozen, then adopted."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import AdoptionRequest, CoOrganiser, Initiative, TimelineEntry
from initiatives.services import announcing, succession, supports, team
from members.models import Member
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Case
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE, staff_client


def read(answer) -> str:
    return answer.content.decode().replace("\u202f", " ")


def told(member: Member, kind: str) -> int:
    """How often they were, once all that was announced to supporters is told."""
    announcing.tell_supporters()
    return Notification.objects.filter(recipient=member, kind=kind).count()


def freeze(initiative: Initiative) -> Initiative:
    """Its author's row goes, in whatever way; the task finds it."""
    Member.objects.filter(pk=initiative.author_id).delete()
    assert tasks.look_after_orphans() == 1
    return Initiative.objects.get(pk=initiative.pk)


def ask(initiative: Initiative, member: Member) -> AdoptionRequest:
    return succession.ask_to_adopt(initiative, "Je connais le terrain.", by=member)


@pytest.fixture
def supported(initiative, bob) -> Initiative:
    """Alice's initiative, which Bob supports."""
    supports.support(initiative, by=bob)
    return initiative


# --- Succession ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["erased", "row gone"])
def test_the_oldest_of_the_team_inherits_when_the_author_leaves(alice, initiative, way):
    now = timezone.now()
    eve, dan = new_member("eve"), new_member("dan")
    CoOrganiser.objects.create(initiative=initiative, member=eve, joined_at=now - timedelta(days=1))
    CoOrganiser.objects.create(initiative=initiative, member=dan, joined_at=now - timedelta(days=3))
    if way == "erased":
        assert succession.pass_on_all(alice) == 1
        alice.delete()
    else:
        alice.delete()
        assert tasks.look_after_orphans() == 1
    initiative.refresh_from_db()
    assert (initiative.author, initiative.frozen_at) == (dan, None)
    assert [each.member for each in initiative.co_organisers.all()] == [eve]
    assert told(dan, "team_inherited") == 1
    assert told(eve, "team_inherited") == 0
    assert initiative.timeline.get().kind == TimelineEntry.Kind.HANDED_OVER
    assert tasks.look_after_orphans() == 0


def test_what_the_author_had_offered_to_another_ends_with_them(alice, initiative):
    now = timezone.now()
    eve, dan = new_member("eve"), new_member("dan")
    CoOrganiser.objects.create(initiative=initiative, member=dan, joined_at=now - timedelta(days=3))
    offered = CoOrganiser.objects.create(initiative=initiative, member=eve)
    team.offer(initiative, offered.pk, leaves=False, by=alice)
    alice.delete()
    tasks.look_after_orphans()
    with pytest.raises(LifeRefused):
        team.take_over(initiative, by=eve)
    initiative.refresh_from_db()
    assert initiative.author == dan


def test_an_offer_outlives_its_author_for_the_minute_before_the_task(alice, initiative):
    dan = new_member("dan")
    offered = CoOrganiser.objects.create(initiative=initiative, member=dan)
    team.offer(initiative, offered.pk, leaves=False, by=alice)
    alice.delete()
    team.take_over(initiative, by=dan)
    initiative.refresh_from_db()
    assert (initiative.author, initiative.co_organisers.count()) == (dan, 0)
    assert tasks.look_after_orphans() == 0


@pytest.mark.parametrize("kept_out", [{"is_active": False}, {"restriction": "suspended"}])
def test_a_suspended_member_inherits_nothing(alice, initiative, kept_out):
    gone = new_member("gone", **kept_out)
    CoOrganiser.objects.create(initiative=initiative, member=gone)
    assert freeze(initiative).author is None


def test_without_a_team_it_is_frozen_and_its_supporters_know_once(supported, bob):
    frozen = freeze(supported)
    assert frozen.author is None
    assert frozen.frozen_at
    assert told(bob, "initiative_frozen") == 1
    assert frozen.timeline.get().kind == TimelineEntry.Kind.FROZEN
    assert tasks.look_after_orphans() == 0
    assert told(bob, "initiative_frozen") == 1


def test_an_author_who_is_about_to_be_erased_leaves_nothing_behind(supported, alice, bob):
    assert succession.pass_on_all(alice) == 1
    supported.refresh_from_db()
    assert (supported.author, bool(supported.frozen_at)) == (None, True)
    assert told(bob, "initiative_frozen") == 1


def test_supporters_of_what_was_withheld_know_once_it_is_restored_that_nobody_carries_it(supported, bob, chloe):
    moderation.withhold(supported, by=chloe, ground=Ground.INSULT, reason="Une insulte.")
    frozen = freeze(supported)
    assert told(bob, "initiative_frozen") == 0
    moderation.restore(frozen, by=chloe, reason="C’était une citation.")
    assert told(bob, "initiative_frozen") == 1


def test_a_draft_nobody_ever_saw_goes_with_its_author(alice, bob):
    draft = new_initiative(alice, state="draft", published_at=None)
    shared = new_initiative(alice, state="draft", published_at=None)
    CoOrganiser.objects.create(initiative=shared, member=bob)
    alice.delete()
    assert tasks.look_after_orphans() == 2
    assert not Initiative.objects.filter(pk=draft.pk).exists()
    assert Initiative.objects.get(pk=shared.pk).author == bob


def test_what_has_an_author_is_left_alone(initiative, alice):
    assert tasks.look_after_orphans() == 0
    initiative.refresh_from_db()
    assert initiative.author == alice


def test_the_task_finds_orphans_by_their_index(initiative):
    with connection.cursor() as cursor:
        # Among a few rows, reading them all would be as quick.
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Initiative.objects.filter(author=None, frozen_at=None).order_by("pk").values_list("pk")[:200].explain()
    assert "initiative_orphan" in plan


def test_two_tasks_at_once_name_one_heir(at_once, vitre_committed):
    alice, dan, eve = new_member("alice"), new_member("dan"), new_member("eve")
    initiative = new_initiative(alice, vitre_committed)
    for member in (dan, eve):
        CoOrganiser.objects.create(initiative=initiative, member=member)
    alice.delete()
    assert sum(at_once(lambda _number: succession.look_after_orphans(), range(4))) == 1
    initiative.refresh_from_db()
    assert initiative.author == dan
    assert [each.member for each in initiative.co_organisers.all()] == [eve]


# --- Adoption --------------------------------------------------------------------------------------------------------


def test_the_page_says_that_nobody_carries_it_and_takes_no_support(supported, as_bob, visitor):
    frozen = freeze(supported)
    for client in (visitor, as_bob):
        shown = read(client.get(frozen.get_absolute_url()))
        assert "Plus personne ne porte cette initiative." in shown
        # Above its title, before one looks for a button that is not there.
        assert shown.index("Plus personne ne porte cette initiative</p>") < shown.index("<h1")
        assert "Demander à la reprendre" in shown
        assert "Écrire à l’équipe" not in shown
        assert "Je soutiens" not in shown


def test_a_supporter_asks_to_adopt_it_once(supported, as_bob, bob):
    frozen = freeze(supported)
    address = reverse("initiative_adopt", args=[frozen.slug])
    assert "Pourquoi vous" in read(as_bob.get(address))
    answer = as_bob.post(address, {"message": "J’habite à côté."}, follow=True)
    assert "Votre demande est arrivée." in read(answer)
    as_bob.post(address, {"message": "J’insiste."})
    assert AdoptionRequest.objects.get().message == "J’habite à côté."


def test_who_does_not_support_it_does_not_ask_for_it(supported, alice):
    frozen = freeze(supported)
    dan = new_member("dan")
    answer = client_of(dan).post(reverse("initiative_adopt", args=[frozen.slug]), {"message": "Moi !"})
    assert "Seule une personne qui soutenait" in read(answer)
    with pytest.raises(LifeRefused):
        ask(frozen, dan)


def test_nobody_asks_for_what_somebody_carries(supported, bob, as_bob):
    assert "Quelqu’un porte cette initiative" in read(as_bob.get(reverse("initiative_adopt", args=[supported.slug])))
    with pytest.raises(LifeRefused):
        ask(supported, bob)


def test_what_is_withheld_is_not_to_be_adopted_and_not_found(supported, as_bob, bob):
    frozen = freeze(supported)
    Initiative.objects.filter(pk=frozen.pk).update(withheld_at=timezone.now())
    assert as_bob.get(reverse("initiative_adopt", args=[frozen.slug])).status_code == 404
    with pytest.raises(LifeRefused):
        ask(frozen, bob)


def test_staff_entrust_it_and_it_goes_on(supported, bob, chloe):
    dan = new_member("dan")
    supports.support(supported, by=dan)
    frozen = freeze(supported)
    asked, other = ask(frozen, bob), ask(frozen, dan)
    desk = staff_client(chloe)
    page = reverse("admin:initiatives_adoptionrequest_change", args=[asked.pk])
    assert "Je connais le terrain." in read(desk.get(page))
    assert "Dites pourquoi" in read(desk.post(page, {"accept": "1"}))
    assert Initiative.objects.get(pk=frozen.pk).author is None
    desk.post(page, {"accept": "1", "reason": "Vous connaissez le terrain."})
    frozen.refresh_from_db()
    assert (frozen.author, frozen.frozen_at, frozen.is_open) == (bob, None, True)
    assert frozen.timeline.first().kind == TimelineEntry.Kind.ADOPTED
    [answer] = Notification.objects.filter(recipient=bob, kind="adoption_accepted")
    assert answer.context["reason"] == "Vous connaissez le terrain."
    assert told(dan, "initiative_adopted") == 1
    assert told(bob, "initiative_adopted") == 0
    other.refresh_from_db()
    assert (other.is_accepted, bool(other.decided_at)) == (False, True)
    assert told(dan, "adoption_refused") == 1


def test_who_was_of_the_team_and_adopts_it_is_its_author_alone(supported, bob, chloe):
    Member.objects.filter(pk=bob.pk).update(is_active=False)
    CoOrganiser.objects.create(initiative=supported, member=bob)
    frozen = freeze(supported)
    Member.objects.filter(pk=bob.pk).update(is_active=True)
    succession.adopt(ask(frozen, bob), "Vous en étiez.", by=chloe)
    frozen.refresh_from_db()
    assert (frozen.author, frozen.co_organisers.count()) == (bob, 0)


def test_one_leaves_the_team_of_what_nobody_carries(supported, bob):
    Member.objects.filter(pk=bob.pk).update(is_active=False)
    CoOrganiser.objects.create(initiative=supported, member=bob)
    frozen = freeze(supported)
    team.leave(frozen, by=bob)
    assert not frozen.co_organisers.exists()


def test_what_waited_when_its_author_left_is_published_all_the_same(alice, vitre, chloe, visitor):
    waiting = new_initiative(alice, vitre, state="submitted", published_at=None, steps=[], means=TELEPHONE)
    moderation.receive(waiting, by=alice)
    frozen = freeze(waiting)
    moderation.publish(Case.objects.open().of(frozen).get(), by=chloe, reason="Le standard de la mairie.")
    frozen.refresh_from_db()
    assert frozen.is_public and frozen.frozen_at and frozen.steps
    assert visitor.get(frozen.get_absolute_url()).status_code == 200
    assert tasks.reach_steps() == 0


def test_staff_refuse_and_the_person_may_ask_again(supported, bob, chloe):
    frozen = freeze(supported)
    asked = ask(frozen, bob)
    page = reverse("admin:initiatives_adoptionrequest_change", args=[asked.pk])
    staff_client(chloe).post(page, {"refuse": "1", "reason": "Dites-nous d’abord ce que vous en feriez."})
    assert told(bob, "adoption_refused") == 1
    assert Initiative.objects.get(pk=frozen.pk).frozen_at
    assert ask(frozen, bob).pk != asked.pk


def test_nobody_adopts_by_their_own_decision(supported, chloe):
    supports.support(supported, by=chloe)
    frozen = freeze(supported)
    asked = ask(frozen, chloe)
    with pytest.raises(LifeRefused, match="quelqu’un d’autre"):
        succession.adopt(asked, "Moi.", by=chloe)


def test_demands_are_for_moderators_alone(supported, bob):
    asked = ask(freeze(supported), bob)
    page = reverse("admin:initiatives_adoptionrequest_change", args=[asked.pk])
    plain = new_member("plain", is_staff=True)
    assert staff_client(plain).get(page).status_code in (302, 403)
    assert Client().get(page).status_code == 302
    with pytest.raises(LifeRefused):
        succession.adopt(asked, "Oui.", by=plain)


def test_two_moderators_who_choose_two_people_at_once_choose_one(at_once, vitre_committed):
    alice, bob, dan = new_member("alice"), new_member("bob"), new_member("dan")
    initiative = new_initiative(alice, vitre_committed)
    group = Group.objects.get(name="Modérateurs")
    staff = [new_member(f"staff {number}", is_staff=True) for number in range(2)]
    for member in staff:
        member.groups.add(group)
    for member in (bob, dan):
        supports.support(initiative, by=member)
    frozen = freeze(initiative)
    asked = [ask(frozen, bob), ask(frozen, dan)]

    def decide(number):
        try:
            succession.adopt(asked[number], "Oui.", by=staff[number])
        except LifeRefused:
            return False
        return True

    assert sorted(at_once(decide, range(2))) == [False, True]
    frozen.refresh_from_db()
    chosen = AdoptionRequest.objects.get(is_accepted=True)
    assert frozen.author == chosen.member
    assert AdoptionRequest.objects.filter(decided_at=None).count() == 0
