"""The welcome: on the first, the seventh and the tenth day, one thing each, and never what was done."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.utils import timezone

from initiatives.models import Contribution, CoOrganiser, Initiative, Support
from members.consents import SUPPORT_2026_11, USE_2026_11
from members.models import Consent, Member
from members.services import give_consent
from notifications import delivery
from notifications.models import Notification
from pages.digests.welcoming import STEPS, welcome
from territories.models import ElectionWindow
from tests.pages.digests.evenings import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(vitre) -> Member:
    """She has just signed up."""
    dora = new_member("dora", home_commune=vitre)
    give_consent(dora, USE_2026_11.purpose, version=USE_2026_11.version)
    return dora


@pytest.fixture
def neighbours(alice, vitre) -> None:
    """What is near her home."""
    initiative = new_initiative(alice, vitre, title="Un four à pain")
    new_event(alice, vitre, initiative=initiative, title="Fête du pain")


def support(member: Member, initiative) -> None:
    Support.objects.create(initiative=initiative, member=member, confirmed_at=timezone.now())


def after(days: int):
    return timezone.now() + timedelta(days=days, hours=1)


def told(days: int) -> list[str]:
    """The kinds that newcomers are told on that day, and that leave."""
    welcome(after(days))
    Notification.objects.waiting().update(due_at=timezone.now())
    delivery.deliver_due()
    return list(Notification.objects.filter(sent_at__isnull=False).order_by("id").values_list("kind", flat=True))


def test_three_messages_in_ten_days_each_with_one_act(dora, neighbours, mailoutbox):
    Member.objects.exclude(pk=dora.pk).update(joined_at=timezone.now() - timedelta(days=400))
    assert [told(days) for days in range(13)][-1] == [step.kind for step in STEPS]
    first, meeting, initiative = mailoutbox
    assert "/territoires/35360-vitre/" in first.body and "à Vitré et autour" in first.body
    assert "Fête du pain" in meeting.body and "/evenements/fete-du-pain-" in meeting.body
    assert "Un four à pain" in initiative.body
    for message in mailoutbox:
        [(html, _mime)] = message.alternatives
        assert html.count('class="act"') == 1 and "parce que vous venez de vous inscrire" in message.body


def test_nobody_is_told_what_they_did(dora, alice, neighbours, vitre, rennes):
    Member.objects.exclude(pk=dora.pk).update(joined_at=timezone.now() - timedelta(days=400))
    initiative = Initiative.objects.get()
    support(dora, initiative)
    assert told(1) == []
    initiative.events.get().attendances.create(member=dora)
    assert told(7) == []
    assert told(10) == []


@pytest.mark.parametrize("share", [
    support,
    lambda dora, initiative: Contribution.objects.create(initiative=initiative, author=dora, text="Oui"),
    lambda dora, initiative: new_initiative(dora),
    lambda dora, initiative: new_event(dora, None),
    lambda dora, initiative: CoOrganiser.objects.create(initiative=initiative, member=dora),
])  # fmt: skip
def test_whatever_one_gives_is_shared(dora, initiative, share):
    welcome(after(1))
    assert Notification.objects.filter(recipient=dora).exists()
    Notification.objects.all().delete()
    share(dora, initiative)
    welcome(after(1))
    assert not Notification.objects.filter(recipient=dora).exists()


def test_what_is_done_while_it_waits_is_not_asked(dora, initiative, mailoutbox):
    welcome(after(1))
    row = Notification.objects.get(recipient=dora)
    support(dora, initiative)
    assert not delivery.deliver(row.pk)
    row.refresh_from_db()
    assert row.failure == "plus rien à dire" and not mailoutbox


def test_a_support_far_from_home_follows_nothing_near(dora, alice, rennes, quimper, neighbours):
    far = new_initiative(alice, quimper)
    support(dora, far)
    welcome(after(10))
    assert Notification.objects.filter(recipient=dora, kind="welcome_follow").exists()
    Notification.objects.all().delete()
    support(dora, new_initiative(alice, rennes))
    welcome(after(10))
    assert not Notification.objects.filter(recipient=dora, kind="welcome_follow").exists(), (
        "Rennes is in her département."
    )


def test_nothing_near_leaves_nothing_to_say(dora, mailoutbox):
    welcome(after(7))
    welcome(after(10))
    assert Notification.objects.filter(recipient=dora).count() == 2
    Notification.objects.update(due_at=timezone.now())
    assert delivery.deliver_due() == 0 and not mailoutbox


def test_each_is_told_once_and_not_long_after(dora):
    for _ in range(3):
        welcome(after(1))
    assert Notification.objects.filter(recipient=dora).count() == 1
    welcome(after(5))
    assert Notification.objects.filter(recipient=dora).count() == 1


def test_whoever_only_supported_is_not_welcomed_nor_who_left_nor_the_staff(dora, vitre):
    supporter = new_member("sara", home_commune=vitre)
    give_consent(supporter, SUPPORT_2026_11.purpose, version=SUPPORT_2026_11.version)
    Consent.objects.filter(member=dora).update(withdrawn_at=timezone.now())
    staff = new_member("stan", is_staff=True)
    give_consent(staff, USE_2026_11.purpose, version=USE_2026_11.version)
    welcome(after(1))
    assert not Notification.objects.exists()


def test_where_a_vote_is_near_nobody_is_welcomed(dora, quimper):
    elsewhere = new_member("ewen", home_commune=quimper)
    give_consent(elsewhere, USE_2026_11.purpose, version=USE_2026_11.version)
    vote = ElectionWindow.objects.create(name="Municipale", day=timezone.localdate(after(1)) + timedelta(days=1))
    vote.departments.set(["35"])
    welcome(after(1))
    assert [row.recipient for row in Notification.objects.all()] == [elsewhere]


def test_a_thousand_newcomers_cost_as_many_statements_as_two(vitre, django_assert_num_queries):
    for number in (2, 200):
        Notification.objects.all().delete()
        for member in people(number, vitre):
            give_consent(member, USE_2026_11.purpose, version=USE_2026_11.version)
        with django_assert_num_queries(7):
            welcome(after(1))


def test_a_welcome_is_a_message_and_does_not_ring(dora):
    welcome(after(1))
    assert not Notification.objects.get(recipient=dora).in_bell
    assert client_of(dora).get("/notifications/").status_code == 200
