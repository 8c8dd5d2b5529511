import pytest
from cast import new_initiative, new_member
from django.contrib.auth.models import Group
from django.test import Client

from initiatives.models import Initiative
from members.models import Member
from tests.moderation.desk import TELEPHONE, staff_client


@pytest.fixture
def submitted(alice) -> Initiative:
    """Alice's national project, just submitted, with somebody's telephone number in it."""
    return new_initiative(alice, state=Initiative.State.SUBMITTED, published_at=None, means=TELEPHONE)


@pytest.fixture
def denis(db) -> Member:
    """He moderates too."""
    denis = new_member("denis", is_staff=True)
    denis.groups.add(Group.objects.get(name="Modérateurs"))
    return denis


@pytest.fixture
def as_chloe(chloe) -> Client:
    return staff_client(chloe)
