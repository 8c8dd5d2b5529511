"""What is said is what was done: to authors who left, of edits under a veil, in previews, and of what staff read."""

import re

import pytest
from cast import new_member
from django.contrib.auth.models import Permission
from django.urls import reverse

from initiatives.models import Initiative
from initiatives.services import discussion
from members.models import AccessRecord
from moderation import services
from moderation.models import Appeal, Case
from moderation.services import ContentGone, Contested, judging, notices, redress, sanctioning
from notifications.models import Notification
from notifications.services import preview
from tests.moderation.desk import TELEPHONE, TO_BE_READ, seal, staff_client

pytestmark = pytest.mark.django_db

WHY = {"ground": "insult", "reason": "Une insulte à une personne nommée."}


# --- Somebody left meanwhile -----------------------------------------------------------------------------------------


def test_what_is_decided_on_a_text_whose_author_has_just_left_is_about_nobody(alice, chloe, initiative):
    read = Initiative.objects.select_related("author").get()
    alice.delete()
    decision = services.withhold(read, by=chloe, **WHY)
    seal()
    assert decision.author is None and not Notification.objects.exists()


def test_a_verdict_for_somebody_who_has_just_left_is_given_to_nobody(alice, chloe, denis, initiative):
    appeal = redress.contest(services.withhold(initiative, by=chloe, **WHY), text="Ce n’est pas une insulte.")
    read = Appeal.objects.select_related("decision__author").get()
    alice.delete()
    assert judging.judge(read, by=denis, verdict="upheld", reason="Lu.").pk == appeal.pk
    seal()


def test_nobody_decides_of_an_account_that_has_just_left(bob, chloe, denis):
    said = {"ground": "threat", "reason": "Une menace."}
    measure = sanctioning.propose_suspension(bob, by=chloe, days=7, **said)
    type(bob).objects.filter(pk=bob.pk).delete()
    for act in (
        lambda: sanctioning.warn(bob, by=chloe, **said),
        lambda: sanctioning.confirm(measure, by=denis),
        lambda: sanctioning.drop(measure),
    ):
        with pytest.raises(ContentGone, match="a quitté le site"):
            act()


# --- An edit under a veil, a text given back while it is contested ---------------------------------------------------


def test_an_edit_accepted_under_a_veil_is_not_said_to_be_online(alice, chloe, denis, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    rejected = services.reject_edit(Case.objects.get(), by=chloe, **WHY)
    services.withhold(initiative, by=chloe, **WHY)
    judging.judge(redress.contest(rejected, text="C’est la mairie."), by=denis, verdict="reversed", reason="Oui.")
    for kind in ("edit_published", "appeal_decided"):
        row = Notification.objects.get(kind=kind)
        said = preview(alice, kind=kind, context=row.context)
        assert "acceptée" in said.text and "reste retiré" in said.text
        assert "en ligne" not in said.subject and "rétabli" not in said.text


def test_an_edit_accepted_where_anyone_reads_it_is_said_to_be_online(alice, chloe, denis, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    rejected = services.reject_edit(Case.objects.get(), by=chloe, **WHY)
    judging.judge(redress.contest(rejected, text="C’est la mairie."), by=denis, verdict="reversed", reason="Oui.")
    row = Notification.objects.get(kind="edit_published")
    said = preview(alice, kind=row.kind, context=row.context)
    assert "en ligne" in said.subject and "relue et publiée" in said.text


def test_a_corrected_text_is_published_once_its_appeal_is_judged(alice, chloe, denis, initiative):
    decision = services.withhold(initiative, by=chloe, **WHY)
    services.receive_edit(initiative, {"means": "Une réunion par mois."}, by=alice)
    case = Case.objects.open().get()
    appeal = redress.contest(decision, text="Ce n’était pas une insulte.")
    page = staff_client(denis).get(reverse("admin:moderation_case_change", args=[case.pk])).content.decode()
    assert reverse("admin:moderation_appeal_change", args=[appeal.pk]) in page
    with pytest.raises(Contested):
        services.publish(case, by=denis, reason="Corrigé.")
    with pytest.raises(Contested):
        services.label(case, by=denis, label="Contesté.", **WHY)
    assert Case.objects.open().get() == case and not Initiative.objects.get().is_public
    judging.judge(appeal, by=denis, verdict="upheld", reason="C’en était une.")
    assert services.publish(case, by=denis, reason="Corrigé.").reverses == decision
    assert Initiative.objects.get().is_public


# --- The preview -----------------------------------------------------------------------------------------------------


def without_its_own(text: str) -> str:
    """A message without what ends the addresses that its decision makes."""
    return re.sub(r"decisions/[^/\s]+/", "decisions/…/", text)


def test_the_preview_shows_how_to_contest_as_the_message_does(alice, bob, initiative, as_chloe, chloe):
    discussion.contribute(initiative, by=bob, text=TO_BE_READ)
    case = Case.objects.get()
    typed = {"seen": services.fingerprint(case), **WHY}
    address = reverse("admin:moderation_case_change", args=[case.pk])
    shown = as_chloe.post(address, typed | {"preview": "withhold"}).context["message"]
    services.withhold(case, by=chloe, **WHY)
    row = Notification.objects.get(kind="content_withheld")
    sent = preview(bob, kind=row.kind, context=row.context)
    assert without_its_own(shown.text) == without_its_own(sent.text) and "decisions/" in sent.text
    assert "Contestez cette décision" in shown.text and "Écrivez à" not in shown.text


# --- What staff read -------------------------------------------------------------------------------------------------


def test_reading_in_a_case_what_the_public_does_not_is_written_down(alice, bob, initiative, as_chloe, chloe):
    waiting = discussion.contribute(initiative, by=bob, text=TO_BE_READ)
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    for case in Case.objects.all():
        as_chloe.get(reverse("admin:moderation_case_change", args=[case.pk]))
    assert {record.about for record in AccessRecord.objects.filter(by=chloe)} == {waiting, initiative}
    together = {"action": "decide_together", "_selected_action": [case.pk for case in Case.objects.all()]}
    as_chloe.post(reverse("admin:moderation_case_changelist"), together)
    assert AccessRecord.objects.filter(by=chloe).count() == 4


def test_reading_a_public_text_that_somebody_reported_leaves_no_line(bob, initiative, as_chloe):
    case = notices.report(initiative, by=bob, ground="insult", explanation="Une insulte à la voisine.").case
    as_chloe.get(reverse("admin:moderation_case_change", args=[case.pk]))
    assert not AccessRecord.objects.exists()


def test_the_texts_of_a_contested_decision_are_read_with_a_line(chloe, denis, initiative):
    appeal = redress.contest(services.withhold(initiative, by=chloe, **WHY), text="Ce n’est pas une insulte.")
    staff_client(denis).get(reverse("admin:moderation_appeal_change", args=[appeal.pk]))
    assert AccessRecord.objects.get().about == appeal.decision


def test_searching_measures_by_an_exact_address_is_written_down(bob, as_chloe, chloe):
    sanctioning.warn(bob, by=chloe, **WHY)
    measures = reverse("admin:moderation_sanction_changelist")
    assert "Bob" in as_chloe.get(measures, {"q": bob.email}).content.decode()
    record = AccessRecord.objects.get()
    assert (record.by, record.about) == (chloe, bob) and bob.email not in record.what + record.why
    as_chloe.get(measures, {"q": "bob@"})
    as_chloe.get(measures, {"q": "Bob"})
    assert AccessRecord.objects.count() == 1


def test_members_are_found_by_a_whole_address_alone_and_it_is_written_down(bob):
    root = new_member("racine", is_staff=True, is_superuser=True)
    client, members = staff_client(root), reverse("admin:members_member_changelist")
    assert not client.get(members, {"q": bob.email[:6]}).context["cl"].result_list.filter(email=bob.email)
    assert not AccessRecord.objects.exists()
    assert list(client.get(members, {"q": bob.email}).context["cl"].result_list) == [bob]
    assert AccessRecord.objects.get().about == bob


def test_each_right_of_moderation_is_asked_by_an_act():
    assert not Permission.objects.filter(codename="reset_learnedmodel").exists()
