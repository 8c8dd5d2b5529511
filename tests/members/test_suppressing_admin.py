"""Mailboxes that are not written to, as staff see them."""

import pytest
from cast import new_member
from django.contrib.auth.models import Permission
from django.test import Client

from members import suppressing
from members.models import AccessRecord, Suppression
from members.suppressing import BOUNCE, COMPLAINT, Told
from tests.members.door import sign_in_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/members/suppression/"


@pytest.fixture(autouse=True)
def _stopped():
    suppressing.record([Told("paula@exemple.fr", BOUNCE, "e1"), Told("zoe@exemple.fr", COMPLAINT, "e2")])


def staff(*codenames: str) -> Client:
    fanny = new_member("fanny", is_staff=True)
    fanny.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    sign_in_staff(client, fanny)
    return client


def test_the_list_tells_nobody_s_address():
    text = staff("view_suppression").get(LIST).content.decode()
    assert "l’adresse ne reçoit plus" in text
    assert "paula" not in text
    assert "zoe" not in text


def test_who_knows_an_address_finds_it_whichever_way_it_is_written():
    client = staff("view_suppression")
    assert client.get(LIST, {"q": " Paula@Exemple.fr"}).context["cl"].result_count == 1
    assert client.get(LIST, {"q": "nobody@exemple.fr"}).context["cl"].result_count == 0
    assert client.get(LIST, {"q": "paula"}).context["cl"].result_count == 0


def test_a_search_of_a_member_is_written_down():
    new_member("paula")
    staff("view_suppression").get(LIST, {"q": "paula@exemple.fr"})
    assert AccessRecord.objects.get().about.display_name == "Paula"


def test_staff_lift_one_and_the_others_stay():
    client = staff("view_suppression", "delete_suppression")
    row = Suppression.objects.get(reason=COMPLAINT)
    client.post(LIST, {"action": "lift", "_selected_action": [row.pk]})
    assert suppressing.may_write("zoe@exemple.fr")
    assert not suppressing.may_write("paula@exemple.fr")


def test_who_may_only_look_lifts_nothing():
    client = staff("view_suppression")
    client.post(LIST, {"action": "lift", "_selected_action": [row.pk for row in Suppression.objects.all()]})
    assert Suppression.objects.count() == 2
    for address in (f"{LIST}add/", f"{LIST}{Suppression.objects.first().pk}/delete/"):
        assert client.get(address).status_code == 403


def test_without_the_right_nothing_is_shown():
    assert staff().get(LIST).status_code == 403
