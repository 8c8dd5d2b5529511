"""A court asks that somebody's data be kept; and who had published something, once the account is closed."""

from datetime import timedelta

import pytest
from cast import new_event, new_initiative, new_member
from django.test import Client
from django.utils import timezone

from events.models import EventLetter, EventMessage
from events.services import letters as event_letters
from events.services import messaging
from initiatives.models import Contribution, Letter
from initiatives.services import letters
from members.models import AccessRecord, ClosedIdentity, Departure, LegalHold, Member
from members.rights import leaving
from moderation.models import Case, Decision, Notice
from moderation.services import auditing, notices
from notifications.models import Notification
from tests.members.door import sign_in_staff

LONG_AGO = timedelta(days=1000)


@pytest.fixture
def root(db) -> Member:
    return new_member("root", is_staff=True, is_superuser=True)


@pytest.fixture
def as_root(root) -> Client:
    client = Client()
    sign_in_staff(client, root)
    return client


@pytest.mark.parametrize("is_held", [True, False])
def test_what_has_done_its_time_is_erased_but_of_who_is_held(alice, bob, chloe, vitre, is_held):
    old = timezone.now() - LONG_AGO
    initiative, event = new_initiative(alice), new_event(bob, vitre)
    Letter.objects.create(initiative=initiative, member=bob, author=bob, text="Bonjour", sent_at=old)
    EventLetter.objects.create(event=event, member=bob, author=bob, text="Bonjour", sent_at=old)
    EventMessage.objects.create(event=event, author=bob, text="À demain", day=old.date())
    Notification.objects.create(recipient=bob, kind="letter_answered", key="a", context={}, created_at=old)
    about = Contribution.objects.create(initiative=initiative, author=bob, text="Non")
    decided = Decision.objects.create(
        content=about, verb="publish", reason="Lu.", author=bob, texts={"text": "Non"}, made_at=old
    )
    notice = Notice.objects.create(
        reference="S-2026-00001",
        content=about,
        case=about_case(about),
        ground="insult",
        explanation="e",
        address="/x",
        member=bob,
        notifier_key=b"k" * 32,
        answered_at=old,
        outcome="kept",
        decision=decided,
    )
    if is_held:
        leaving.hold(bob, "Réquisition", by=chloe)
    letters.forget_letters()
    event_letters.forget()
    messaging.forget()
    auditing.forget_decided_texts()
    notices.forget_notifiers()
    for model in (Letter, EventLetter, EventMessage, Notification):
        assert model.objects.exists() == is_held, model
    decided.refresh_from_db()
    notice.refresh_from_db()
    assert bool(decided.texts) == is_held
    assert (notice.member == bob) == is_held


def about_case(content) -> Case:
    now = timezone.now()
    return Case.objects.create(content=content, opened_at=now, closed_at=now)


def test_a_superuser_writes_a_hold_down_and_lifts_it(as_root, root, bob):
    as_root.post("/admin/members/legalhold/add/", {"member": bob.pk, "reason": "Tribunal de Rennes"})
    [hold] = LegalHold.objects.all()
    assert (hold.member, hold.by, hold.lifted_at) == (bob, root, None)
    page = as_root.get("/admin/members/legalhold/").content.decode()
    assert "Tribunal de Rennes" in page and bob.email not in page
    as_root.post("/admin/members/legalhold/", {"action": "lift", "_selected_action": [hold.pk]})
    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_who_had_published_is_found_on_a_reason_that_is_written_down(as_root, root, alice, bob):
    said = Contribution.objects.create(
        initiative=new_initiative(alice), author=bob, text="Oui", published_at=timezone.now()
    )
    address = bob.email
    departure, _is_new = leaving.leave(bob, Departure.Wish.ANONYMISE)
    Departure.objects.update(ends_at=timezone.now(), asked_at=timezone.now() - Departure.UNDONE_WITHIN)
    assert leaving.finish(departure.pk)
    assert address not in as_root.get("/admin/members/closedidentity/").content.decode()
    path = "/admin/members/closedidentity/chercher/"
    assert as_root.get(path).status_code == 200
    assert address not in as_root.post(path, {"content": f"initiatives.contribution {said.pk}"}).content.decode()
    assert not AccessRecord.objects.filter(what__startswith="identité").exists()
    asked = {"content": f"initiatives.contribution {said.pk}", "reason": "Réquisition 2026/12"}
    answer = as_root.post(path, asked)
    assert address in answer.content.decode() and "no-store" in answer["Cache-Control"]
    [reading] = AccessRecord.objects.filter(what__startswith="identité")
    assert reading.by == root and reading.why == "Réquisition 2026/12" and ClosedIdentity.objects.count() == 1
    assert "Rien de tel" in as_root.post(path, {"email": "x@exemple.fr", "reason": "r"}).content.decode()


def test_nobody_else_opens_it(chloe):
    client = Client()
    sign_in_staff(client, chloe)
    for path in ("closedidentity/chercher/", "legalhold/", "legalhold/add/", "closedidentity/", "departure/"):
        assert client.get(f"/admin/members/{path}").status_code == 403, path
