"""Whoever acts once their session is over goes to the door, and comes back to the page where they were."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

HERE = "http://testserver/initiatives/12/discussion/?tri=utiles"


@pytest.fixture
def act(initiative):
    """`act(**headers)`: the answer to a visitor who withdraws a support from a page that they left open."""
    return lambda **headers: Client(headers=headers).post(
        reverse("initiative_withdraw_support", args=[initiative.slug])
    )


def test_a_form_leads_back_to_its_page(act):
    answer = act(Referer=HERE)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next=%2Finitiatives%2F12%2Fdiscussion%2F%3Ftri%3Dutiles"


def test_a_fragment_sends_the_whole_page_to_the_door(act):
    answer = act(**{"HX-Request": "true", "HX-Current-URL": HERE})
    assert answer.status_code == 200 and answer.content == b""
    assert answer["HX-Redirect"].endswith("?next=%2Finitiatives%2F12%2Fdiscussion%2F%3Ftri%3Dutiles")


def test_the_door_says_why_it_is_there(initiative):
    client = Client(headers={"Referer": HERE})
    answer = client.post(reverse("initiative_withdraw_support", args=[initiative.slug]), follow=True)
    assert "Connectez-vous pour continuer" in answer.content.decode()
    # Nobody who comes by themselves reads it.
    assert "pour continuer" not in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("said", ["https://mal.example/initiatives/12/", "javascript:alert(1)", "//mal.example/", ""])
def test_the_door_leads_nowhere_else(act, said):
    assert "mal" not in act(Referer=said)["Location"]
    assert "alert" not in act(Referer=said)["Location"]


def test_a_page_that_asks_for_an_account_is_come_back_to(visitor):
    address = reverse("my_initiatives")
    assert visitor.get(address, headers={"Referer": HERE})["Location"].endswith("next=/mes-initiatives/")
