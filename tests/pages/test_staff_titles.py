"""What the administration calls its pages."""

import pytest
from cast import new_action, new_member
from django.contrib import admin
from django.urls import reverse

from core.titles import PlainTitles
from tests.moderation.desk import staff_client

OURS = {"events", "initiatives", "members", "moderation", "notifications", "territories"}


@pytest.fixture
def superuser(db):
    return staff_client(new_member("fanny", is_staff=True, is_superuser=True))


def ours():
    return [one for model, one in admin.site._registry.items() if model._meta.app_label in OURS]


def test_every_page_of_ours_is_called_by_its_own_name():
    assert ours() and not [one for one in ours() if not isinstance(one, PlainTitles)]


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("initiatives_adoptionrequest_changelist", "Demandes de reprise"),
        ("initiatives_photo_changelist", "Images"),
        ("initiatives_promise_add", "Promesse\u202f: ajouter"),
    ],
)
def test_a_list_and_a_form_are_called_by_what_they_show(superuser, page, title):
    text = superuser.get(reverse(f"admin:{page}")).content.decode()
    assert f"<h1>{title}</h1>" in text and "l’objet" not in text


def test_what_is_read_is_called_by_what_it_is(superuser, initiative):
    action = new_action(initiative)
    text = superuser.get(reverse("admin:initiatives_action_change", args=[action.pk])).content.decode()
    assert "<h1>Action</h1>" in text and "Affichage de" not in text
