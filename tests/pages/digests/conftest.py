import pytest

from territories.models import Commune


@pytest.fixture
def rennes(db) -> Commune:
    return Commune.objects.get(code="35238")


@pytest.fixture
def quimper(db) -> Commune:
    return Commune.objects.get(code="29232")
