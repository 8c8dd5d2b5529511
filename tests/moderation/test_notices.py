"""Reporting a content: three steps, no account, one notice each, one case; nothing hides but what a person decides."""

import re

import pytest
from cast import new_member
from django.urls import reverse
from django.utils import timezone

from initiatives.services import discussion
from moderation import services
from moderation.models import Case, Decision, Notice, TrustedFlagger
from moderation.services import notices, standing
from notifications.models import Notification
from tests.moderation.desk import TELEPHONE

pytestmark = pytest.mark.django_db

WHY = "Ce passage menace le maire de la commune, nommément."
WHO = {"name": "Paul Durand", "email": "paul@exemple.fr", "good_faith": "on"}


def address_of(content) -> str:
    return reverse("notice_report", args=[content.notice_slug, content.pk])


def send(client, content, **fields):
    """The last step, with what was typed in the two before."""
    data = {"etape": "3", "wrong": "threat", "about": "content", "explanation": WHY} | WHO | fields
    return client.post(address_of(content), data)


def report(content, *, by=None, ground="threat", **fields) -> Notice:
    who = {} if by else {"name": "Paul Durand", "email": "paul@exemple.fr"}
    return notices.report(content, ground=ground, explanation=WHY, by=by, **(who | fields))


# --- The form --------------------------------------------------------------------------------------------------------


def test_a_visitor_reports_in_three_steps_and_reads_a_reference(visitor, initiative):
    page = visitor.get(address_of(initiative)).content.decode()
    assert 'value="threat"' in page
    page = visitor.post(address_of(initiative), {"etape": "1", "wrong": "threat"}).content.decode()
    assert initiative.full_address in page
    assert '<input type="hidden" name="wrong" value="threat">' in page
    typed = {"etape": "2", "wrong": "threat", "about": "content", "explanation": WHY}
    page = visitor.post(address_of(initiative), typed).content.decode()
    assert f'<input type="hidden" name="explanation" value="{WHY}">' in page
    assert not re.search(r'name="good_faith"[^>]*checked', page)
    answer = visitor.post(address_of(initiative), typed | {"etape": "3"} | WHO, follow=True)
    notice = Notice.objects.get()
    assert re.fullmatch(r"S-\d{4}-[2-9A-Z]{5}", notice.reference)
    assert notice.reference in answer.content.decode()
    assert (notice.content, notice.ground, notice.explanation) == (initiative, "threat", WHY)
    assert (notice.name, notice.email, notice.address) == ("Paul Durand", "paul@exemple.fr", initiative.full_address)


def test_what_was_typed_is_kept_when_one_goes_back(visitor, initiative):
    typed = {
        "wrong": "threat",
        "explanation": WHY,
        "passage": "Il verra bien.",
        "name": "Paul",
        "email": "p@exemple.fr",
    }
    page = visitor.post(address_of(initiative), typed | {"etape": "3", "retour": "1"}).content.decode()
    assert WHY in page and "Il verra bien." in page
    assert '<input type="hidden" name="name" value="Paul">' in page
    page = visitor.post(address_of(initiative), typed | {"etape": "2", "retour": "1"}).content.decode()
    assert re.search(r'value="threat"[^>]*checked', page)
    assert f'<input type="hidden" name="explanation" value="{WHY}">' in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [("explanation", "Trop court."), ("name", ""), ("email", "pas une adresse"), ("good_faith", ""), ("wrong", "")],
)
def test_a_notice_says_why_who_and_in_good_faith(visitor, initiative, field, typed):
    answer = send(visitor, initiative, **{field: typed})
    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode() or field == "wrong"
    assert not Notice.objects.exists()


def test_who_merely_disagrees_is_told_that_criticism_is_allowed_and_nothing_is_kept(visitor, initiative):
    answer = visitor.post(address_of(initiative), {"etape": "1", "wrong": "disagree"})
    assert "La critique est permise" in answer.content.decode()
    assert not Notice.objects.exists() and not Case.objects.exists()


def test_a_member_is_not_asked_who_they_are(as_bob, bob, initiative):
    typed = {"etape": "2", "wrong": "threat", "about": "content", "explanation": WHY}
    page = as_bob.post(address_of(initiative), typed).content.decode()
    assert 'name="email"' not in page and bob.email in page
    as_bob.post(address_of(initiative), typed | {"etape": "3", "good_faith": "on"})
    notice = Notice.objects.get()
    # What the account says is not copied: erased with it, it is nowhere.
    assert (notice.member, notice.name, notice.email) == (bob, "", "")
    assert notice.confirmed_at is not None


def test_what_concerns_minors_is_reported_without_a_name(visitor, initiative, as_bob):
    send(visitor, initiative, wrong="child_abuse_material", name="", email="")
    send(as_bob, initiative, wrong="child_abuse_material", anonymous="on")
    assert [(n.name, n.email, n.member, n.notifier_key) for n in Notice.objects.all()] == [("", "", None, None)] * 2
    assert not Notification.objects.to_addresses().exists()


def test_what_nobody_reads_there_cannot_be_reported(visitor, as_bob, alice, initiative, chloe):
    draft = discussion.contribute(initiative, by=alice, text="Il y faut des bancs.")
    assert visitor.get(address_of(draft)).status_code == 200
    services.withhold(draft, by=chloe, ground="spam", reason="Publicité.")
    for client in (visitor, as_bob):
        assert client.get(address_of(draft)).status_code == 404
        assert client.get(reverse("notice_report", args=["rien", 1])).status_code == 404
        assert client.get(reverse("notice_report", args=["initiative", 999_999])).status_code == 404
    services.withhold(initiative, by=chloe, ground="spam", reason="Publicité.")
    assert visitor.get(address_of(initiative)).status_code == 404


def test_nobody_reports_what_they_wrote(as_alice, initiative):
    answer = send(as_alice, initiative)
    assert answer.status_code == 409
    assert "C’est vous qui l’avez écrit" in answer.content.decode()
    assert not Notice.objects.exists()


# --- One notice each -------------------------------------------------------------------------------------------------


def test_saying_it_again_changes_the_same_notice(initiative):
    first = report(initiative)
    second = notices.report(
        initiative, ground="insult", explanation="En fait, une injure.", name="Paul", email="PAUL@exemple.fr"
    )
    assert first.pk == second.pk
    assert (second.ground, second.explanation) == ("insult", "En fait, une injure.")
    assert Case.objects.count() == 1


def test_who_types_the_address_of_somebody_else_changes_nothing_of_what_they_said(bob, initiative):
    report(initiative, by=bob)
    notices.report(initiative, ground="spam", explanation="Une fausse accusation.", name="Autre", email=bob.email)
    notice = Notice.objects.get()
    assert (notice.ground, notice.explanation, notice.name) == ("threat", WHY, "")
    assert notice.additions == "Une fausse accusation."


def test_the_link_of_the_message_proves_the_address_and_a_get_does_not(visitor, initiative, mailoutbox):
    send(visitor, initiative)
    notice = Notice.objects.get()
    before = notice.strength
    link = notices.path_of(notice)
    assert visitor.get(link).status_code == 200
    notice.refresh_from_db()
    assert notice.confirmed_at is None
    visitor.post(link)
    notice.refresh_from_db()
    assert notice.confirmed_at is not None
    assert notice.strength >= before


def test_a_member_who_was_signed_out_finds_it_among_theirs_once_the_address_is_proved(visitor, as_bob, bob, initiative):
    send(visitor, initiative, email=bob.email)
    notice = Notice.objects.get()
    assert notice.reference not in as_bob.get(reverse("my_notices")).content.decode()
    visitor.post(notices.path_of(notice))
    assert notice.reference in as_bob.get(reverse("my_notices")).content.decode()


def test_what_is_erased_meanwhile_is_said_so(as_bob, alice, initiative, monkeypatch):
    written = initiative.contributions.create(author=alice, text="Un avis.", published_at=timezone.now())
    monkeypatch.setattr(standing, "is_excess", lambda *_args, **_named: bool(written.delete()) and False)
    answer = send(as_bob, written)
    assert answer.status_code == 409
    assert "effacé entre-temps" in answer.content.decode()


def test_the_page_after_the_form_proves_nothing_and_shows_nothing_of_what_was_typed(visitor, initiative, bob):
    report(initiative, by=bob)
    answer = send(visitor, initiative, email=bob.email)
    page = visitor.get(answer.url).content.decode()
    assert WHY not in page and initiative.title not in page
    visitor.post(answer.url)
    assert visitor.get(f"{answer.url}contester/").status_code == 404


# --- What it weighs --------------------------------------------------------------------------------------------------


def test_fifty_new_accounts_move_a_content_up_and_never_hide_it(initiative, bob, alice):
    first = report(initiative, by=bob, ground="spam")
    alone = first.case.gravity if first.case.gravity else Case.objects.get().gravity
    for number in range(50):
        report(initiative, by=new_member(f"nouveau{number}"), ground="spam")
    case = Case.objects.get()
    assert alone < case.gravity <= alone + 8
    initiative.refresh_from_db()
    assert initiative.is_public
    assert not Decision.objects.exists()


def test_a_threat_comes_before_publicity_whatever_its_crowd(initiative, event, bob):
    for number in range(20):
        report(initiative, by=new_member(f"nouveau{number}"), ground="spam")
    report(event, by=bob)
    crowd, threat = (Case.objects.of(content).get().gravity for content in (initiative, event))
    assert threat > crowd


def test_beyond_the_limits_a_notice_is_kept_and_moves_nothing(visitor, initiative, mailoutbox):
    notice = report(initiative, is_excess=True, ground="hate_incitement")
    assert notice.strength == 8
    assert not Notification.objects.to_addresses().exists()
    assert Case.objects.get().gravity == 8


def test_one_address_beyond_its_day_is_heard_and_weighs_nothing(visitor, initiative, monkeypatch):
    monkeypatch.setattr(standing, "PER_ADDRESS_A_DAY", 1)
    first, second = (initiative.contributions.create(text=f"Avis {n}.", published_at=timezone.now()) for n in (1, 2))
    for content in (first, second):
        assert send(visitor, content).status_code == 302
    assert list(Notice.objects.order_by("pk").values_list("is_excess", flat=True)) == [False, True]


def test_one_box_gets_so_many_messages_a_day_and_the_page_still_gives_the_reference(visitor, initiative, monkeypatch):
    monkeypatch.setattr(standing, "MESSAGES_PER_BOX_A_DAY", 1)
    send(visitor, initiative)
    answer = send(visitor, initiative, explanation=f"{WHY} Bis.")
    assert Notice.objects.get().reference in visitor.get(answer.url).content.decode()
    assert Notification.objects.to_addresses().count() == 1


def test_a_proof_is_asked_of_visitors_while_too_much_comes_and_of_no_member(visitor, as_bob, initiative, monkeypatch):
    monkeypatch.setattr(standing, "needs_proof", lambda content, network: True)
    assert "proof_ticket" in send(visitor, initiative).content.decode()
    assert not Notice.objects.exists()
    assert send(as_bob, initiative).status_code == 302


# --- What follows ----------------------------------------------------------------------------------------------------


def test_those_who_reported_are_told_once_and_the_author_never_learns_of_them(
    initiative, bob, alice, chloe, visitor, django_capture_on_commit_callbacks, mailoutbox
):
    with django_capture_on_commit_callbacks(execute=True):
        report(initiative)
        report(initiative, by=bob)
        services.withhold(Case.objects.get(), by=chloe, ground="threat", reason="Une menace nominative.")
    told = {message.to[0]: message for message in mailoutbox if "notre décision" in message.subject}
    assert set(told) == {"paul@exemple.fr", bob.email}
    assert all("n’est plus visible" in message.body for message in told.values())
    assert not any("nominative" in message.body for message in told.values())
    assert {n.outcome for n in Notice.objects.all()} == {"acted"}
    assert Decision.objects.get(verb="withhold").source == "notice"
    to_alice = [message for message in mailoutbox if message.to == [alice.email]]
    assert to_alice and not any("ignal" in message.body for message in to_alice)


def test_when_nothing_is_done_they_read_why_and_how_to_contest(
    initiative, bob, alice, chloe, django_capture_on_commit_callbacks, mailoutbox
):
    with django_capture_on_commit_callbacks(execute=True):
        report(initiative, by=bob)
        services.publish(Case.objects.get(), by=chloe, reason="Une colère, pas une menace.")
    [message] = [message for message in mailoutbox if "notre décision" in message.subject]
    assert "Une colère, pas une menace." in message.body
    assert "Contestez" in message.body and "article 21" in message.body
    assert Notice.objects.get().outcome == "kept"
    assert not [message for message in mailoutbox if message.to == [alice.email]]


def test_an_edit_that_passes_the_filter_leaves_the_notices_to_a_person(initiative, alice, bob):
    report(initiative, by=bob)
    services.receive_edit(initiative, {"summary": "Un autre résumé, tout à fait licite."}, by=alice)
    case = Case.objects.get()
    assert case.closed_at is None
    assert Notice.objects.get().is_open


def test_an_edit_that_its_author_takes_back_leaves_the_case_to_the_notices(initiative, alice, bob):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    report(initiative, by=bob)
    services.receive_edit(initiative, {"means": "Une remorque et des gants."}, by=alice)
    case = Case.objects.get()
    assert (case.closed_at, case.proposed, case.rule, case.ground) == (None, {}, "", "threat")
    assert case.gravity == case.noticed
    assert Notice.objects.get().is_open


def test_a_text_that_the_filter_queues_again_keeps_the_gravity_of_its_notices(initiative, alice, bob):
    notice = report(initiative, by=bob)
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    case = Case.objects.get()
    assert case == notice.case and case.proposed
    assert case.gravity >= case.noticed > 50


def test_a_decision_on_an_edit_leaves_the_notices_on_the_public_text_in_a_case_of_their_own(
    initiative, alice, bob, chloe
):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    report(initiative, by=bob)
    first = Case.objects.get()
    services.reject_edit(first, by=chloe, ground="exposure_of_person", reason="Un numéro privé.")
    notice = Notice.objects.get()
    assert notice.is_open and notice.case != first
    assert notice.case.closed_at is None and not notice.case.is_edit
    assert notice.case.opened_at == notice.made_at


def test_what_its_author_erases_answers_the_notices(initiative, alice, bob, mailoutbox):
    written = discussion.contribute(initiative, by=alice, text="Il y faut des bancs.")
    report(written, by=bob)
    discussion.erase(written, by=alice)
    notice = Notice.objects.get()
    assert notice.outcome == "gone"
    assert Decision.objects.get().automated


def test_the_source_of_a_decision_is_a_trusted_flagger_when_one_said_it(initiative, bob, chloe):
    TrustedFlagger.objects.create(member=bob, body="Une association agréée")
    notice = report(initiative, by=bob)
    assert notice.is_trusted and notice.strength == 90
    services.withhold(Case.objects.get(), by=chloe, ground="threat", reason="Une menace.")
    assert Decision.objects.get().source == "trusted"


def test_unfounded_notices_weigh_less_only_after_a_warning(event, initiative, alice, bob, chloe, mailoutbox):
    def unfounded(content) -> bool:
        notice = report(content, by=bob, ground="hate_incitement")
        services.publish(notice.case, by=chloe, reason="Rien de tel.")
        return notices.mark_unfounded(notice, by=chloe)

    texts = [discussion.contribute(initiative, by=alice, text=f"Un avis, le numéro {n}.") for n in range(6)]
    assert [unfounded(text) for text in texts[:3]] == [False, False, True]
    assert Notification.objects.to_addresses().filter(kind="notice_warning").count() == 1
    assert report(event, by=bob, ground="hate_incitement").strength > 50
    assert [unfounded(text) for text in texts[3:5]] == [False, False]
    assert report(texts[5], by=bob, ground="hate_incitement").strength == 16
