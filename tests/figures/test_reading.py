"""Any page reads the numbers of the latest snapshot, and says their day."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from core import french
from figures import reading
from figures.services import yesterday
from tests.figures.published import publish

DAY = f"au {french.day(yesterday())}"


def rendered(text: str, **context) -> str:
    context["request"] = RequestFactory().get("/")
    return Template("{% load figures %}" + text).render(Context(context))


@pytest.fixture
def published(db):
    return publish(
        {"supports_confirmed": 25_123, "members_registered": None},
        {"supports_confirmed": {"r53": 400, "d35": 210}, "initiatives_running": {"c35360": 7, "d35": 31}},
        hidden=["members_registered"],
    )


def test_before_the_first_night_a_page_says_so(db, vitre):
    assert reading.latest("supports_confirmed") is None
    assert reading.of_place(vitre) == []
    assert rendered('{% figure "supports_confirmed" %}') == "pas encore compté"


def test_a_number_is_written_with_its_day_and_its_mark(published, vitre):
    assert rendered('{% figure "supports_confirmed" %}') == (
        f'<span data-figure="supports_confirmed">25\u202f123</span> <span class="quiet">{DAY}</span>'
    )
    here = rendered('{% figure "supports_confirmed" place=place dated=False %}', place=vitre.department)
    assert here == '<span data-figure="supports_confirmed@d35">210</span>'


def test_what_is_hidden_is_never_a_number(published, vitre):
    assert reading.latest("members_registered").text == "moins de 5"
    region = vitre.department.region
    assert reading.latest("events_held", vitre).text == "non publié"
    # Nothing says whether it is small, or protects one that is.
    assert reading.latest("events_held", region).text == "non publié"
    assert reading.latest("events_held", region).is_hidden


def test_supports_are_not_told_of_a_commune(published, vitre):
    assert [figure.key for figure in reading.of_place(vitre)] == ["initiatives_running", "events_held"]
    assert [figure.value for figure in reading.of_place(vitre)] == [7, None]
    assert reading.of_place(vitre.department)[0].value == 210


def test_a_page_full_of_numbers_asks_once(published, vitre, django_assert_num_queries):
    # 1 the snapshot.
    with django_assert_num_queries(1):
        rendered('{% figure "supports_confirmed" %}{% figure "supports_pending" %}{% figures_day %}')
    with django_assert_num_queries(1):
        reading.of_place(vitre)


def test_a_number_of_this_moment_says_so():
    assert rendered("{% live 1200 %}") == '<span data-figure="now">1\u202f200</span> maintenant'


def test_a_name_that_does_not_exist_is_an_error(published, vitre):
    with pytest.raises(KeyError):
        reading.latest("vanity")
    with pytest.raises(KeyError):
        reading.latest("members_registered", vitre)


def test_where_the_demonstration_is_its_numbers_are_shown(published):
    publish({"supports_confirmed": 7}, is_demonstration=True)
    assert reading.latest("supports_confirmed").value == 7
    assert reading.board().is_demonstration
