"""Who is reading a case: two moderators never read the same one without knowing it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from moderation.models import Case
from moderation.services.parts import part_of
from moderation.services.queue import following
from moderation.services.refusals import AlreadyDecided, HeldByAnother

#: How long a case is left to whoever takes it; each act on it begins the time anew.
LEASE = timedelta(minutes=15)


@transaction.atomic
def claim(case: Case, *, by: Member, taking_over: bool = False) -> Case:
    """Leave a case to this moderator for a while; saying it again begins the while anew.

    Raises AlreadyDecided, or HeldByAnother unless `taking_over`.
    """
    case = Case.objects.select_for_update(of=("self",), no_key=True).select_related("held_by").get(pk=case.pk)
    if case.closed_at is not None:
        raise AlreadyDecided(_("Ce cas est déjà clos."))
    if not taking_over:
        refuse_held(case, by=by)
    _hold(case, by=by)
    return case


def release(case: Case, *, by: Member) -> None:
    """Give a case back to the others. Harmless when somebody else has it."""
    Case.objects.filter(pk=case.pk, held_by=by).update(held_by=None, held_since=None, held_until=None)


@transaction.atomic
def take_next(*, by: Member, after: Case | None = None) -> Case | None:
    """The next case in which they have no part, left to this moderator: two who ask at the same moment get two. None
    when nothing waits.

    One that is being decided or taken at this very moment is somebody else's.
    """
    passed: list[int] = []
    while True:
        free = following(by=by, after=after).exclude(pk__in=passed)
        case = free.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
        if case is None:
            return None
        if case.content is None or not part_of(by, case.content):
            _hold(case, by=by)
            return case
        passed.append(case.pk)


def refuse_held(case: Case, *, by: Member) -> None:
    """Raises HeldByAnother while somebody else reads the case."""
    holder = case.holder
    if holder is not None and holder.pk != by.pk:
        raise HeldByAnother(
            _("%(who)s lit ce cas depuis %(minutes)d min.")
            % {"who": holder, "minutes": (timezone.now() - case.held_since).total_seconds() // 60}
        )


def _hold(case: Case, *, by: Member) -> None:
    now = timezone.now()
    if case.holder != by:
        case.held_since = now
    case.held_by, case.held_until = by, now + LEASE
    case.save(update_fields=["held_by", "held_since", "held_until"])
