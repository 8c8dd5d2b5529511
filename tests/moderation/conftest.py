import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.test import Client

from initiatives.models import Initiative
from members.models import Member
from tests.conftest import new_initiative, new_member

TELEPHONE = "Appelez Madame Martin au 06 12 34 56 78, elle répondra."


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


def staff_client(member: Member) -> Client:
    """Signed in, and through the second factor."""
    Authenticator.objects.create(user=member, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(member)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session.save()
    return client


@pytest.fixture
def as_chloe(chloe) -> Client:
    return staff_client(chloe)
