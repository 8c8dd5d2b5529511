"""Browsers that ask at the same moment, and what tells them at the same moment."""

from ipaddress import ip_network

import pytest
from cast import new_member

from notifications import pushing, services, vapid
from notifications.models import PushSubscription
from notifications.services import devices
from tests.notifications.services_of_browsers import Browser, push_service


@pytest.fixture(autouse=True)
def _key(settings):
    settings.VAPID_PRIVATE_KEY = vapid.new_key()
    settings.CONTACT_EMAIL = "contact@possibles.example"


def test_two_devices_at_once_never_make_more_than_the_most(at_once):
    bob = new_member("bob")

    def add(number: int) -> bool:
        try:
            devices.enable(
                bob,
                session_key=f"session-{number}",
                user_agent="",
                **Browser(f"https://push.example/{number}").subscription,
            )
        except devices.DeviceRefused:
            return False
        return True

    for number in range(devices.MOST - 1):
        add(number)
    assert sum(at_once(add, range(100, 104))) == 1
    assert PushSubscription.objects.count() == devices.MOST


def test_one_browser_that_asks_twice_at_once_is_one_device(at_once):
    bob = new_member("bob")
    browser = Browser("https://push.example/one")

    def add(_number: int):
        return devices.enable(bob, session_key="one", user_agent="", **browser.subscription).pk

    assert len(set(at_once(add, range(4)))) == 1


def test_any_number_of_sweeps_at_once_tell_each_device_once(at_once, settings):
    settings.PUSH_NETWORKS = [ip_network("127.0.0.0/8")]
    with push_service() as service:
        members = [new_member(f"membre{number}") for number in range(20)]
        for number, member in enumerate(members):
            devices.enable(
                member, session_key=f"session-{number}", user_agent="", **service.browser(f"{number}").subscription
            )
        said = {"title": "Un verger", "new": 3, "missing": 0, "url": "/initiatives/un-verger-1/"}
        services.tell_many(
            [member.pk for member in members], kind="initiative_supported", key="x", context=said, is_slice=True
        )
        assert sum(at_once(lambda _number: pushing.push_due(), range(4))) == 20
        assert [len(browser.told) for browser in service.browsers.values()] == [1] * 20
