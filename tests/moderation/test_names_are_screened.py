"""A display name is a text as any other: the filter reads it at sign-up and when it changes."""

import pytest
from django.urls import reverse

from tests.members.door import sign_up

SLUR = "Sale bougnoule"


@pytest.fixture(autouse=True)
def _as_the_site_is(settings):
    assert settings.DISPLAY_NAME_VALIDATORS == ["moderation.validators.screened_name"]


def test_a_slur_is_no_name_to_sign_up_with(visitor, db):
    answer = sign_up(visitor, display_name=SLUR)
    assert answer.status_code == 200
    assert "display_name" in answer.context["form"].errors


def test_a_telephone_number_is_no_name(visitor, db):
    answer = sign_up(visitor, display_name="Luc 06 39 98 12 34")
    assert "display_name" in answer.context["form"].errors


def test_a_name_passes(visitor, db):
    assert sign_up(visitor, display_name="Amélie D.").status_code == 302


def test_a_member_does_not_take_a_slur_as_a_name(as_bob, bob):
    answer = as_bob.post(reverse("settings"), {"display_name": SLUR, "home_commune": "", "home_commune_code": ""})
    assert "display_name" in answer.context["form"].errors
    bob.refresh_from_db()
    assert bob.display_name == "Bob"
