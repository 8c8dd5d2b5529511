"""What a display name may be."""

import pytest
from django.core.exceptions import ValidationError

from members.models import Member
from members.validators import display_name
from tests.members.door import last_code, sign_up


@pytest.mark.parametrize(
    "name",
    [
        "Alice",
        "Jean-Noël d’Arc",
        "Éloïse M.",
        "Anne et Paul, de Vitré",
        "Bad Minton",
        "Badminton de Vitré",
        "Modeste Moussorgski",
        "Association L’Officine",
        "Les Amis du Port",
        "Maël 35",
        "N’Golo",
        "Nguyễn Văn An",
        "Зоя",
        "Un habitant du Staffordshire",
    ],
)
def test_ordinary_names_pass(name):
    display_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Modération",
        "La MODÉRATRICE",
        "M o d é r a t e u r",
        "M0d3rateur",
        "Mоdérateur",  # a Cyrillic о
        "Ｍodérateur",  # a full-width M
        "Admin",
        "a.d.m.i.n",
        "Administration du site",
        "Compte officiel",
        "Staff",
        "Les Créateurs de possibles",
        "Équipe Créateurs-de-Possibles : Les Créateurs de Possibles",
        "Paul paul@exemple.fr",
        "www.exemple.com",
        "https://exemple.org",
        "venez sur exemple.fr",
        "A\u200bdmin",
        "Paul\u202egro.elpmexe",
        "12",
        "!",
    ],
)
def test_names_that_mislead_are_refused(name):
    with pytest.raises(ValidationError):
        display_name(name)


def test_the_rooms_above_have_their_say(settings):
    settings.DISPLAY_NAME_VALIDATORS = ["tests.members.test_names.no_nero"]
    display_name("Alice")
    with pytest.raises(ValidationError):
        display_name("Néron")


def no_nero(name: str) -> None:
    if name == "Néron":
        raise ValidationError("Pas d’incendiaires.")


@pytest.mark.django_db
def test_a_refused_name_is_kept_in_the_form_and_explained(visitor):
    page = sign_up(visitor, display_name="Modération").content.decode()
    assert "au nom du site" in page
    assert 'value="Modération"' in page
    assert 'href="#id_display_name"' in page


@pytest.mark.django_db
def test_spaces_in_a_name_are_made_single(visitor):
    sign_up(visitor, display_name="  Dora \t  Maar\u00a0 ")
    visitor.post("/compte/code/", {"code": last_code()})
    assert Member.objects.get().display_name == "Dora Maar"
