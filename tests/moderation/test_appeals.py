"""Contesting a decision: six months, both sides, somebody else than who took it."""

from datetime import timedelta

import pytest
from cast import new_member
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives.services import supports
from moderation import services
from moderation.models import REDRESS, Appeal, Case, Decision, Notice
from moderation.services import judging, notices, redress, sanctioning
from moderation.services.redress import AppealRefused
from moderation.services.refusals import AlreadyDecided, OwnContent, ReasonMissing
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE, staff_client

pytestmark = pytest.mark.django_db

WHY = "Je critiquais une politique, pas une personne."


@pytest.fixture
def withheld(initiative, chloe) -> Decision:
    return services.withhold(initiative, by=chloe, ground="insult", reason="Une injure à la voisine.")


@pytest.fixture
def kept(initiative, bob, chloe) -> Notice:
    """Bob reported it, and Chloé left it in place."""
    notice = notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=bob)
    services.publish(notice.case, by=chloe, reason="Une critique vive, rien de plus.")
    notice.refresh_from_db()
    return notice


def long_ago(decision: Decision) -> None:
    """The log is written once: its dates are moved in a copy that no trigger watches."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE moderation_decision SET made_at = %s WHERE id = %s",
            [timezone.now() - REDRESS - timedelta(days=1), decision.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


# --- On screen -------------------------------------------------------------------------------------------------------


def test_an_author_contests_by_the_link_of_the_message_without_a_session(
    visitor, alice, initiative, chloe, django_capture_on_commit_callbacks, mailoutbox
):
    with django_capture_on_commit_callbacks(execute=True):
        decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure.")
    link = redress.path_of(decision)
    [message] = [message for message in mailoutbox if message.to == [alice.email]]
    assert link in message.body
    page = visitor.get(link).content.decode()
    assert "Une injure." in page and "Contester" in page
    answer = visitor.post(link, {"text": WHY}, follow=True)
    appeal = Appeal.objects.get()
    assert appeal.reference in answer.content.decode()
    assert (appeal.decision, appeal.member, appeal.text, appeal.notice) == (decision, alice, WHY, None)


def test_a_decision_is_contested_once_by_its_author(visitor, withheld):
    for _ in range(2):
        visitor.post(redress.path_of(withheld), {"text": WHY})
    assert Appeal.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(decision=withheld, reference="R-2026-AAAAA", text="Encore.")


def test_six_months_later_it_cannot_be_contested(visitor, withheld):
    long_ago(withheld)
    withheld.refresh_from_db()
    assert "ne peut plus être contestée" in visitor.get(redress.path_of(withheld)).content.decode()
    with pytest.raises(AppealRefused):
        redress.contest(withheld, text=WHY)
    assert visitor.post(redress.path_of(withheld), {"text": WHY}).status_code == 409


def test_what_restricts_nobody_has_no_page(visitor, alice, chloe, withheld):
    restored = services.restore(withheld.content, by=chloe, reason="Une erreur.")
    assert visitor.get(redress.path_of(restored)).status_code == 410
    assert visitor.get(reverse("decision", args=["forged"])).status_code == 410


def test_who_reported_contests_that_nothing_was_done(visitor, bob, kept):
    page = visitor.get(notices.path_of(kept)).content.decode()
    assert "Une critique vive" in page
    contest = reverse("notice_contest", args=[notices.token_of(kept)])
    assert visitor.get(contest).status_code == 200
    visitor.post(contest, {"text": "Relisez la troisième phrase."})
    appeal = Appeal.objects.get()
    assert (appeal.notice, appeal.member, appeal.decision) == (kept, bob, kept.decision)
    assert appeal.reference in visitor.get(notices.path_of(kept)).content.decode()


def test_who_obtained_a_measure_has_nothing_to_contest(visitor, bob, initiative, chloe):
    notice = notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=bob)
    services.withhold(notice.case, by=chloe, ground="insult", reason="Une injure.")
    notice.refresh_from_db()
    assert "Contester" not in visitor.get(notices.path_of(notice)).content.decode()
    with pytest.raises(AppealRefused):
        redress.contest_answer(notice, text="Encore.")


def test_one_sees_ones_own_decisions_and_notices_and_nobody_elses(as_alice, as_bob, withheld):
    assert redress.path_of(withheld) in as_alice.get(reverse("my_decisions")).content.decode()
    assert redress.path_of(withheld) not in as_bob.get(reverse("my_decisions")).content.decode()


def test_lists_of_ones_own_cost_the_same_with_two_rows_or_fifteen(
    as_alice, alice, as_bob, bob, initiative, chloe, django_assert_num_queries
):
    def more(count: int) -> None:
        for number in range(count):
            text = f"Un avis, le numéro {number} sur {count}."
            written = initiative.contributions.create(author=alice, text=text, published_at=timezone.now())
            notices.report(written, ground="insult", explanation="Une injure à la voisine.", by=bob)
            redress.contest(services.withhold(written, by=chloe, ground="insult", reason="Une injure."), text=WHY)

    lists = ((as_alice, "my_decisions", 5), (as_bob, "my_notices", 4))
    for count in (2, 13):
        more(count)
        for client, name, bill in lists:
            # What sort of row each is, is asked for once by each process.
            client.get(reverse(name))
            with django_assert_num_queries(bill):
                client.get(reverse(name))


# --- Judging ---------------------------------------------------------------------------------------------------------


def test_who_decided_does_not_judge_nor_who_has_a_part_in_it(alice, bob, chloe, denis, withheld):
    appeal = redress.contest(withheld, text=WHY)
    for judge in (chloe, alice):
        with pytest.raises(OwnContent):
            judging.judge(appeal, by=judge, verdict="upheld", reason="Non.")
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.update(verdict="upheld", reason="Non.", by=judge, decided_at=timezone.now())
    judging.judge(appeal, by=denis, verdict="upheld", reason="L’injure est claire.")


def test_neither_of_the_two_who_suspended_an_account_judges_its_appeal(alice, chloe, denis):
    measure = sanctioning.propose_suspension(alice, by=chloe, ground="threat", reason="Une menace.", days=3)
    suspension = sanctioning.confirm(measure, by=denis).decision
    appeal = redress.contest(suspension, text=WHY)
    for judge in (chloe, denis):
        with pytest.raises(OwnContent):
            judging.judge(appeal, by=judge, verdict="upheld", reason="La menace est claire.")
        shown = staff_client(judge).get(reverse("admin:moderation_appeal_change", args=[appeal.pk]))
        assert not shown.context["may_judge"]
    third = new_member("third", is_staff=True)
    judging.judge(appeal, by=third, verdict="upheld", reason="La menace est claire.")


def test_a_moderator_who_reported_it_does_not_judge_the_appeal_of_its_author(initiative, chloe, denis):
    notice = notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=denis)
    decision = services.withhold(notice.case, by=chloe, ground="insult", reason="Une injure.")
    appeal = redress.contest(decision, text=WHY)
    with pytest.raises(OwnContent):
        judging.judge(appeal, by=denis, verdict="upheld", reason="L’injure est claire.")
    shown = staff_client(denis).get(reverse("admin:moderation_appeal_change", args=[appeal.pk]))
    assert not shown.context["may_judge"]
    judging.judge(appeal, by=new_member("third", is_staff=True), verdict="upheld", reason="L’injure est claire.")


def test_an_appeal_is_never_decided_by_a_machine(withheld):
    redress.contest(withheld, text=WHY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.update(verdict="upheld", reason="Règle 12.", decided_at=timezone.now())


def test_a_verdict_does_not_change(denis, withheld):
    appeal = judging.judge(redress.contest(withheld, text=WHY), by=denis, verdict="upheld", reason="Claire.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.update(verdict="reversed")
    with pytest.raises(AlreadyDecided):
        judging.judge(appeal, by=denis, verdict="reversed", reason="Finalement non.")


def test_a_reversal_gives_back_the_content_its_supports_and_its_address(visitor, alice, bob, denis, initiative, chloe):
    supports.support(initiative, by=bob)
    before = visitor.get(initiative.get_absolute_url()).status_code
    decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure.")
    assert visitor.get(initiative.get_absolute_url()).status_code != before
    appeal = judging.judge(redress.contest(decision, text=WHY), by=denis, verdict="reversed", reason="Une critique.")
    initiative.refresh_from_db()
    assert initiative.is_public and initiative.supports.confirmed().count() == 1
    assert visitor.get(initiative.get_absolute_url()).status_code == before
    assert (appeal.outcome.verb, appeal.outcome.source, appeal.outcome.reverses) == ("restore", "appeal", decision)
    told = Notification.objects.filter(recipient=alice).values_list("kind", flat=True)
    assert {"appeal_received", "appeal_decided", "content_restored"} <= set(told)


def test_a_removal_is_reversed_on_appeal(denis, initiative, chloe):
    decision = services.remove(initiative, by=chloe, ground="insult", reason="Une injure.")
    judging.judge(redress.contest(decision, text=WHY), by=denis, verdict="reversed", reason="Une critique.")
    initiative.refresh_from_db()
    assert initiative.is_public


def test_a_refused_edit_is_published_on_appeal(alice, denis, initiative, chloe):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    case = Case.objects.get()
    decision = services.reject_edit(case, by=chloe, ground="exposure_of_person", reason="Un numéro privé.")
    judging.judge(redress.contest(decision, text=WHY), by=denis, verdict="reversed", reason="C’est la mairie.")
    initiative.refresh_from_db()
    assert initiative.means == TELEPHONE


def test_a_reversal_does_not_lift_what_was_decided_since(denis, initiative, chloe, withheld):
    services.restore(initiative, by=denis, reason="Une erreur.")
    services.withhold(initiative, by=chloe, ground="threat", reason="Une menace, ajoutée depuis.")
    appeal = redress.contest(withheld, text=WHY)
    judged = judging.judge(appeal, by=denis, verdict="reversed", reason="La première décision était fausse.")
    initiative.refresh_from_db()
    assert not initiative.is_public
    assert judged.outcome is None


def test_on_the_side_of_who_reported_a_reversal_withholds_and_tells_the_others(
    initiative, alice, bob, chloe, denis, django_capture_on_commit_callbacks, mailoutbox
):
    dan, eve = new_member("dan"), new_member("eve")
    made = [
        notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=member)
        for member in (bob, dan, eve)
    ]
    services.publish(made[0].case, by=chloe, reason="Rien de tel.")
    for notice in made:
        notice.refresh_from_db()
    appeals = [redress.contest_answer(notice, text="Relisez la fin.") for notice in made[:2]]
    with pytest.raises(ReasonMissing):
        judging.judge(appeals[0], by=denis, verdict="reversed", reason="En effet.")
    with django_capture_on_commit_callbacks(execute=True):
        judging.judge(appeals[0], by=denis, verdict="reversed", reason="En effet.", ground="insult")
    initiative.refresh_from_db()
    assert not initiative.is_public
    assert {appeal.verdict for appeal in Appeal.objects.all()} == {"reversed"}
    subjects = {message.to[0]: message.subject for message in mailoutbox if "R-" in message.subject}
    assert set(subjects) == {bob.email, dan.email}
    assert any(message.to == [eve.email] and "a changé" in message.subject for message in mailoutbox)
    assert any(message.to == [alice.email] and "n’est pas visible" in message.subject for message in mailoutbox)


def test_those_who_reported_hear_that_their_measure_was_reversed(
    initiative, bob, chloe, denis, django_capture_on_commit_callbacks, mailoutbox
):
    notice = notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=bob)
    decision = services.withhold(notice.case, by=chloe, ground="insult", reason="Une injure.")
    with django_capture_on_commit_callbacks(execute=True):
        judging.judge(redress.contest(decision, text=WHY), by=denis, verdict="reversed", reason="Une critique.")
    [message] = [message for message in mailoutbox if message.to == [bob.email] and "a changé" in message.subject]
    assert "de nouveau en ligne" in message.body


# --- Forgetting ------------------------------------------------------------------------------------------------------


def test_who_reported_is_forgotten_six_months_after_the_answer_unless_they_contest(kept, bob):
    Notice.objects.update(answered_at=timezone.now() - REDRESS - timedelta(days=1))
    Notice.objects.update(name="Paul", email="paul@exemple.fr")
    Appeal.objects.create(decision=kept.decision, notice=kept, reference="R-2026-AAAAA", text="Relisez.")
    assert notices.forget_notifiers() == 0
    Appeal.objects.all().delete()
    assert notices.forget_notifiers() == 1
    kept.refresh_from_db()
    assert (kept.name, kept.email) == ("", "")
    assert kept.notifier_key is not None
    Notice.objects.update(answered_at=timezone.now() - 2 * REDRESS - timedelta(days=1))
    notices.forget_notifiers()
    kept.refresh_from_db()
    assert (kept.notifier_key, kept.member) == (None, None)
