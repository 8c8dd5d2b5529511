"""The devices of a member: asked for in their settings, removed there, and gone with the session."""

import json
import re
from io import StringIO

import pytest
from cast import client_of
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications import checks, services, vapid
from notifications.models import Notification, PushSubscription
from notifications.services import devices
from tests.notifications.services_of_browsers import Browser, written

pytestmark = pytest.mark.django_db

ENABLE = "/reglages/messages/appareils/"
FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest.fixture(autouse=True)
def _key(settings):
    settings.VAPID_PRIVATE_KEY = vapid.new_key()
    settings.CONTACT_EMAIL = "contact@possibles.example"


@pytest.fixture
def phone() -> Browser:
    return Browser("https://push.example/one")


def enable(client: Client, phone: Browser, **changes):
    said = phone.subscription | changes
    return client.post(ENABLE, said, headers={"User-Agent": FIREFOX}, follow=True)


def test_a_member_asks_for_it_and_finds_the_device_in_the_list(as_bob, bob, phone):
    page = enable(as_bob, phone).content.decode()
    assert "cet appareil sera prévenu" in page
    assert "Firefox sur Android" in page
    device = PushSubscription.objects.get()
    assert device.session.member == bob
    assert f'data-device="{device.digest}"' in page
    assert phone.endpoint not in page


def test_asking_again_is_the_same_device(as_bob, phone):
    enable(as_bob, phone)
    enable(as_bob, phone)
    other = Browser("https://push.example/two")
    enable(as_bob, other)
    assert [device.endpoint for device in PushSubscription.objects.all()] == [other.endpoint]


def test_a_browser_that_another_member_uses_now_is_told_nothing_of_the_first(as_alice, as_bob, bob, phone):
    enable(as_alice, phone)
    enable(as_bob, phone)
    assert PushSubscription.objects.get().session.member == bob


def test_a_device_is_removed_by_its_member_alone(as_alice, as_bob, phone):
    enable(as_bob, phone)
    remove = reverse("device_remove", args=[PushSubscription.objects.get().pk])
    as_alice.post(remove)
    assert PushSubscription.objects.exists()
    assert as_bob.get(remove).status_code == 405
    page = as_bob.post(remove, follow=True).content.decode()
    assert "ne sera plus prévenu" in page
    assert not PushSubscription.objects.exists()
    assert "ne sera plus prévenu" not in as_bob.post(remove, follow=True).content.decode()


def test_signing_out_ends_it(as_bob, phone):
    enable(as_bob, phone)
    as_bob.post(reverse("account_logout"))
    assert not PushSubscription.objects.exists()


def test_ending_a_session_from_elsewhere_ends_it(as_bob, bob, phone):
    enable(as_bob, phone)
    elsewhere = client_of(bob)
    elsewhere.get("/reglages/messages/")
    session = bob.sessions.get(push_subscription__isnull=False)
    elsewhere.post(reverse("end_session", args=[session.pk]))
    assert not PushSubscription.objects.exists()


def test_it_goes_with_the_member(as_bob, bob, phone):
    enable(as_bob, phone)
    bob.delete()
    assert not PushSubscription.objects.exists()


def test_nobody_in_particular_is_sent_to_the_door(visitor, phone):
    for address in (ENABLE, reverse("device_remove", args=[1]), reverse("notification_open", args=[1])):
        said = visitor.get(address) if "ouvrir" in address else visitor.post(address, phone.subscription)
        assert said.status_code == 302
        assert said["Location"].startswith("/compte/connexion/")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://push.example/one"},
        {"endpoint": "https://localhost/one"},
        {"endpoint": "https://192.168.1.1/one"},
        {"endpoint": "https://push.example/" + "x" * 1000},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": written(b"\x04" + b"\x01" * 64)},
        {"p256dh": "é" * 87},
        {"auth": written(b"x" * 15)},
        {"auth": "!"},
    ],
)
def test_what_no_browser_says_is_refused_in_words(as_bob, phone, changes):
    page = enable(as_bob, phone, **changes).content.decode()
    assert 'role="alert"' in page
    assert not PushSubscription.objects.exists()


def test_one_more_than_the_most_is_refused_and_the_others_stay(bob, phone):
    for number in range(devices.MOST):
        enable(client_of(bob), Browser(f"https://push.example/{number}"))
    page = enable(client_of(bob), phone).content.decode()
    assert "retirez-en un" in page
    assert "data-enable" not in page
    assert PushSubscription.objects.count() == devices.MOST


def test_with_another_key_of_the_site_devices_are_to_be_asked_for_again(as_bob, bob, phone, settings):
    enable(as_bob, phone)
    settings.VAPID_PRIVATE_KEY = vapid.new_key()
    assert devices.shown_to(bob).all == []
    enable(as_bob, phone)
    assert PushSubscription.objects.get().made_for == vapid.public_key()


def test_without_a_key_nothing_is_offered(as_bob, phone, settings):
    settings.VAPID_PRIVATE_KEY = ""
    page = as_bob.get("/reglages/messages/").content.decode()
    assert "data-devices" not in page
    assert "n’envoie rien" in enable(as_bob, phone).content.decode()


# --- A phone whose address changes ---------------------------------------------------------------------------------


def test_a_browser_says_by_itself_that_its_address_changed(as_bob, as_alice, phone):
    enable(as_bob, phone)
    new = Browser("https://push.example/two")
    said = new.subscription | {"former": phone.endpoint}
    for client in (Client(), as_alice):
        assert client.post(reverse("device_renew"), said).status_code == 204
        assert PushSubscription.objects.get().endpoint == phone.endpoint
    # Its script has no token: the former address is known to nobody else.
    assert Client(enforce_csrf_checks=True).post(reverse("device_renew"), said).status_code == 204
    assert as_bob.post(reverse("device_renew"), said).status_code == 204
    device = PushSubscription.objects.get()
    assert (device.endpoint, device.p256dh) == (new.endpoint, new.subscription["p256dh"])


def test_a_new_address_is_judged_as_the_first(as_bob, phone):
    enable(as_bob, phone)
    said = Browser("https://10.0.0.1/two").subscription | {"former": phone.endpoint}
    as_bob.post(reverse("device_renew"), said)
    assert PushSubscription.objects.get().endpoint == phone.endpoint


# --- What browsers read ----------------------------------------------------------------------------------------------


def test_the_worker_stands_at_the_root_and_is_the_same_for_everybody(visitor, as_bob):
    said = visitor.get("/sw.js")
    assert said["Content-Type"] == "text/javascript; charset=utf-8"
    assert "max-age=0" in said["Cache-Control"]
    assert "default-src 'self'" in said["Content-Security-Policy"]
    assert said.content == as_bob.get("/sw.js").content
    assert not said.cookies


def test_what_a_telephone_puts_on_its_screen_is_named(visitor, settings):
    said = json.loads(visitor.get("/manifest.webmanifest").content)
    assert said["name"] == settings.SITE_NAME
    assert said["display"] == "standalone"


def test_the_page_of_these_settings_names_it(as_bob):
    assert '<link rel="manifest" href="/manifest.webmanifest">' in as_bob.get("/reglages/messages/").content.decode()


def test_a_click_leads_to_the_page_and_it_is_seen(as_bob, as_alice, bob):
    context = {"title": "Un verger", "new": 3, "missing": 0, "url": "/initiatives/un-verger-1/"}
    services.tell(bob, kind="initiative_supported", key="x", context=context)
    row = Notification.objects.get()
    address = reverse("notification_open", args=[row.pk])
    assert as_alice.get(address).status_code == 404
    row.refresh_from_db()
    assert row.seen_at is None
    said = as_bob.get(address)
    assert (said.status_code, said["Location"]) == (302, "/initiatives/un-verger-1/")
    row.refresh_from_db()
    seen = row.seen_at
    assert timezone.now() - seen < timezone.timedelta(minutes=1)
    as_bob.get(address)
    row.refresh_from_db()
    assert row.seen_at == seen


# --- The key ---------------------------------------------------------------------------------------------------------


def test_the_command_makes_a_key_that_the_site_takes(settings):
    said = StringIO()
    call_command("make_vapid_keys", stdout=said)
    private, public = re.search(r"VAPID_PRIVATE_KEY=(\S{43})\n.*: (\S{87})\n", said.getvalue()).groups()
    settings.VAPID_PRIVATE_KEY = private
    assert checks.vapid_key() == []
    assert vapid.public_key() == public


@pytest.mark.parametrize("key", ["abc", "x" * 42, "A" * 43, "_" * 43, "é"])
def test_a_key_that_signs_nothing_stops_the_site_at_its_start(settings, key):
    settings.VAPID_PRIVATE_KEY = key
    assert [error.id for error in checks.vapid_key()] == ["notifications.E001"]


def test_services_are_given_somebody_to_write_to(settings):
    settings.CONTACT_EMAIL = "nobody"
    assert [error.id for error in checks.vapid_key()] == ["notifications.E002"]
    settings.VAPID_PRIVATE_KEY = ""
    assert checks.vapid_key() == []
