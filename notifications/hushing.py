"""What was told and has not left is not said any more to who turned it off since: a line of tonight's digest, a message
that waits for the morning. What left stays told, and what stands on the site stays there."""

from collections.abc import Iterable

from django.db.models import Q

from members.models import Block, Member
from notifications.kinds import DIGEST, KINDS
from notifications.models import Mail, Notification, Push

#: What may be muted; of whom one blocks, nothing else is kept silent either.
_MUTED = [kind.name for kind in KINDS.values() if not (kind.essential or kind.despite_mute)]
#: They have settings of their own.
DIGESTS = frozenset([DIGEST, "digest_question"])


def hush_about(member: Member, what: Q) -> None:
    """They muted it, or who did it."""
    what &= Q(kind__in=_MUTED)
    _hush_mail(member, what)
    _hush_push(member, what)


def hush_kinds(member: Member, *, by_mail: Iterable[str] = (), by_push: Iterable[str] = ()) -> None:
    """They do not want these kinds in that way any more."""
    if by_mail:
        _hush_mail(member, Q(kind__in=by_mail))
    if by_push:
        _hush_push(member, Q(kind__in=by_push))


def hush_digests(member: Member) -> None:
    """They do not want any: neither the one that is made already, nor the lines of another."""
    _hush_mail(member, Q(mail=Mail.DIGEST) | Q(kind__in=DIGESTS))


def unwanted(rows: Iterable[Notification]) -> set[int]:
    """The numbers of those that tell what somebody did whom their reader has blocked since. One query at most."""
    asked = {row.pk: (row.recipient_id, row.by_id) for row in rows if row.by_id and row.kind in _MUTED}
    if not asked:
        return set()
    members, others = zip(*asked.values(), strict=True)
    blocks = Block.objects.filter(blocker__in=set(members), blocked__in=set(others))
    pairs = set(blocks.values_list("blocker_id", "blocked_id"))
    return {pk for pk, pair in asked.items() if pair in pairs}


def drop(rows: Iterable[Notification]) -> None:
    """They are read on the site, and nowhere else."""
    Notification.objects.filter(pk__in=[row.pk for row in rows], sent_at=None).update(mail=Mail.NONE, digest=None)


def _hush_mail(member: Member, what: Q) -> None:
    """Also the lines of a digest that is made, but not what is being sent at this very moment."""
    waiting = Notification.objects.filter(what, recipient=member, sent_at=None, failed_at=None, claimed_at=None)
    waiting.exclude(mail=Mail.NONE).update(mail=Mail.NONE, digest=None)


def _hush_push(member: Member, what: Q) -> None:
    waiting = Notification.objects.filter(what, recipient=member, push_due_at__isnull=False, pushed_at=None)
    waiting.update(push_due_at=None)
    handed = Notification.objects.filter(what, recipient=member, pushed_at__isnull=False)
    Push.objects.filter(subscription__session__member=member, notification__in=handed).delete()
