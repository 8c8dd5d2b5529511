"""Browsers that ask to be told at the same moment."""

import pytest
from cast import new_member

from notifications import vapid
from notifications.models import PushSubscription
from notifications.services import devices
from tests.notifications.services_of_browsers import Browser


@pytest.fixture(autouse=True)
def _key(settings):
    settings.VAPID_PRIVATE_KEY = vapid.new_key()


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
