"""Where no demonstration was ever loaded."""

from cast import new_initiative
from django.core.management import call_command

from initiatives.models import Initiative
from members.models import Member


def test_flush_of_nothing_does_nothing(alice, vitre):
    initiative = new_initiative(alice, vitre)
    call_command("load_demo", "--flush", verbosity=0)
    assert list(Initiative.objects.all()) == [initiative] and list(Member.objects.all()) == [alice]
