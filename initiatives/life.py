"""The life of an initiative: which verb leads from which state to which, and who may say it. The one table.

`docs/initiatives.md` shows it to people; a test walks every state × verb × role.
"""

from dataclasses import dataclass
from enum import Enum, auto

from django.utils.translation import gettext as _

from initiatives.models import Initiative
from members.models import Member
from moderation.access import MAY_DECIDE

State = Initiative.State


class Who(Enum):
    """What somebody is to one initiative."""

    VISITOR = auto()
    MEMBER = auto()
    ORGANISER = auto()
    AUTHOR = auto()
    MODERATOR = auto()
    #: A task of ours.
    SITE = auto()


class Verb(Enum):
    """What can happen to an initiative."""

    EDIT = auto()
    TAKE_DOWN = auto()
    DISCARD = auto()
    LAUNCH = auto()
    CARRY_ON = auto()
    SUPPORT = auto()
    SUBMIT = auto()
    PUBLISH = auto()
    TELL = auto()
    ORGANISE = auto()
    TAKE_PART = auto()
    DISCUSS = auto()
    PIN = auto()
    INVITE = auto()
    DISMISS = auto()
    LEAVE = auto()
    HAND_OVER = auto()
    TAKE_OVER = auto()
    WRITE = auto()
    ANSWER = auto()
    MERGE = auto()
    SUCCEED = auto()
    CLOSE = auto()
    ARCHIVE = auto()
    WAKE = auto()
    ASK_TO_ADOPT = auto()
    ADOPT = auto()
    WITHHOLD = auto()
    RESTORE = auto()


@dataclass(frozen=True)
class Rule:
    """`after` None leaves the state as it is. `is_frozen` is what an initiative without anybody must be, or not be;
    `is_withheld` whether the veil must be up. None asks nothing."""

    before: frozenset[str]
    after: str | None
    who: frozenset[Who]
    is_withheld: bool | None = False
    is_frozen: bool | None = False


def _rule(before, who, *, to: str | None = None, **veils) -> Rule:
    return Rule(frozenset(before), to, frozenset(who), **veils)


_TEAM = (Who.AUTHOR, Who.ORGANISER)
_GATHERING = (State.PREPARING, State.PUBLISHED)
_ENDED = (State.SUCCEEDED, State.CLOSED, State.ARCHIVED)
#: Somebody else than its team has seen it.
_SHOWN = (*_GATHERING, State.SUBMITTED, *_ENDED)

RULES: dict[Verb, Rule] = {
    Verb.EDIT: _rule((State.DRAFT, State.PREPARING, State.SUBMITTED, State.PUBLISHED), _TEAM),
    # An image may show somebody who asks that it go: that does not end with the initiative.
    Verb.TAKE_DOWN: _rule(State, _TEAM),
    Verb.DISCARD: _rule((State.DRAFT,), (Who.AUTHOR,)),
    Verb.LAUNCH: _rule((State.DRAFT,), (Who.AUTHOR,), to=State.PREPARING),
    Verb.CARRY_ON: _rule((State.PREPARING,), _TEAM),
    Verb.SUPPORT: _rule(_GATHERING, (Who.VISITOR, Who.MEMBER)),
    Verb.SUBMIT: _rule((State.PREPARING,), (Who.SITE,), to=State.SUBMITTED),
    # What waited when its author left is read and published all the same: it may then be asked for.
    Verb.PUBLISH: _rule((State.SUBMITTED,), (Who.SITE, Who.MODERATOR), to=State.PUBLISHED, is_frozen=None),
    Verb.TELL: _rule((State.PUBLISHED, State.SUCCEEDED, State.CLOSED), _TEAM),
    Verb.ORGANISE: _rule((State.PUBLISHED,), _TEAM),
    Verb.TAKE_PART: _rule((State.PUBLISHED,), (Who.MEMBER,)),
    Verb.DISCUSS: _rule((State.PUBLISHED,), (Who.MEMBER,)),
    Verb.PIN: _rule((State.PUBLISHED,), (Who.AUTHOR,)),
    Verb.INVITE: _rule((State.DRAFT, *_GATHERING, State.SUBMITTED), (Who.AUTHOR,)),
    Verb.DISMISS: _rule(State, (Who.AUTHOR,)),
    # Whatever happens to it, nobody is kept in a team.
    Verb.LEAVE: _rule(State, (Who.ORGANISER,), is_withheld=None, is_frozen=None),
    Verb.HAND_OVER: _rule(_SHOWN, (Who.AUTHOR,)),
    Verb.TAKE_OVER: _rule(_SHOWN, (Who.ORGANISER,)),
    Verb.WRITE: _rule(_SHOWN, (Who.MEMBER,)),
    Verb.ANSWER: _rule(_SHOWN, _TEAM),
    Verb.MERGE: _rule((State.PUBLISHED,), (Who.AUTHOR,)),
    Verb.SUCCEED: _rule((State.PUBLISHED,), _TEAM, to=State.SUCCEEDED),
    Verb.CLOSE: _rule((State.PUBLISHED,), _TEAM, to=State.CLOSED),
    Verb.ARCHIVE: _rule(_GATHERING, (Who.AUTHOR, Who.SITE), to=State.ARCHIVED, is_frozen=None),
    Verb.WAKE: _rule((State.ARCHIVED,), _TEAM, to=State.PUBLISHED),
    Verb.ASK_TO_ADOPT: _rule(_SHOWN, (Who.MEMBER,), is_frozen=True),
    Verb.ADOPT: _rule(_SHOWN, (Who.MODERATOR,), is_frozen=True),
    Verb.WITHHOLD: _rule(_SHOWN, (Who.MODERATOR,), is_frozen=None),
    Verb.RESTORE: _rule(_SHOWN, (Who.MODERATOR,), is_withheld=True, is_frozen=None),
}


class LifeRefused(Exception):
    """The verb cannot be said now, or not by this person. Its text can be shown to them."""


def roles_of(initiative: Initiative, member: Member | None) -> frozenset[Who]:
    """What this person is to the initiative; None is a visitor. One query, none for a visitor or the author."""
    if member is None or not member.is_authenticated:
        return frozenset({Who.VISITOR})
    roles = {Who.VISITOR, Who.MEMBER}
    if initiative.author_id == member.pk:
        roles.add(Who.AUTHOR)
    elif initiative.co_organisers.filter(member=member).exists():
        roles.add(Who.ORGANISER)
    if member.is_staff and member.has_perm(MAY_DECIDE):
        roles.add(Who.MODERATOR)
    return frozenset(roles)


def stands(verb: Verb, initiative: Initiative) -> bool:
    """Whether the initiative is where the verb can be said, whoever says it."""
    rule = RULES[verb]
    return (
        initiative.state in rule.before
        and rule.is_withheld in (None, initiative.withheld_at is not None)
        and rule.is_frozen in (None, initiative.frozen_at is not None)
    )


def may(verb: Verb, initiative: Initiative, roles: frozenset[Who]) -> bool:
    """Whether somebody with these roles may say the verb now."""
    return bool(RULES[verb].who & roles) and stands(verb, initiative)


def demand(verb: Verb, initiative: Initiative, *, by: Member | None) -> None:
    """Raises LifeRefused when the verb cannot be said: now, or by this member (None is the site itself)."""
    roles = frozenset({Who.SITE}) if by is None else roles_of(initiative, by)
    if not stands(verb, initiative):
        raise LifeRefused(_("L’initiative n’en est pas là : ce geste n’est pas possible maintenant."))
    if not RULES[verb].who & roles:
        raise LifeRefused(_("Seules les personnes qui portent cette initiative peuvent faire ce geste."))
