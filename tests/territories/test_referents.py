"""Who answers for the operator where one is: never nobody."""

from datetime import date

import pytest
from cast import client_of
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from territories.models import Commune, Department, Referent, Region
from territories.referents import answering_for

pytestmark = pytest.mark.django_db


def named(**fields) -> Referent:
    given = {"name": "Nora", "role": "Animatrice", "email": "nora@exemple.fr", "agreed_on": date(2026, 11, 1)}
    return Referent.objects.create(**(given | fields))


def test_the_referent_of_the_departement_answers_before_that_of_the_region(vitre):
    named(region_id="53", name="Yann", email="yann@exemple.fr")
    assert answering_for(vitre).name == "Yann"
    named(department_id="35")
    for place in (vitre, Department.objects.get(pk="35")):
        assert (answering_for(place).name, answering_for(place).place.pk) == ("Nora", "35")
    assert answering_for(Region.objects.get(pk="53")).name == "Yann"
    assert answering_for(Department.objects.get(pk="22")).name == "Yann"


def test_where_nobody_is_named_the_operator_answers(settings, vitre):
    settings.CONTACT_EMAIL = "contact@exemple.fr"
    named(department_id="22")
    for place in (vitre, Commune.objects.get(pk="97502"), Region.objects.get(pk="93")):
        found = answering_for(place)
        assert (found.name, found.email, found.place) == ("", "contact@exemple.fr", None)


def test_a_referent_without_an_address_is_written_to_at_that_of_the_site(settings, vitre):
    settings.CONTACT_EMAIL = "contact@exemple.fr"
    named(department_id="35", email="")
    assert answering_for(vitre).email == "contact@exemple.fr"


def test_one_referent_for_a_place_and_one_place_for_a_referent(db):
    named(department_id="35")
    for fields in ({"department_id": "35"}, {}, {"department_id": "22", "region_id": "53"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            named(**fields)


def test_finding_who_answers_is_one_query(django_assert_num_queries, vitre):
    place = Commune.objects.select_related("department__region").get(pk=vitre.pk)
    with django_assert_num_queries(1):
        answering_for(place)


def test_animators_name_referents_and_moderators_do_not(as_chloe, chloe):
    assert as_chloe.get("/admin/territories/referent/").status_code == 403
    chloe.groups.add(Group.objects.get(name="Animateurs"))
    form = {
        "department": "35",
        "region": "",
        "name": "Nora",
        "role": "Animatrice",
        "email": "",
        "agreed_on": "2026-11-01",
    }
    answer = as_chloe.post("/admin/territories/referent/add/", form)
    assert answer.status_code == 302, answer.content.decode()
    assert Referent.objects.get().department_id == "35"


def test_a_member_finds_no_admin(bob):
    assert client_of(bob).get("/admin/territories/referent/").status_code in (302, 404)
