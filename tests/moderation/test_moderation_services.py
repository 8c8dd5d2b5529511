"""From a text that somebody writes to the decision that its author is told."""

from datetime import timedelta

import pytest
from cast import new_initiative
from django.db import IntegrityError, transaction
from django.utils import timezone

from initiatives.models import Initiative, Support
from moderation import services
from moderation.filter import Outcome
from moderation.models import Case, Decision
from moderation.services import AlreadyDecided, ContentChanged, ContentGone, OwnContent, ReasonMissing
from notifications.models import Notification
from tests.moderation.desk import HATEFUL, LAWFUL, TELEPHONE

pytestmark = pytest.mark.django_db


def waiting_case(content) -> Case:
    return Case.objects.open().of(content).get()


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_a_lawful_text_is_published_at_once(alice):
    initiative = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None)
    assert services.receive(initiative, by=alice) is Outcome.PUBLISH
    initiative.refresh_from_db()
    assert initiative.is_public
    assert initiative.state == Initiative.State.PUBLISHED
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "Ce gouvernement ment aux Français depuis trois ans : démission !",
        "Le parti qui tient ce site se moque de nous, sa politique du logement est une honte.",
    ],
)
def test_criticism_of_the_government_or_of_the_party_passes(alice, text):
    initiative = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, problem=text)
    assert services.receive(initiative, by=alice) is Outcome.PUBLISH


def test_a_telephone_number_waits_for_a_moderator_who_sees_where_it_is(alice, submitted):
    assert services.receive(submitted, by=alice) is Outcome.QUEUE
    submitted.refresh_from_db()
    assert not submitted.is_public
    case = waiting_case(submitted)
    [[start, end]] = case.spans["means"]
    assert submitted.means[start:end] == "06 12 34 56 78"
    assert case.ground == "exposure_of_person"
    assert case.gravity > 0
    assert case.rule
    assert case.reason


def test_the_writers_own_address_is_theirs_to_give(alice):
    initiative = new_initiative(
        alice, state=Initiative.State.SUBMITTED, published_at=None, means=f"Écrivez-moi : {alice.email}"
    )
    assert services.receive(initiative, by=alice) is Outcome.PUBLISH


def test_a_refused_text_that_meets_no_form_is_queued_first(alice, submitted):
    services.receive(submitted, by=alice)
    worse = new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, problem=HATEFUL)
    assert services.receive(worse, by=alice) is Outcome.QUEUE
    assert Case.objects.open().order_by("-gravity").first().content == worse


def test_submitting_twice_keeps_one_case_and_its_age(alice, submitted):
    services.receive(submitted, by=alice)
    first = waiting_case(submitted)
    submitted.problem = HATEFUL
    submitted.save()
    services.receive(submitted, by=alice)
    again = waiting_case(submitted)
    assert again.pk == first.pk
    assert again.opened_at == first.opened_at
    assert again.gravity > first.gravity


def test_a_waiting_text_that_its_author_mends_is_published(alice, submitted):
    services.receive(submitted, by=alice)
    assert services.receive_edit(submitted, {"means": LAWFUL}, by=alice) is Outcome.PUBLISH
    submitted.refresh_from_db()
    assert submitted.is_public
    assert submitted.means == LAWFUL
    assert not Case.objects.open().exists()
    assert Decision.objects.get().automated


def test_a_waiting_text_that_changes_changes_in_the_queue(alice, submitted):
    services.receive(submitted, by=alice)
    assert services.receive_edit(submitted, {"problem": HATEFUL}, by=alice) is Outcome.QUEUE
    submitted.refresh_from_db()
    assert submitted.problem == HATEFUL
    assert set(waiting_case(submitted).spans) == {"means", "problem"}


def test_a_draft_is_kept_and_opens_no_case(alice):
    draft = new_initiative(alice, state=Initiative.State.DRAFT, published_at=None)
    services.receive_edit(draft, {"means": TELEPHONE}, by=alice)
    draft.refresh_from_db()
    assert draft.means == TELEPHONE
    assert not Case.objects.exists()


# --- Editing what is public ------------------------------------------------------------------------------------------


def test_a_lawful_edit_replaces_the_public_text(alice, initiative):
    assert services.receive_edit(initiative, {"means": LAWFUL}, by=alice) is Outcome.PUBLISH
    initiative.refresh_from_db()
    assert initiative.means == LAWFUL
    assert not Case.objects.exists()


def test_an_edit_that_must_be_read_waits_while_the_public_text_stays(alice, initiative):
    before = initiative.means
    assert services.receive_edit(initiative, {"means": TELEPHONE, "title": "Un autre titre"}, by=alice) is Outcome.QUEUE
    initiative.refresh_from_db()
    assert initiative.is_public
    assert (initiative.means, initiative.title) == (before, "Un verger partagé derrière la gare")
    assert waiting_case(initiative).proposed == {"means": TELEPHONE, "title": "Un autre titre"}


def test_a_form_that_already_wrote_into_the_instance_changes_nothing_to_that(alice, initiative):
    initiative.means = TELEPHONE
    assert services.receive_edit(initiative, {"means": TELEPHONE}, by=alice) is Outcome.QUEUE
    assert Initiative.objects.get().means != TELEPHONE


def test_only_the_texts_that_change_are_screened(alice, vitre):
    published_after_reading = new_initiative(alice, vitre, means=TELEPHONE)
    changes = {"means": TELEPHONE, "problem": LAWFUL}
    assert services.receive_edit(published_after_reading, changes, by=alice) is Outcome.PUBLISH


def test_a_later_edit_replaces_the_one_that_waits(alice, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    services.receive_edit(initiative, {"means": f"{TELEPHONE} Merci."}, by=alice)
    assert waiting_case(initiative).proposed == {"means": f"{TELEPHONE} Merci."}


def test_a_later_lawful_edit_of_the_same_text_drops_the_one_that_waits(alice, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    assert services.receive_edit(initiative, {"means": LAWFUL}, by=alice) is Outcome.PUBLISH
    initiative.refresh_from_db()
    assert initiative.means == LAWFUL
    assert not Case.objects.open().exists()
    assert Decision.objects.get().texts == {"means": TELEPHONE}


def test_a_later_lawful_edit_of_another_text_leaves_the_one_that_waits(alice, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    assert services.receive_edit(initiative, {"problem": LAWFUL}, by=alice) is Outcome.PUBLISH
    initiative.refresh_from_db()
    assert initiative.problem == LAWFUL
    assert waiting_case(initiative).proposed == {"means": TELEPHONE}


def test_going_back_to_the_public_text_drops_the_edit_that_waits(alice, initiative):
    before = initiative.means
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    assert services.receive_edit(initiative, {"means": before}, by=alice) is Outcome.PUBLISH
    assert not Case.objects.open().exists()


def test_a_withheld_text_that_is_mended_is_read_again(alice, chloe, initiative):
    services.withhold(initiative, by=chloe, ground="insult", reason="Une personne y est insultée.")
    assert services.receive_edit(initiative, {"means": LAWFUL}, by=alice) is Outcome.QUEUE
    initiative.refresh_from_db()
    assert not initiative.is_public
    services.publish(waiting_case(initiative), by=chloe, reason="L’insulte n’y est plus.")
    initiative.refresh_from_db()
    assert initiative.is_public


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_publishing_shows_the_text_logs_why_and_tells_its_author(alice, chloe, submitted):
    services.receive(submitted, by=alice)
    services.publish(waiting_case(submitted), by=chloe, reason="C’est le standard de la mairie.")
    submitted.refresh_from_db()
    assert submitted.is_public
    decision = Decision.objects.get()
    assert (decision.verb, decision.by, decision.author) == ("publish", chloe, alice)
    assert decision.reason == "C’est le standard de la mairie."
    assert decision.texts["means"] == TELEPHONE
    assert decision.rule
    told = Notification.objects.get()
    assert (told.recipient, told.kind) == (alice, "content_published")
    assert told.context["reason"] == "C’est le standard de la mairie."


def test_withholding_hides_the_text_and_tells_its_author_the_law_and_the_reason(alice, bob, chloe, initiative):
    services.withhold(initiative, by=chloe, ground="defamation", reason="Un commerçant y est accusé de vol.")
    initiative.refresh_from_db()
    assert not initiative.is_public
    assert initiative in Initiative.objects.visible_to(alice)
    assert initiative in Initiative.objects.visible_to(chloe, moderating=True)
    assert initiative not in Initiative.objects.visible_to(bob)
    told = Notification.objects.get()
    assert told.kind == "content_withheld"
    assert told.context["ground"] == "Diffamation"
    assert "29 juillet 1881" in told.context["reference"]
    assert told.context["reason"] == "Un commerçant y est accusé de vol."


def test_restoring_gives_everything_back(alice, bob, chloe, initiative):
    Support.objects.create(initiative=initiative, member=bob, confirmed_at=timezone.now())
    before = Initiative.objects.values().get()
    services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.")
    services.restore(initiative, by=chloe, reason="Ce n’en était pas une.")
    assert Initiative.objects.values().get() == before
    assert Support.objects.count() == 1
    assert list(Decision.objects.values_list("verb", flat=True)) == ["restore", "withhold"]
    assert Notification.objects.filter(recipient=alice, kind="content_restored").count() == 1


def test_restoring_what_was_withheld_from_the_queue_publishes_it(alice, chloe, submitted):
    services.receive(submitted, by=alice)
    services.withhold(waiting_case(submitted), by=chloe, ground="exposure_of_person", reason="Un numéro privé.")
    submitted.refresh_from_db()
    services.restore(submitted, by=chloe, reason="La personne a donné son accord.")
    submitted.refresh_from_db()
    assert submitted.is_public


def test_accepting_an_edit_replaces_the_public_text(alice, chloe, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    services.publish(waiting_case(initiative), by=chloe, reason="Elle est d’accord.")
    initiative.refresh_from_db()
    assert initiative.means == TELEPHONE
    assert Notification.objects.get().kind == "edit_published"


def test_rejecting_an_edit_leaves_the_public_text(alice, chloe, initiative):
    before = initiative.means
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    case = waiting_case(initiative)
    services.reject_edit(case, by=chloe, ground="exposure_of_person", reason="Ce numéro est privé.")
    initiative.refresh_from_db()
    assert initiative.means == before
    assert initiative.is_public
    assert Decision.objects.get().texts == {"means": TELEPHONE}
    assert Notification.objects.get().kind == "edit_rejected"


def test_nobody_decides_on_what_they_wrote(chloe):
    hers = new_initiative(chloe, state=Initiative.State.SUBMITTED, published_at=None, means=TELEPHONE)
    services.receive(hers, by=chloe)
    with pytest.raises(OwnContent):
        services.publish(waiting_case(hers), by=chloe, reason="C’est moi.")
    with pytest.raises(OwnContent):
        services.withhold(hers, by=chloe, ground="spam", reason="C’est moi.")
    hers.withhold()
    with pytest.raises(OwnContent):
        services.restore(hers, by=chloe, reason="C’est moi.")


def test_a_decision_says_why_and_a_restriction_on_which_ground(alice, chloe, submitted):
    services.receive(submitted, by=alice)
    with pytest.raises(ReasonMissing):
        services.publish(waiting_case(submitted), by=chloe, reason="  ")
    with pytest.raises(ReasonMissing):
        services.withhold(waiting_case(submitted), by=chloe, ground="", reason="Parce que.")
    assert not Decision.objects.exists()


def test_a_case_is_decided_once(alice, chloe, denis, submitted):
    services.receive(submitted, by=alice)
    case = waiting_case(submitted)
    services.publish(case, by=chloe, reason="Le standard de la mairie.")
    with pytest.raises(AlreadyDecided, match="Chloé"):
        services.withhold(case, by=denis, ground="exposure_of_person", reason="Un numéro privé.")
    submitted.refresh_from_db()
    assert submitted.is_public
    assert Decision.objects.count() == 1


def test_withholding_or_restoring_twice_is_refused(chloe, denis, initiative):
    services.withhold(initiative, by=chloe, ground="spam", reason="Une publicité.")
    with pytest.raises(AlreadyDecided):
        services.withhold(initiative, by=denis, ground="spam", reason="Une publicité.")
    services.restore(initiative, by=chloe, reason="Une erreur.")
    with pytest.raises(AlreadyDecided):
        services.restore(initiative, by=denis, reason="Une erreur.")


def test_a_text_that_changed_since_it_was_read_is_read_again(alice, chloe, submitted):
    services.receive(submitted, by=alice)
    case = waiting_case(submitted)
    seen = services.fingerprint(case)
    services.receive_edit(submitted, {"problem": HATEFUL}, by=alice)
    with pytest.raises(ContentChanged):
        services.publish(case, by=chloe, reason="Rien à redire.", seen=seen)
    services.publish(
        case, by=chloe, reason="Pour la démonstration.", seen=services.fingerprint(waiting_case(submitted))
    )


def test_a_case_whose_content_was_erased_is_only_closed(alice, chloe, submitted):
    services.receive(submitted, by=alice)
    case = waiting_case(submitted)
    with pytest.raises(ContentChanged):
        services.close_empty(case, by=chloe)
    submitted.delete()
    case = Case.objects.get()
    with pytest.raises(ContentGone):
        services.publish(case, by=chloe, reason="Trop tard.")
    services.close_empty(case, by=chloe)
    assert Decision.objects.get().verb == "close"


def test_a_decision_that_fails_midway_leaves_nothing(alice, chloe, submitted, monkeypatch):
    services.receive(submitted, by=alice)
    monkeypatch.setattr(services.deciding, "tell", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.publish(waiting_case(submitted), by=chloe, reason="Le standard de la mairie.")
    submitted.refresh_from_db()
    assert not submitted.is_public
    assert not Decision.objects.exists()
    assert Case.objects.open().exists()


def test_a_content_without_author_is_decided_and_nobody_is_told(chloe, initiative):
    Initiative.objects.update(author=None)
    services.withhold(Initiative.objects.get(), by=chloe, ground="spam", reason="Une publicité.")
    assert not Notification.objects.exists()


def test_the_database_refuses_a_restriction_without_ground(initiative, chloe):
    case = {"content": initiative, "verb": "withhold", "reason": "Parce que.", "by": chloe}
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**case)
    Decision.objects.create(**case, ground="spam")


# --- Waiting ---------------------------------------------------------------------------------------------------------


def decided_after(content, hours: float, by) -> None:
    now = timezone.now()
    case = Case.objects.create(content=content, opened_at=now - timedelta(hours=hours), closed_at=now)
    Decision.objects.create(case=case, content=content, verb="publish", reason="Lu.", by=by, made_at=now)


def test_how_long_people_wait_is_the_median_of_the_latest_decisions(chloe, initiative, django_assert_num_queries):
    assert services.waiting_time() is None
    for hours in (1, 2, 30):
        decided_after(initiative, hours, chloe)
    with django_assert_num_queries(1):
        assert services.waiting_time() == timedelta(hours=2)


def test_what_the_filter_decided_alone_says_nothing_of_waiting(alice, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    services.receive_edit(initiative, {"means": LAWFUL}, by=alice)
    assert services.waiting_time() is None


def test_the_next_case_is_the_gravest_then_the_oldest_and_never_ones_own(alice, chloe, denis):
    now = timezone.now()
    hers = new_initiative(chloe)
    old, new, grave = (new_initiative(alice, title=f"Numéro {number}") for number in range(3))
    for content, gravity, age in [(hers, 90, 9), (old, 20, 5), (new, 20, 1), (grave, 80, 2)]:
        Case.objects.create(content=content, gravity=gravity, opened_at=now - timedelta(hours=age))
    first = services.take_next(by=chloe)
    assert first.content == grave
    second = services.take_next(by=chloe, after=first)
    assert second.content == old
    third = services.take_next(by=chloe, after=second)
    assert third.content == new
    assert services.take_next(by=chloe, after=third) is None
    assert services.take_next(by=denis).content == hers
