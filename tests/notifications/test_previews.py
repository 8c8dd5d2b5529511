"""Staff see each kind of message as it is, with what was really told."""

import re

import pytest
from cast import new_member
from django.contrib.auth.models import Permission
from django.test import Client

from members.models import AccessRecord
from notifications import services
from notifications.kinds import DIGEST, KINDS
from notifications.models import Notification
from tests.members.door import sign_in_staff
from tests.notifications.test_notifications_messages import CONTEXT

pytestmark = pytest.mark.django_db

PREVIEW = "/admin/notifications/notification/apercu/"


@pytest.fixture
def staff() -> Client:
    fanny = new_member("fanny", is_staff=True)
    fanny.user_permissions.add(Permission.objects.get(codename="view_notification"))
    client = Client()
    sign_in_staff(client, fanny)
    return client


def text_of(staff: Client, kind: str) -> str:
    answer = staff.get(PREVIEW, {"sorte": kind})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_last_message_of_a_kind_is_shown_in_both_parts(staff, alice):
    services.tell(alice, kind="event_announced", key="old", context=CONTEXT | {"event_title": "Une vieille réunion"})
    services.tell(alice, kind="event_announced", key="new", context=CONTEXT)
    page = text_of(staff, "event_announced")
    assert "Réunion d’été" in page
    assert "Une vieille réunion" not in page
    [frame] = re.findall(r'<iframe [^>]*src="([^"]+)"[^>]*>', page)
    assert 'width="320"' in page
    assert re.search(r"<iframe [^>]* sandbox>", page)
    answer = staff.get(frame)
    html = answer.content.decode()
    assert "Réunion d’été" in html
    assert "Ne plus recevoir ce genre de messages" in html
    policy = answer["Content-Security-Policy"]
    assert "img-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_neither_names_nor_links_that_act_are_shown(staff, alice):
    told = CONTEXT | {
        "name": "Zoé Martin",
        "leave_url": "/secret/abc/",
        "mine_url": "/secret/def/",
        "still_url": "/secret/g/",
    }
    services.tell(alice, kind="event_tomorrow", key="x", context=told)
    page = text_of(staff, "event_tomorrow")
    html = staff.get(f"{PREVIEW}event_tomorrow/html/").content.decode()
    for text in (page, html):
        assert "Alice" not in text
        assert "A…" in text
        assert alice.email not in text
        assert "/secret/" not in text
        assert "/lien-personnel/" in text


def test_the_address_of_who_has_no_account_is_masked(staff):
    services.write_to("paula@exemple.fr", kind="support_link", key="x", context=CONTEXT | {"url": "/secret/jeton/"})
    page = text_of(staff, "support_link")
    assert "p…@" in page
    assert "paula" not in page
    assert "/secret/" not in page


def test_each_reading_is_written_down_once(staff, alice):
    services.tell(alice, kind="event_letter_received", key="x", context=CONTEXT)
    text_of(staff, "event_letter_received")
    staff.get(f"{PREVIEW}event_letter_received/html/")
    [record] = AccessRecord.objects.all()
    assert record.by.display_name == "Fanny"
    assert record.about == Notification.objects.get()


def test_looking_at_the_list_of_kinds_reads_nothing(staff, alice):
    services.tell(alice, kind="event_announced", key="x", context=CONTEXT)
    page = staff.get(PREVIEW).content.decode()
    assert page.count("<option") == len(KINDS)
    assert not AccessRecord.objects.exists()


def test_what_was_never_told_is_shown_with_what_others_said(staff, alice):
    services.tell(alice, kind="event_joined", key="x", context=CONTEXT)
    page = text_of(staff, "event_moved")
    assert "Réunion d’été" in page
    assert "celui-ci reprend ce que d’autres ont dit" in page
    assert "Bonjour …," in page
    assert not AccessRecord.objects.exists()


def test_every_kind_can_be_shown(staff, alice):
    services.tell(alice, kind="content_published", key="x", context=CONTEXT)
    for kind in KINDS.keys() - {DIGEST}:
        assert "<iframe" in text_of(staff, kind), kind
        assert staff.get(f"{PREVIEW}{kind}/html/").status_code == 200, kind


def test_where_nothing_was_ever_told_it_is_said(staff):
    for kind in KINDS:
        assert "ne permet de montrer ce message" in text_of(staff, kind), kind
        assert staff.get(f"{PREVIEW}{kind}/html/").status_code == 404, kind


def test_an_unknown_kind_is_no_kind(staff):
    assert staff.get(f"{PREVIEW}unheard-of/html/").status_code == 404
    assert "<iframe" not in text_of(staff, "unheard-of")


def test_without_the_right_nothing_is_shown(alice):
    services.tell(alice, kind="event_announced", key="x", context=CONTEXT)
    client = Client()
    sign_in_staff(client, new_member("gael", is_staff=True))
    for address in (PREVIEW, f"{PREVIEW}event_announced/html/"):
        assert client.get(address).status_code == 403
        assert Client().get(address).status_code == 302
