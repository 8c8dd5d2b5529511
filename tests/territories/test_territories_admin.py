"""The territory in the admin: looked up by staff, changed by nobody."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

import possibles.urls  # noqa: F401 registers every room in the admin
from members.models import Member
from territories.models import Commune, Department, Region

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_root():
    request = RequestFactory().get("/admin/")
    request.user = Member(is_staff=True, is_superuser=True, is_active=True)
    return request


@pytest.mark.parametrize("model", [Region, Department, Commune])
def test_nobody_changes_the_territory(model, request_of_root):
    page = admin.site.get_model_admin(model)
    assert page.has_view_permission(request_of_root)
    assert not page.has_add_permission(request_of_root)
    assert not page.has_change_permission(request_of_root)
    assert not page.has_delete_permission(request_of_root)


def test_staff_find_a_commune_by_name_code_or_postcode(request_of_root):
    page = admin.site.get_model_admin(Commune)
    for typed in ("vitre", "35360", "35500"):
        found, _ = page.get_search_results(request_of_root, Commune.objects.all(), typed)
        assert found.filter(code="35360").exists()


def test_a_commune_is_shown_with_its_postcodes(request_of_root):
    answer = admin.site.get_model_admin(Commune).changeform_view(request_of_root, "35360")
    answer.render()
    assert "35500" in answer.content.decode()
    assert 'name="_save"' not in answer.content.decode()
