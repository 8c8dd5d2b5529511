"""A telephone that asks to be told, shows what it is told, and opens it; its maker's service alone is played."""

import json

import pytest
from cast import client_of, new_member
from playwright.sync_api import expect

from notifications.models import PushSubscription
from notifications.services import devices
from tests.notifications.services_of_browsers import Browser

pytestmark = pytest.mark.browser

#: No service can be reached from here: what it would answer stands for it, and is kept as a browser keeps it.
SERVICE = """
const keep = (name, make) => { Object.defineProperty(PushManager.prototype, name, { value: make }); };
const kept = () => {
  const said = JSON.parse(localStorage.getItem("subscription"));
  const options = { applicationServerKey: said && Uint8Array.from(said.key).buffer };
  return said && { endpoint: said.endpoint, options, toJSON: () => said, unsubscribe: async () => {
    localStorage.removeItem("subscription"); return true;
  } };
};
keep("getSubscription", async () => kept());
keep("subscribe", async (options) => {
  const said = Object.assign(%s, { key: [...options.applicationServerKey] });
  localStorage.setItem("subscription", JSON.stringify(said));
  return kept();
});
"""
SAID = {"title": "Le site", "body": "Du nouveau", "url": "/mon-fil/", "tag": "un-verger"}


@pytest.fixture
def bob(person, site):
    """Bob's telephone, signed in."""
    phone = person()
    phone.member = new_member("bob")
    session = client_of(phone.member).cookies["sessionid"].value
    phone.page.context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    phone.page.context.grant_permissions(["notifications"], origin=site.url)
    return phone


def as_it_says(subscription: dict[str, str]) -> str:
    return json.dumps(
        {"endpoint": subscription["endpoint"], "keys": {name: subscription[name] for name in ("p256dh", "auth")}}
    )


@pytest.mark.parametrize("javascript", [True], indirect=True)
def test_a_telephone_asks_is_told_and_opens_what_it_was_told(bob, site):
    maker = Browser("https://push.example/bob")
    bob.page.add_init_script(SERVICE % as_it_says(maker.subscription))
    bob.goto("/reglages/messages/")
    expect(bob.page.get_by_text("(celui-ci)")).to_have_count(0)
    bob.press("Prévenir cet appareil")
    bob.reads("cet appareil sera prévenu")
    expect(bob.page.get_by_text("(celui-ci)")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Prévenir cet appareil")).to_be_hidden()
    device = PushSubscription.objects.get()
    assert (device.session.member, device.endpoint) == (bob.member, maker.endpoint)

    shown = _tell(bob, site)
    assert shown == [SAID["title"], SAID["body"], SAID["tag"], SAID["url"]]
    worker = bob.page.context.service_workers[0]
    opened = worker.evaluate("""async () => {
      const [notification] = await registration.getNotifications();
      const asked = new Promise((resolve) => { clients.openWindow = async (address) => resolve(address); });
      dispatchEvent(new NotificationEvent("notificationclick", { notification }));
      return [await asked, (await registration.getNotifications()).length];
    }""")
    assert opened == [f"{site.url}/mon-fil/", 0]

    bob.page.get_by_role("button", name="Ne plus prévenir").click()
    bob.reads("ne sera plus prévenu")
    assert not PushSubscription.objects.exists()
    expect(bob.page.get_by_role("button", name="Prévenir cet appareil")).to_be_visible()


def _tell(bob, site) -> list[str]:
    """Chromium hands it to the worker as if its service had brought it; returns what it shows."""
    session = bob.page.context.new_cdp_session(bob.page)
    found = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(said["registrations"]))
    session.send("ServiceWorker.enable")
    bob.page.wait_for_function("() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')")
    [registration] = {each["registrationId"] for each in found if each["scopeURL"] == f"{site.url}/"}
    session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": site.url, "registrationId": registration, "data": json.dumps(SAID)},
    )
    return bob.page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.ready;
      for (;;) {
        const [shown] = await registration.getNotifications();
        if (shown) return [shown.title, shown.body, shown.tag, shown.data.address];
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }""")


@pytest.mark.parametrize("javascript", [True], indirect=True)
def test_a_service_that_cannot_be_reached_is_said_in_words(bob):
    """Chromium's own, which nothing here reaches."""
    bob.goto("/reglages/messages/")
    bob.press("Prévenir cet appareil")
    bob.reads("n’a pas pu joindre le service qui le prévient")
    # In a window of its own it says that it could not even try.
    bob.errors = [error for error in bob.errors if "incognito" not in error]
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("javascript", [True], indirect=True)
def test_a_browser_told_to_refuse_is_told_how_to_change_that(bob):
    bob.page.context.clear_permissions()
    bob.page.add_init_script("Notification.requestPermission = async () => 'denied';")
    bob.goto("/reglages/messages/")
    bob.press("Prévenir cet appareil")
    bob.reads("Votre navigateur refuse que ce site vous prévienne")


@pytest.mark.parametrize("javascript", [False], indirect=True)
def test_without_javascript_devices_are_listed_and_removed(bob):
    devices.enable(
        bob.member,
        session_key="elsewhere",
        user_agent="Firefox/1 (Android)",
        **Browser("https://push.example/x").subscription,
    )
    bob.goto("/reglages/messages/")
    bob.reads("Firefox sur Android")
    bob.reads("il faut que votre navigateur exécute JavaScript")
    bob.page.get_by_role("button", name="Ne plus prévenir Firefox sur Android").click()
    bob.reads("ne sera plus prévenu")
    assert not PushSubscription.objects.exists()
