"""The outbox, as staff see it."""

import pytest
from cast import new_member
from django.test import Client
from django.utils import timezone

from notifications import services
from notifications.models import Notification
from tests.members.door import sign_in_staff

pytestmark = pytest.mark.django_db

OUTBOX = "/admin/notifications/notification/"
CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "reason": "Lu."}


def staff(**fields) -> Client:
    client = Client()
    sign_in_staff(client, new_member("fanny", is_staff=True, **fields))
    return client


def test_the_outbox_shows_neither_addresses_nor_texts(alice):
    services.tell(alice, kind="content_published", key="decision:1", context=CONTEXT)
    row = Notification.objects.get()
    client = staff(is_superuser=True)
    for address in (OUTBOX, f"{OUTBOX}{row.pk}/change/"):
        text = client.get(address).content.decode()
        assert "Alice" in text
        assert alice.email not in text
        assert "Un verger" not in text
    for address in (f"{OUTBOX}add/", f"{OUTBOX}{row.pk}/delete/"):
        assert client.get(address).status_code == 403


def test_the_outbox_masks_the_address_of_who_has_no_account():
    services.write_to("paula@exemple.fr", kind="support_link", key="support-1", context=CONTEXT)
    row = Notification.objects.get()
    client = staff(is_superuser=True)
    for address in (OUTBOX, f"{OUTBOX}{row.pk}/change/"):
        text = client.get(address).content.decode()
        assert "p…@exemple.fr" in text
        assert "paula" not in text
        assert "un-verger-1" not in text


def test_staff_without_the_right_see_nothing_of_it():
    assert staff().get(OUTBOX).status_code == 403


def test_staff_read_what_no_message_is_to_be_sent_of(alice):
    for number, mail in enumerate(("none", "digest")):
        services.tell(alice, kind="content_published", key=f"decision:{number}", context=CONTEXT)
        Notification.objects.filter(key=f"decision:{number}").update(mail=mail)
    text = staff(is_superuser=True).get(OUTBOX).content.decode()
    assert "sur le site seulement" in text and "attend un résumé" in text


def test_the_outbox_is_filtered_by_state(alice):
    now = timezone.now()
    for number, fields in enumerate([{}, {"sent_at": now}, {"failed_at": now}]):
        services.tell(alice, kind="content_published", key=f"decision:{number}", context=CONTEXT)
        Notification.objects.filter(key=f"decision:{number}").update(**fields)
    client = staff(is_superuser=True)
    counts = {
        state: client.get(OUTBOX, {"etat": state}).context["cl"].result_count for state in ("waiting", "sent", "failed")
    }
    assert counts == {"waiting": 1, "sent": 1, "failed": 1}


def test_what_was_given_up_is_tried_again_by_an_action(alice):
    services.tell(alice, kind="content_published", key="decision:1", context=CONTEXT)
    Notification.objects.update(failed_at=timezone.now(), failure="SMTPRecipientsRefused 550")
    row = Notification.objects.get()
    staff(is_superuser=True).post(OUTBOX, {"action": "retry", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.failed_at is None


def test_a_longer_outbox_costs_no_more_queries(alice, bob, django_assert_num_queries):
    client = staff(is_superuser=True)
    client.get(OUTBOX)
    # Session and member (2), second factor, asked by the page and its menu (2), count (1), rows (1).
    for number in range(15):
        if number in (2, 14):
            with django_assert_num_queries(BILL):
                client.get(OUTBOX)
        services.tell([alice, bob][number % 2], kind="content_published", key=f"decision:{number}", context=CONTEXT)


BILL = 6
