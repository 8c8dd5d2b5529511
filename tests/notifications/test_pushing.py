"""From the outbox to the devices of a member: encrypted, once for each, and no more than the bell says."""

import base64
import json
from datetime import datetime, time, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest
from cast import new_event, new_member
from django.utils import timezone

from core import mail
from members.services import end_session, see_session
from notifications import pace, pushing, services, vapid
from notifications.kinds import KINDS
from notifications.models import Notification, Preference, Push, PushSubscription
from notifications.services import devices
from tests.notifications.services_of_browsers import push_service

pytestmark = pytest.mark.django_db

SAID = {"title": "Un verger", "new": 3, "missing": 0, "url": "/initiatives/un-verger-1/"}


@pytest.fixture
def service(settings):
    settings.PUSH_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.VAPID_PRIVATE_KEY = vapid.new_key()
    settings.CONTACT_EMAIL = "contact@possibles.example"
    with push_service() as service:
        yield service


def turn_on(member, browser, *, session: str = "") -> PushSubscription:
    return devices.enable(
        member,
        session_key=session or f"session-{browser.endpoint[-20:]}",
        user_agent="Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0",
        **browser.subscription,
    )


def tell(member, number: int = 1, **said) -> None:
    services.tell(member, kind="initiative_supported", key=f"supports-{number}", context=SAID, **said)


def test_each_device_is_told_once_of_what_happened(alice, bob, service):
    phone, laptop, other = service.browser("phone"), service.browser("laptop"), service.browser("other")
    turn_on(alice, phone)
    turn_on(alice, laptop)
    turn_on(bob, other)
    tell(alice)
    assert pushing.push_due() == 2
    assert pushing.push_due() == 0
    tell(alice)
    assert pushing.push_due() == 0
    assert len(phone.told) == len(laptop.told) == 1
    assert other.told == []
    assert not Push.objects.exists()


def test_what_is_said_is_the_name_of_the_site_and_what_the_bell_says(alice, service, settings):
    phone = service.browser("phone")
    turn_on(alice, phone)
    tell(alice)
    pushing.push_due()
    [said] = phone.told
    row = Notification.objects.get()
    assert said["title"] == settings.SITE_NAME
    kind = KINDS[row.kind]
    assert said["body"] == kind.headline(mail.site() | kind.fill(row.context, alice)) != ""
    assert said["url"] == f"/notifications/{row.pk}/ouvrir/"
    assert said.keys() == {"title", "body", "url", "tag", "length", "headers"}


def test_the_service_reads_neither_what_is_said_nor_how_long_it_is_nor_who_hears_of_the_same_thing(alice, bob, service):
    phones = [service.browser("alice"), service.browser("bob")]
    for member, phone in zip([alice, bob], phones, strict=True):
        turn_on(member, phone)
        tell(member, about="initiatives.initiative 1")
    pushing.push_due()
    headers = [phone.told[0]["headers"] for phone in phones]
    assert headers[0]["Topic"] != headers[1]["Topic"]
    assert headers[0]["Content-Length"] == headers[1]["Content-Length"]
    assert {phone.told[0]["length"] % 512 for phone in phones} == {0}
    ours = {"Content-Type", "Content-Encoding", "TTL", "Topic", "Authorization"}
    assert headers[0].keys() == ours | {"Host", "Accept-Encoding", "Content-Length"}
    claims = headers[0]["Authorization"].split("t=")[1].split(",")[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert claims["sub"] == "mailto:contact@possibles.example"
    assert claims["aud"] == service.url


def test_the_last_thing_about_one_object_takes_the_place_of_the_former_on_the_screen(alice, service):
    phone = service.browser("phone")
    turn_on(alice, phone)
    tell(alice, 1, about="initiatives.initiative 1")
    tell(alice, 2, about="initiatives.initiative 1")
    tell(alice, 3, about="initiatives.initiative 2")
    pushing.push_due()
    tags = sorted(said["tag"] for said in phone.told)
    assert len(set(tags)) == 2
    assert all(said["headers"]["Topic"] == said["tag"] and len(said["tag"]) == 32 for said in phone.told)


# --- Who is told -----------------------------------------------------------------------------------------------------


def test_what_was_there_before_the_device_is_not_told_to_it(alice, service):
    tell(alice)
    phone = service.browser("phone")
    turn_on(alice, phone)
    assert pushing.push_due() == 0


@pytest.mark.parametrize(("kind", "choice", "is_told"), [
    ("initiative_supported", None, True),
    ("initiative_supported", "never", False),
    ("update_published", None, False),
    ("update_published", "now", True),
])  # fmt: skip
def test_a_device_hears_of_what_would_be_a_message_unless_its_member_chose_otherwise(
    alice, service, kind, choice, is_told
):
    phone = service.browser("phone")
    turn_on(alice, phone)
    if choice:
        Preference.objects.create(member=alice, kind=kind, channel="push", choice=choice)
    said = SAID | {"update_title": "Des nouvelles", "initiative_title": "Un verger", "excerpt": "Bonjour."}
    services.tell(alice, kind=kind, key="x", context=said)
    assert pushing.push_due() == int(is_told)


def test_what_is_essential_goes_to_the_mailbox_and_not_to_a_screen(alice, service):
    turn_on(alice, service.browser("phone"))
    services.tell(alice, kind="account_warned", key="x", context=SAID)
    assert pushing.push_due() == 0


def test_what_was_read_meanwhile_or_taken_back_is_not_said(alice, service):
    phone = service.browser("phone")
    turn_on(alice, phone)
    tell(alice, 1)
    tell(alice, 2)
    tell(alice, 3)
    pushing._hand_out()
    Notification.objects.filter(key="supports-1").update(seen_at=timezone.now())
    services.take_back("supports-2")
    assert pushing.push_due() == 1
    assert len(phone.told) == 1


def test_what_is_not_true_any_more_is_not_said(alice, bob, vitre, service):
    phone = service.browser("phone")
    turn_on(bob, phone)
    event = new_event(alice, vitre)
    said = event.message_context | {"initiative_title": "", "stands": event.stands}
    services.tell(bob, kind="event_announced", key="x", context=said)
    event.cancelled_at = timezone.now()
    event.save()
    assert pushing.push_due() == 0
    assert not Push.objects.exists()


def test_what_waited_for_a_day_is_told_by_the_bell_alone(alice, service):
    phone = service.browser("phone")
    turn_on(alice, phone)
    tell(alice)
    Notification.objects.update(push_due_at=timezone.now() - pushing.LIFE - timedelta(seconds=1))
    assert pushing.push_due() == 0
    assert not Push.objects.exists()


def test_the_service_keeps_it_for_what_is_left_of_the_day(alice, service):
    phone = service.browser("phone")
    turn_on(alice, phone)
    tell(alice)
    Notification.objects.update(push_due_at=timezone.now() - timedelta(hours=23))
    pushing.push_due()
    assert 3500 < int(phone.told[0]["headers"]["TTL"]) <= 3600


def test_nobody_is_woken_up_but_for_what_begins_within_a_day(alice, vitre, service, monkeypatch):
    monkeypatch.setattr(pace, "QUIET_FROM", time(22))
    monkeypatch.setattr(pace, "QUIET_UNTIL", time(7))
    phone = service.browser("phone")
    turn_on(alice, phone)
    night = datetime(2026, 11, 24, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr(timezone, "now", lambda: night)
    event = new_event(alice, vitre, starts_at=night + timedelta(hours=20))
    event.refresh_from_db()
    said = event.message_context | {"initiative_title": "", "stands": event.stands}
    services.tell(alice, kind="event_moved", key="x", context=said | {"was": "hier"})
    tell(alice)
    assert pushing.push_due() == 1
    waiting = Push.objects.get()
    assert waiting.notification.key == "supports-1"
    assert waiting.due_at == datetime(2026, 11, 25, 7, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr(timezone, "now", lambda: waiting.due_at)
    assert pushing.push_due() == 1
    assert len(phone.told) == 2


def test_somebody_who_left_or_signed_out_is_not_told(alice, bob, service):
    turn_on(alice, service.browser("alice"), session="of-alice")
    turn_on(bob, service.browser("bob"))
    tell(alice)
    tell(bob)
    pushing._hand_out()
    end_session(alice.sessions.get())
    bob.is_active = False
    bob.save()
    assert pushing.push_due() == 0
    assert not Push.objects.exists()
    assert PushSubscription.objects.count() == 1


def test_without_a_key_nothing_is_pushed(alice, service, settings):
    turn_on(alice, service.browser("phone"))
    tell(alice)
    settings.VAPID_PRIVATE_KEY = ""
    assert pushing.push_due() == 0
    assert service.asked == []


# --- What services answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_no_more_is_forgotten(alice, service, status):
    turn_on(alice, service.browser("gone"))
    kept = turn_on(alice, service.browser("kept"))
    service.answers["/gone"] = status, {}
    tell(alice)
    assert pushing.push_due() == 1
    assert list(PushSubscription.objects.all()) == [kept]
    assert not Push.objects.exists()


def test_a_service_that_takes_nothing_is_asked_again_when_it_said_and_the_others_are_told(alice, service, monkeypatch):
    monkeypatch.setattr(pushing, "LINES", 1)
    for number in range(3):
        turn_on(new_member(f"membre{number}"), service.browser(f"busy{number}"))
        service.answers[f"/busy{number}"] = 429, {"Retry-After": "600"}
    with push_service() as other:
        phone = other.browser("phone")
        turn_on(alice, phone)
        for subscription in PushSubscription.objects.select_related("session__member"):
            tell(subscription.session.member)
        assert pushing.push_due() == 1
    assert len(phone.told) == 1
    assert len(service.asked) == 1, "the rest of them were not tried"
    waits = [push.due_at - timezone.now() for push in Push.objects.all()]
    assert len(waits) == 3
    assert all(timedelta(minutes=9) < wait <= timedelta(minutes=10) for wait in waits)
    assert sorted(Push.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    service.answers.clear()
    Push.objects.update(due_at=timezone.now())
    assert pushing.push_due() == 3
    assert not PushSubscription.objects.exclude(failing_since=None).exists()


def test_what_is_said_again_takes_the_place_of_what_was_perhaps_said(alice, service):
    turn_on(alice, service.browser("phone"))
    service.answers["/phone"] = 500, {}
    for number in (1, 2):
        tell(alice, number)
    pushing.push_due()
    service.answers.clear()
    Push.objects.update(due_at=timezone.now())
    assert pushing.push_due() == 2
    assert sorted(service.topics[:2]) == sorted(service.topics[2:])
    assert len(set(service.topics)) == 2


def test_a_service_that_slows_gets_fewer_pushes_a_sweep_and_what_was_claimed_is_given_back(service, monkeypatch):
    monkeypatch.setattr(pushing, "SWEEP", timedelta(seconds=0.5))
    monkeypatch.setattr(pushing, "LINES", 1)
    service.pause = 0.2
    for number in range(12):
        turn_on(new_member(f"membre{number}"), service.browser(f"{number}"))
    ids = [row.session.member_id for row in PushSubscription.objects.select_related("session")]
    services.tell_many(ids, kind="initiative_supported", key="a", context=SAID)
    taken = pushing.push_due()
    assert 1 <= taken <= 4
    assert Push.objects.filter(claimed_at=None, attempts=0).count() == 12 - taken
    service.pause = 0
    assert pushing.push_due() == 12 - taken
    assert [len(browser.told) for browser in service.browsers.values()] == [1] * 12


def test_what_a_service_will_never_take_is_given_up(alice, service):
    turn_on(alice, service.browser("phone"))
    service.answers["/phone"] = 413, {}
    tell(alice)
    assert pushing.push_due() == 0
    assert not Push.objects.exists()
    assert PushSubscription.objects.exists()


def test_after_the_last_attempt_it_is_given_up_and_after_two_weeks_the_device_is(alice, service):
    turn_on(alice, service.browser("phone"))
    service.answers["/phone"] = 503, {}
    tell(alice)
    for _ in range(pushing.MAX_ATTEMPTS):
        pushing.push_due()
        Push.objects.update(due_at=timezone.now())
    assert len(service.asked) == pushing.MAX_ATTEMPTS
    assert not Push.objects.exists()
    device = PushSubscription.objects.get()
    assert timezone.now() - device.failing_since < timedelta(minutes=1)
    PushSubscription.objects.update(failing_since=timezone.now() - pushing.FORGET_AFTER - timedelta(seconds=1))
    tell(alice, 2)
    pushing.push_due()
    assert not PushSubscription.objects.exists()


def test_a_device_whose_address_leads_into_a_house_is_forgotten(alice, service, settings):
    turn_on(alice, service.browser("phone"))
    tell(alice)
    settings.PUSH_NETWORKS = []
    assert pushing.push_due() == 0
    assert service.asked == []
    assert not PushSubscription.objects.exists()


def test_neither_the_address_of_a_device_nor_what_it_is_told_is_logged(alice, service, caplog):
    caplog.set_level("DEBUG")
    turn_on(alice, service.browser("secret-phone"))
    service.answers["/secret-phone"] = 403, {}
    tell(alice)
    pushing.push_due()
    assert "403" in caplog.text
    assert "secret-phone" not in caplog.text
    assert "verger" not in caplog.text


def test_what_we_cannot_make_keeps_nothing_from_the_others(alice, bob, service, caplog):
    turn_on(alice, service.browser("alice"))
    turn_on(bob, service.browser("bob"))
    tell(alice)
    tell(bob)
    Notification.objects.filter(recipient=alice).update(kind="unheard_of")
    assert pushing.push_due() == 1
    assert "KeyError" in caplog.text
    assert Push.objects.get().attempts == 1


def test_telling_many_devices_costs_the_same_queries_to_claim_and_hand_out(service, django_assert_num_queries):
    for number in range(12):
        turn_on(new_member(f"membre{number}"), service.browser(f"{number}"))
    ids = [row.session.member_id for row in PushSubscription.objects.select_related("session")]
    services.tell_many(ids[:2], kind="initiative_supported", key="a", context=SAID)
    # Hand out; claim: begin, read, mark, commit; whose night it is; a mark each.
    with django_assert_num_queries(6 + 2):
        assert pushing.push_due() == 2
    services.tell_many(ids, kind="initiative_supported", key="b", context=SAID)
    with django_assert_num_queries(6 + 12):
        assert pushing.push_due() == 12


def test_a_dead_worker_s_claim_is_free_again_after_the_lease(alice, service):
    turn_on(alice, service.browser("phone"))
    tell(alice)
    pushing._hand_out()
    Push.objects.update(claimed_at=timezone.now() - pushing.LEASE / 2)
    assert pushing.push_due() == 0
    Push.objects.update(claimed_at=timezone.now() - pushing.LEASE - timedelta(seconds=1))
    assert pushing.push_due() == 1


def test_a_session_known_before_is_the_same_device(alice, service):
    see_session(alice, "here", device="Firefox sur Android")
    turn_on(alice, service.browser("phone"), session="here")
    assert alice.sessions.count() == 1
    assert PushSubscription.objects.get().session.device == "Firefox sur Android"
