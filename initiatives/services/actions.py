"""Concrete things to do for an initiative: opened, joined and left by members, closed with what was done.

Locks are taken in one order: the moderation case, then the action, then the initiative.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import french
from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Action, Commitment, Initiative
from initiatives.services.life import touch
from initiatives.services.team import team_of
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell, tell_many

#: A team hears of those who come to an action at most this often.
TELL_EVERY = timedelta(days=1)
#: Another day or place is told once it has stayed so long: a slip is mended meanwhile.
SETTLED_AFTER = timedelta(minutes=2)
#: More to do at once say nothing any more.
MOST_OPEN = 100
_BATCH = 200


class ActionClosed(LifeRefused):
    """It is closed, past or withheld."""


class ActionFull(LifeRefused):
    """No place is left."""


class TooFewPlaces(LifeRefused):
    """More people come than the new number of places."""


# --- Its team --------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_action(action: Action, *, by: Member) -> Action:
    """Save a new action of `action.initiative`: the filter publishes it at once, or queues it for a moderator.

    Returns it, or the same one when the person has just opened it: a double click makes one. Raises LifeRefused, also
    beyond MOST_OPEN.
    """
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    initiative = Initiative.objects.get(pk=action.initiative_id)
    demand(Verb.ORGANISE, initiative, by=by)
    opened = initiative.actions.filter(
        author=by, title=action.title, starts_at=action.starts_at, ends_at=action.ends_at, closed_at=None
    ).first()
    if opened is not None:
        return opened
    if initiative.actions.filter(closed_at=None).count() >= MOST_OPEN:
        raise LifeRefused(_("Cent actions sont déjà ouvertes : dites d’abord ce que sont devenues les passées."))
    action.author = by
    action.save()
    moderation.receive(action, by=by)
    touch(initiative)
    return action


@transaction.atomic
def edit_action(action: Action, texts: dict[str, str], facts: dict, *, by: Member) -> Outcome:
    """Change an action. `facts` (when, how many) hold at once; `texts` are screened and may wait for a moderator.

    Those who come are told of another day or place by a task. Raises LifeRefused, ActionClosed once it is closed, and
    TooFewPlaces when more people come.
    """
    action = _of_team(action, by=by)
    # First, since a moderator who decides locks the case, then its content: the same order as here.
    outcome = moderation.receive_edit(action, texts, by=by)
    action = _locked(action)
    if action.closed_at is not None:
        raise ActionClosed(_("Cette action est close : elle ne peut plus changer."))
    if facts["places"] < action.taken:
        people = french.count(action.taken, _("personne vient"), _("personnes viennent"))
        raise TooFewPlaces(_("%(people)s déjà : le nombre de places ne peut pas être plus petit.") % {"people": people})
    is_moved = (action.starts_at, action.ends_at) != (facts["starts_at"], facts["ends_at"])
    for name, value in facts.items():
        setattr(action, name, value)
    action.updated_at = timezone.now()
    action.save(update_fields=[*facts, "updated_at"])
    if is_moved:
        action.note_change()
    touch(action.initiative)
    return outcome


@transaction.atomic
def close(action: Action, report: str, *, done: bool, by: Member) -> Outcome:
    """It was done, with what came of it; or it is given up, with a word or none. Those who come are told.

    The text is screened: one that must be read appears once it was. A done action is a line of the public account of
    the initiative. Raises LifeRefused, ActionClosed when it already is.
    """
    action = _of_team(action, by=by)
    outcome = moderation.receive_edit(action, {"report": report}, by=by)
    action = _locked(action)
    if action.closed_at is not None:
        raise ActionClosed(_("Cette action est déjà close."))
    action.is_done = done
    action.closed_at = timezone.now()
    action.changed_at = None
    action.save(update_fields=["is_done", "closed_at", "changed_at"])
    action.note_done()
    touch(action.initiative)
    if not action.is_public:
        # Withheld at this very moment: its words are told to nobody.
        return outcome
    tell_many(
        action.commitments.exclude(member=by).values_list("member_id", flat=True),
        kind="action_done" if done else "action_given_up",
        key=f"action-closed-{action.pk}",
        context=action.message_context | {"report": action.report},
        about=action.initiative,
        by=by,
    )
    return outcome


@transaction.atomic
def rewrite_report(action: Action, report: str, *, by: Member) -> Outcome:
    """Say it better once it is closed: screened again, as the first one. Raises LifeRefused."""
    action = _of_team(action, by=by)
    if action.closed_at is None:
        raise LifeRefused(_("Cette action n’est pas close."))
    return moderation.receive_edit(action, {"report": report}, by=by)


# --- Those who come --------------------------------------------------------------------------------------------------


@transaction.atomic
def commit(action: Action, *, by: Member) -> bool:
    """Take a place. Returns True the first time and False when the person already has one.

    The action's row is locked while its places are counted: never more people than places. Raises LifeRefused,
    ActionClosed, or ActionFull when none is left.
    """
    action = _locked(action)
    if action.commitments.filter(member=by).exists():
        return False
    demand(Verb.TAKE_PART, action.initiative, by=by)
    if not action.is_open:
        raise ActionClosed(_("On ne peut plus s’engager dans cette action."))
    if action.left == 0:
        raise ActionFull(_("C’est complet : la dernière place vient d’être prise."))
    Commitment.objects.create(action=action, member=by)
    touch(action.initiative)
    key = f"action-joined-{action.pk}"
    tell(by, kind="action_joined", key=key, context=action.message_context, about=action.initiative)
    return True


@transaction.atomic
def withdraw(action: Action, *, by: Member) -> bool:
    """Give the place back, whatever became of the action; the row is erased. Returns False when there was none."""
    action = _locked(action)
    deleted, _rows = action.commitments.filter(member=by).delete()
    return deleted > 0


# --- What is told later ----------------------------------------------------------------------------------------------


def tell_teams() -> int:
    """Tell teams who comes, at most once a day each action. Returns how many actions were told of. For a task."""
    now = timezone.now()
    due = Action.objects.open().filter(
        Q(team_told_at=None) | Q(team_told_at__lte=now - TELL_EVERY),
        Exists(Commitment.objects.filter(action=OuterRef("pk"), told_at=None)),
        initiative__withheld_at=None,
    )
    return each(due.order_by("pk"), _tell_team, most=_BATCH)


@transaction.atomic
def _tell_team(pk: int) -> bool:
    now = timezone.now()
    action = _unless_locked(pk)
    if action is None or (action.team_told_at and action.team_told_at > now - TELL_EVERY):
        return False
    coming = list(action.commitments.filter(told_at=None).values_list("member_id", flat=True))
    if not coming:
        return False
    action.commitments.filter(told_at=None).update(told_at=now)
    told = False
    for recipient in team_of(action.initiative):
        # Nobody is told of what they did themselves.
        if others := [member for member in coming if member != recipient]:
            context = action.message_context | {
                "new": len(others),
                "count": action.taken,
                "places": action.places,
            }
            key = f"committed-{action.pk}-{now.isoformat()}"
            tell(recipient, kind="action_committed", key=key, context=context, about=action.initiative)
            told = True
    if told:
        action.team_told_at = now
        action.save(update_fields=["team_told_at"])
    return told


def tell_changes() -> int:
    """Tell those who come of another day or place, once it is settled. Returns how many actions. For a task.

    What is withheld, or has nobody who carries it, is told of once it goes on.
    """
    due = Action.objects.filter(
        changed_at__lte=timezone.now() - SETTLED_AFTER,
        withheld_at=None,
        initiative__withheld_at=None,
        initiative__frozen_at=None,
    )
    return each(due.order_by("changed_at"), _tell_change, most=_BATCH)


@transaction.atomic
def _tell_change(pk: int) -> bool:
    action = _unless_locked(pk)
    if action is None or action.changed_at is None or action.changed_at > timezone.now() - SETTLED_AFTER:
        return False
    initiative = action.initiative
    if action.withheld_at or initiative.withheld_at or initiative.frozen_at:
        return False
    changed_at, action.changed_at = action.changed_at, None
    action.save(update_fields=["changed_at"])
    if action.closed_at is not None or action.is_past or not initiative.is_live:
        # Asleep, its initiative says when and where once it wakes.
        return False
    tell_many(
        action.commitments.values_list("member_id", flat=True),
        kind="action_changed",
        key=f"action-changed-{action.pk}-{changed_at.isoformat()}",
        context=action.message_context,
        about=initiative,
    )
    return True


# --- Below -----------------------------------------------------------------------------------------------------------


def _of_team(action: Action, *, by: Member) -> Action:
    """The action as it is now, for somebody who may organise its initiative. Raises LifeRefused."""
    action = Action.objects.select_related("initiative").get(pk=action.pk)
    demand(Verb.ORGANISE, action.initiative, by=by)
    return action


def _locked(action: Action) -> Action:
    locked = Action.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("initiative").get(pk=action.pk)


def _unless_locked(pk: int) -> Action | None:
    free = Action.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return free.select_related("initiative").filter(pk=pk).first()
