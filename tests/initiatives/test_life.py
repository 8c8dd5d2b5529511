"""Every state × verb × role: what the one table allows is what docs/initiatives.md says, and nothing else happens."""

import re
from itertools import product
from pathlib import Path

import pytest
from cast import new_initiative, new_member
from django.conf import settings
from django.utils import timezone

from initiatives.life import RULES, LifeRefused, Verb, Who, demand, may, roles_of, stands
from initiatives.models import CoOrganiser, Initiative

State = Initiative.State
PUBLIC = (State.PUBLISHED, State.SUCCEEDED, State.CLOSED, State.ARCHIVED)


def in_state(author, commune, state, **fields) -> Initiative:
    published_at = timezone.now() if state in PUBLIC else None
    key = "" if published_at else "k7f3q9x2wd"
    return new_initiative(author, commune, state=state, published_at=published_at, nursery_key=key, **fields)


@pytest.fixture
def roles(alice, bob, chloe) -> dict:
    """Who asks, by role; a visitor and the site have no member."""
    return {Who.AUTHOR: alice, Who.MEMBER: bob, Who.MODERATOR: chloe, Who.ORGANISER: new_member("dan")}


@pytest.mark.parametrize("state", State)
def test_each_verb_is_for_its_states_and_its_people_alone(alice, vitre, roles, state):
    initiative = in_state(alice, vitre, state)
    CoOrganiser.objects.create(initiative=initiative, member=roles[Who.ORGANISER])
    for verb, (who, member) in product(Verb, [*roles.items(), (Who.SITE, None)]):
        rule = RULES[verb]
        held = {Who.SITE} if who is Who.SITE else roles_of(initiative, member)
        allowed = state in rule.before and bool(rule.who & held) and rule.is_withheld is not True
        allowed = allowed and rule.is_frozen is not True
        assert may(verb, initiative, frozenset(held)) == allowed, (state, verb, who)
        try:
            demand(verb, initiative, by=member)
            said = True
        except LifeRefused as refusal:
            said = not str(refusal)
        assert said == allowed, (state, verb, who)


def test_roles_are_what_one_is_to_this_very_initiative(alice, bob, chloe, vitre, initiative):
    other = new_initiative(bob, vitre, title="Un banc public de plus, devant la poste")
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    assert roles_of(initiative, alice) == {Who.VISITOR, Who.MEMBER, Who.AUTHOR}
    assert roles_of(initiative, bob) == {Who.VISITOR, Who.MEMBER, Who.ORGANISER}
    assert roles_of(other, alice) == {Who.VISITOR, Who.MEMBER}
    assert roles_of(initiative, chloe) == {Who.VISITOR, Who.MEMBER, Who.MODERATOR}
    assert roles_of(initiative, None) == {Who.VISITOR}


@pytest.mark.parametrize("verb", Verb)
def test_the_veil_stops_all_but_what_lifts_it_and_leaving(alice, vitre, verb):
    withheld = in_state(alice, vitre, State.PUBLISHED, withheld_at=timezone.now())
    assert stands(verb, withheld) == (verb in (Verb.RESTORE, Verb.LEAVE))


@pytest.mark.parametrize("verb", Verb)
def test_nothing_happens_to_what_nobody_carries_but_being_adopted_hidden_archived_or_left(alice, vitre, verb):
    frozen = in_state(alice, vitre, State.PUBLISHED, frozen_at=timezone.now())
    assert stands(verb, frozen) == (verb in (Verb.ASK_TO_ADOPT, Verb.ADOPT, Verb.ARCHIVE, Verb.WITHHOLD, Verb.LEAVE))


def test_the_documentation_shows_this_very_table():
    text = (Path(settings.BASE_DIR) / "docs" / "initiatives.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", text, re.MULTILINE))
    for verb, rule in RULES.items():
        assert verb.name.lower() in told, verb
        assert set(re.findall(r"\w+", told[verb.name.lower()])) == set(rule.before), verb
