"""Accounts are warned, left reading only, or suspended by two; what others support stays where it is."""

from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.db import IntegrityError, transaction
from django.urls import get_resolver, reverse
from django.utils import timezone

from initiatives.models import Contribution, Initiative, Support
from initiatives.services import discussion, life
from initiatives.services.supports import support
from members.models import Member
from moderation.filter import Ground
from moderation.middleware import OPEN_TO_ALL
from moderation.models import Decision, Sanction
from moderation.services import sanctioning
from moderation.services.refusals import AlreadyDecided, OwnContent, ReasonMissing
from moderation.services.sanctioning import MeasureRefused
from notifications.models import Notification


def at(initiative: Initiative, name: str) -> str:
    return reverse(name, args=[initiative.get_absolute_url().rstrip("/").rsplit("/", 1)[-1]])


GIVEN = {"ground": Ground.HARASSMENT, "reason": "Quatre messages la même nuit à la même personne."}


def warned(member: Member, by: Member) -> Sanction:
    return sanctioning.warn(member, by=by, **GIVEN)


def suspended(member: Member, by: Member, then: Member, days: int | None = 30) -> Sanction:
    warned(member, by)
    measure = sanctioning.propose_suspension(member, by=by, days=days, **GIVEN)
    measure = sanctioning.confirm(measure, by=then)
    member.refresh_from_db()
    return measure


@pytest.mark.django_db
class TestDeciding:
    def test_a_warning_takes_nothing_away_and_is_told(self, alice, chloe):
        measure = warned(alice, chloe)
        alice.refresh_from_db()
        assert measure.is_in_force and alice.restricted_to == ""
        assert measure.decision.verb == Decision.Verb.WARN and measure.decision.by == chloe
        assert Notification.objects.get(recipient=alice).kind == "account_warned"

    def test_reading_only_lasts_as_long_as_it_says(self, alice, chloe):
        measure = sanctioning.silence(alice, by=chloe, days=7, **GIVEN)
        alice.refresh_from_db()
        assert alice.restricted_to == Member.Restriction.READ_ONLY
        assert measure.until - measure.started_at == timedelta(days=7)
        alice.restricted_until = timezone.now()
        assert alice.restricted_to == "", "The account is free the very moment the term has come."

    def test_a_suspension_waits_for_a_second_moderator(self, alice, chloe, denis):
        warned(alice, chloe)
        measure = sanctioning.propose_suspension(alice, by=chloe, days=None, **GIVEN)
        alice.refresh_from_db()
        assert measure.is_proposed and alice.restricted_to == "" and measure.decision is None
        with pytest.raises(MeasureRefused):
            sanctioning.confirm(measure, by=chloe)
        sanctioning.confirm(measure, by=denis)
        alice.refresh_from_db()
        assert alice.restricted_to == Member.Restriction.SUSPENDED
        with pytest.raises(AlreadyDecided):
            sanctioning.confirm(measure, by=denis)

    def test_the_database_refuses_one_moderator_twice(self, alice, chloe):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.create(
                member=alice, kind="suspension", ground=Ground.THREAT, reason="x", proposed_by=chloe, confirmed_by=chloe
            )

    def test_nobody_is_suspended_without_a_warning_but_for_what_is_grave(self, alice, bob, chloe):
        with pytest.raises(MeasureRefused, match="avertissez"):
            sanctioning.propose_suspension(alice, by=chloe, days=30, **GIVEN)
        grave = GIVEN | {"ground": Ground.PRAISE_OF_TERRORISM}
        assert sanctioning.propose_suspension(bob, by=chloe, days=30, **grave).is_proposed

    @pytest.mark.parametrize("old", ["too old", "lifted"])
    def test_a_warning_that_counts_no_more_is_none(self, alice, chloe, denis, old):
        measure = warned(alice, chloe)
        if old == "lifted":
            sanctioning.lift(measure, by=denis, reason="Une erreur.")
        else:
            Sanction.objects.update(started_at=timezone.now() - timedelta(days=366))
        with pytest.raises(MeasureRefused, match="avertissez"):
            sanctioning.propose_suspension(alice, by=chloe, days=30, **GIVEN)

    def test_an_account_has_one_restriction_at_a_time(self, alice, chloe, denis):
        sanctioning.silence(alice, by=chloe, days=7, **GIVEN)
        with pytest.raises(AlreadyDecided, match="lecture seule"):
            sanctioning.silence(alice, by=denis, days=7, **GIVEN)
        Sanction.objects.update(started_at=timezone.now() - timedelta(days=8), until=timezone.now())
        assert sanctioning.silence(alice, by=denis, days=7, **GIVEN).is_in_force, "What is over is in nobody's way."

    def test_the_team_and_oneself_are_left_alone(self, chloe, denis):
        with pytest.raises(MeasureRefused):
            warned(denis, chloe)
        with pytest.raises(OwnContent):
            warned(chloe, chloe)

    @pytest.mark.parametrize("lack", [{"reason": " "}, {"ground": ""}, {"ground": "opinion"}])
    def test_each_measure_says_on_which_ground_and_why(self, alice, chloe, lack):
        with pytest.raises(ReasonMissing):
            sanctioning.warn(alice, by=chloe, **GIVEN | lack)

    @pytest.mark.parametrize("days", [0, 31])
    def test_one_moderator_alone_goes_no_further_than_a_month(self, alice, chloe, days):
        with pytest.raises(MeasureRefused):
            sanctioning.silence(alice, by=chloe, days=days, **GIVEN)

    def test_lifting_gives_all_back_and_names_what_it_reverses(self, alice, chloe, denis):
        measure = suspended(alice, chloe, denis)
        decision = sanctioning.lift(measure, by=denis, reason="Après recours.")
        alice.refresh_from_db()
        assert alice.restricted_to == "" and decision.reverses == measure.decision
        assert Notification.objects.filter(recipient=alice, kind="account_given_back").count() == 1
        with pytest.raises(AlreadyDecided):
            sanctioning.lift(measure, by=denis, reason="Encore.")

    def test_a_dropped_proposal_is_told_to_nobody(self, alice, chloe):
        measure = sanctioning.propose_suspension(alice, by=chloe, days=3, **GIVEN | {"ground": Ground.THREAT})
        sanctioning.drop(measure)
        assert not Notification.objects.exists() and not Decision.objects.exists()


@pytest.mark.django_db
class TestTerms:
    def test_what_is_over_ends_once_and_is_told(self, alice, bob, chloe):
        sanctioning.silence(alice, by=chloe, days=7, **GIVEN)
        sanctioning.silence(bob, by=chloe, days=9, **GIVEN)
        Sanction.objects.filter(member=alice).update(
            started_at=timezone.now() - timedelta(days=7), until=timezone.now()
        )
        assert sanctioning.end_due() == 1
        assert sanctioning.end_due() == 0
        assert Notification.objects.get(kind="account_given_back").recipient == alice
        bob.refresh_from_db()
        assert bob.restricted_to == Member.Restriction.READ_ONLY

    def test_a_proposal_that_nobody_confirms_is_forgotten(self, alice, chloe):
        sanctioning.propose_suspension(alice, by=chloe, days=3, **GIVEN | {"ground": Ground.THREAT})
        Sanction.objects.update(proposed_at=timezone.now() - timedelta(days=7))
        assert sanctioning.end_due() == 1
        assert not Sanction.objects.standing().exists() and not Notification.objects.exists()


@pytest.mark.django_db
class TestWhatIsLeft:
    def test_reading_only_supports_and_does_not_write(self, alice, bob, chloe, initiative):
        sanctioning.silence(bob, by=chloe, days=7, **GIVEN)
        client = client_of(Member.objects.get(pk=bob.pk))
        page = client.post(at(initiative, "discussion_write"), {"text": "Une remarque utile sur les fruitiers."})
        assert "restreint jusqu’au" in page.content.decode() and "Une remarque utile" in page.content.decode()
        assert not Contribution.objects.exists() and not Decision.objects.filter(verb="refuse").exists()
        client.post(at(initiative, "initiative_support"))
        assert Support.objects.filter(member=bob).exists()

    def test_whoever_is_suspended_reads_takes_back_and_leaves(self, alice, bob, chloe, denis, initiative):
        support(initiative, by=bob)
        suspended(bob, chloe, denis)
        client = client_of(bob)
        page = client.get(initiative.get_absolute_url())
        assert page.status_code == 200 and "Votre compte est suspendu." in page.content.decode()
        refused = client.post(at(initiative, "discussion_write"), {"text": "Encore moi, voilà."})
        assert refused.status_code == 403 and reverse("my_decisions") in refused.content.decode()
        client.post(at(initiative, "initiative_withdraw_support"))
        assert not Support.objects.filter(member=bob).exists()
        client.post(reverse("account_logout"))
        assert "_auth_user_id" not in client.session

    def test_whoever_is_suspended_takes_back_what_they_wrote_and_how_they_voted(self, alice, bob, chloe, denis):
        initiative = new_initiative(alice)
        own = discussion.contribute(initiative, by=bob, text="Une remarque que je regrette.")
        other = discussion.contribute(initiative, by=alice, text="Venez samedi matin.")
        discussion.vote(other, by=bob, is_useful=False)
        suspended(bob, chloe, denis)
        client, slug = client_of(bob), initiative.slug
        for verb in ("discussion_unvote", "discussion_erase"):
            client.post(reverse(verb, args=[slug, other.pk if verb == "discussion_unvote" else own.pk]))
        own.refresh_from_db()
        assert own.erased_at and not own.text and not other.votes.exists()
        assert client.post(reverse("discussion_edit", args=[slug, own.pk]), {"text": "Autre."}).status_code == 403

    def test_whoever_is_suspended_does_not_take_another_name_under_what_they_wrote(self, bob, chloe, denis):
        suspended(bob, chloe, denis)
        client = client_of(bob)
        assert client.get(reverse("settings")).status_code == 200
        assert client.post(reverse("settings"), {"display_name": "Un autre nom"}).status_code == 403
        assert Member.objects.get(pk=bob.pk).display_name == bob.display_name

    def test_a_suspension_hides_nothing_that_others_support(self, alice, bob, chloe, denis, client):
        initiative = new_initiative(alice)
        support(initiative, by=bob)
        suspended(alice, chloe, denis)
        assert client.get(initiative.get_absolute_url()).status_code == 200
        assert Initiative.objects.public().filter(pk=initiative.pk).exists()
        assert Support.objects.filter(initiative=initiative).count() == 1

    def test_what_stays_open_has_an_address(self):
        known = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
        assert known >= OPEN_TO_ALL


@pytest.mark.django_db
def test_a_draft_is_not_launched_while_one_may_only_read(alice, as_alice, chloe, monkeypatch):
    draft = new_initiative(alice, state=Initiative.State.DRAFT, published_at=None, steps=[])
    monkeypatch.setattr(life, "missing_texts", lambda initiative: [])
    sanctioning.silence(alice, by=chloe, days=7, **GIVEN)
    answer = as_alice.post(at(draft, "initiative_launch"), follow=True)
    assert "Votre compte est restreint" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
    sanctioning.lift(Sanction.objects.get(), by=chloe, reason="Une erreur.")
    as_alice.post(at(draft, "initiative_launch"))
    draft.refresh_from_db()
    assert draft.state == "preparing"


def test_two_moderators_at_once_restrict_an_account_once(at_once):
    alice = new_member("alice")
    staff = [new_member(name, is_staff=True) for name in ("chloe", "denis")]

    def silence(by: Member) -> bool:
        try:
            return sanctioning.silence(alice, by=by, days=7, **GIVEN).is_in_force
        except AlreadyDecided:
            return False

    assert sorted(at_once(silence, staff)) == [False, True]
    assert Sanction.objects.count() == Notification.objects.count() == 1
