"""Messages as mailboxes show them: on a small telephone, images off, whatever is written in them; and to staff."""

import pytest
from cast import new_member
from django.test import Client, override_settings
from playwright.sync_api import expect

from notifications import services
from notifications.kinds import KINDS
from notifications.services.previewing import preview_filled
from notifications.stopping import Stop
from tests.members.door import sign_in_staff
from tests.notifications.test_notifications_messages import CONTEXT

pytestmark = pytest.mark.browser

LONG = "https://www.exemple.fr/" + "une-adresse-qui-ne-se-coupe-pas" * 6
#: What people really write, at its worst.
WORST = CONTEXT | {
    "title": "Anticonstitutionnellement" * 3 + " : un verger pour l’école",
    "event_title": "Réunion" * 20,
    "text": LONG,
    "place": "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson, " + "x" * 80,
    "stop_url": "/ne-plus-recevoir/" + "x" * 80,
    "mute_url": "/ne-plus-recevoir/" + "x" * 90,
    "settings_url": "/reglages/messages/",
    "lines": [],
    "near": [],
    "total": 0,
    "more": 0,
}


class Reader:
    display_name = "Anne-Sophie-Marguerite-de-La-Rochefoucauld-Montmorency"


def test_no_message_is_wider_than_a_small_telephone_and_each_is_read_without_images(new_context):
    context = new_context(viewport={"width": 320, "height": 640})
    fetched = []
    context.route("**/*", lambda route: (fetched.append(route.request.url), route.abort()))
    page = context.new_page()
    for kind in KINDS.values():
        page.set_content(preview_filled(kind, kind.fill(WORST, Reader())).html)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, kind.name
        # A button is a thing that one can touch.
        for button in page.locator(".act a").all():
            assert button.bounding_box()["height"] >= 44, kind.name
    assert not fetched


def test_staff_read_a_message_in_its_frame_with_its_styles(new_context, site):
    services.tell(new_member("alice"), kind="event_announced", key="x", context=CONTEXT)
    fanny = new_member("fanny", is_staff=True, is_superuser=True)
    client = Client()
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
    ):
        sign_in_staff(client, fanny)
    context = new_context(viewport={"width": 1280, "height": 1400})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}/admin/notifications/notification/")
    page.get_by_role("link", name="Aperçu des messages").click()
    page.get_by_label("Sorte de message").select_option("event_announced")
    page.get_by_role("button", name="Voir").click()
    message = page.frame_locator("iframe")
    expect(message.get_by_text("Réunion d’été").first).to_be_visible()
    button = message.get_by_role("link", name="Dites « je viens »")
    assert button.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(180, 51, 31)"
    assert page.locator("iframe").bounding_box()["width"] == pytest.approx(320, abs=6)
    assert not errors


def test_a_message_is_stopped_without_signing_in(person, site):
    alice = new_member("alice")
    reader = person()
    reader.goto(Stop(alice.pk, "supported").path)
    reader.reads("Ce que je soutiens")
    reader.press("Ne plus les recevoir")
    reader.reads("C’est arrêté")
    reader.press("Les recevoir à nouveau")
    reader.reads("C’est reparti")
    assert not alice.preferences.exists()
