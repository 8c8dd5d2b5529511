"""What is decided about an account: to warn, to leave reading only, to suspend, to lift; always logged and told.

Whoever repeats what the law forbids is warned before being suspended (Regulation (EU) 2022/2065, art. 23), unless what
they did is grave enough (`GRAVE`). Two moderators suspend, never one. What they wrote stays as it is.
"""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.jobs import each
from members.models import Member
from moderation.filter import Ground
from moderation.models import Case, Decision, Sanction
from moderation.services import redress
from moderation.services.refusals import AlreadyDecided, ContentGone, DecisionRefused, OwnContent, ReasonMissing
from moderation.services.statements import address_of_statement, state
from notifications.services import tell

Kind = Sanction.Kind
Verb = Decision.Verb

#: Grounds on which an account is suspended without a warning before.
GRAVE = frozenset(
    {
        Ground.CHILD_ABUSE_MATERIAL,
        Ground.PRAISE_OF_TERRORISM,
        Ground.THREAT,
        Ground.INCITEMENT_TO_CRIME,
        Ground.IMPERSONATION,
    }
)
#: For so long a warning counts.
WARNED_WITHIN = timedelta(days=365)
#: Days that one moderator alone may leave somebody reading only.
LONGEST_SILENCE = 30
LONGEST_SUSPENSION = 365
#: A suspension that nobody confirms in this time is dropped.
CONFIRM_WITHIN = timedelta(days=7)

#: Measures ended in one round.
_MOST = 200

_VERBS = {Kind.WARNING: Verb.WARN, Kind.READ_ONLY: Verb.SILENCE, Kind.SUSPENSION: Verb.SUSPEND}
_MESSAGES = {Kind.WARNING: "account_warned", Kind.READ_ONLY: "account_silenced", Kind.SUSPENSION: "account_suspended"}
_RESTRICTIONS = {
    Kind.READ_ONLY: Member.Restriction.READ_ONLY,
    Kind.SUSPENSION: Member.Restriction.SUSPENDED,
}


class MeasureRefused(DecisionRefused):
    """This measure cannot be taken against this account; the text says why."""


@transaction.atomic
def warn(
    member: Member, *, by: Member, ground: str, reason: str, facts: str = "", case: Case | None = None
) -> Sanction:
    """Tell somebody what they did against the rules, and what follows if they do it again.

    Raises MeasureRefused, OwnContent or ReasonMissing.
    """
    member = _take(member, by=by, ground=ground, reason=reason)
    measure = Sanction(
        member=member, kind=Kind.WARNING, ground=ground, reason=reason, facts=facts, case=case, proposed_by=by
    )
    return _start(measure, member)


@transaction.atomic
def silence(
    member: Member, *, by: Member, ground: str, reason: str, days: int, facts: str = "", case: Case | None = None
) -> Sanction:
    """Leave somebody reading only, for 1 to LONGEST_SILENCE days. Raises as `warn` does, or AlreadyDecided."""
    if not 1 <= days <= LONGEST_SILENCE:
        raise MeasureRefused(_("Une lecture seule dure de 1 à %d jours.") % LONGEST_SILENCE)
    member = _take(member, by=by, ground=ground, reason=reason)
    _refuse_second(member)
    measure = Sanction(
        member=member, kind=Kind.READ_ONLY, ground=ground, reason=reason, facts=facts, days=days, case=case
    )
    measure.proposed_by = by
    return _start(measure, member)


@transaction.atomic
def propose_suspension(
    member: Member, *, by: Member, ground: str, reason: str, days: int | None, facts: str = "", case: Case | None = None
) -> Sanction:
    """Ask that somebody be suspended, for so many days or without end; nothing happens before `confirm`.

    Raises as `silence` does.
    """
    if days is not None and not 1 <= days <= LONGEST_SUSPENSION:
        raise MeasureRefused(_("Une suspension dure de 1 à %d jours, ou reste sans terme.") % LONGEST_SUSPENSION)
    member = _take(member, by=by, ground=ground, reason=reason)
    _refuse_second(member)
    if ground not in GRAVE and not _was_warned(member):
        raise MeasureRefused(_("Cette personne n’a pas été avertie depuis un an : avertissez-la d’abord."))
    return Sanction.objects.create(
        member=member,
        kind=Kind.SUSPENSION,
        ground=ground,
        reason=reason,
        facts=facts,
        days=days,
        case=case,
        proposed_by=by,
    )


@transaction.atomic
def confirm(measure: Sanction, *, by: Member) -> Sanction:
    """The second moderator suspends. Raises AlreadyDecided, or MeasureRefused to the one who proposed it."""
    measure, member = _hold(measure)
    if not measure.is_proposed:
        raise AlreadyDecided(_("Quelqu’un a déjà répondu à cette proposition."))
    if measure.proposed_by_id in (None, by.pk) or member.pk == by.pk:
        raise MeasureRefused(_("Une suspension demande deux personnes : quelqu’un d’autre doit la confirmer."))
    measure.confirmed_by = by
    return _start(measure, member)


@transaction.atomic
def drop(measure: Sanction) -> None:
    """Forget a proposal; nobody was told of it. Raises AlreadyDecided."""
    measure, _member = _hold(measure)
    if not measure.is_proposed:
        raise AlreadyDecided(_("Quelqu’un a déjà répondu à cette proposition."))
    measure.ended_at = timezone.now()
    measure.save(update_fields=["ended_at"])


@transaction.atomic
def lift(measure: Sanction, *, by: Member, reason: str, source: str = Decision.Source.VOLUNTARY) -> Decision:
    """Give back what a measure took away; a lifted warning counts no more. The person is told.

    Raises AlreadyDecided, OwnContent or ReasonMissing.
    """
    measure, member = _hold(measure)
    if member.pk == by.pk:
        raise OwnContent(_("Il s’agit de votre compte : quelqu’un d’autre doit décider."))
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est inscrite au journal et envoyée à la personne."))
    if measure.started_at is None or measure.ended_at is not None:
        raise AlreadyDecided(_("Cette mesure n’est plus en vigueur."))
    return _end(measure, member, by=by, reason=reason.strip(), source=source)


def end_due() -> int:
    """For a task: end what is over, each in its own transaction; the people are told. Returns how many."""
    now = timezone.now()
    standing = Sanction.objects.standing()
    waited = Q(started_at=None, proposed_at__lte=now - CONFIRM_WITHIN)
    return each(standing.filter(Q(until__lte=now) | waited).order_by("pk"), _end_if_over, most=_MOST)


# --- Below -----------------------------------------------------------------------------------------------------------


def _take(member: Member, *, by: Member, ground: str, reason: str) -> Member:
    """The account, locked, once nothing stands against deciding about it."""
    if member.pk == by.pk:
        raise OwnContent(_("Il s’agit de votre compte : quelqu’un d’autre doit décider."))
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est inscrite au journal et envoyée à la personne."))
    if ground not in set(Ground):
        raise ReasonMissing(_("Choisissez un motif."))
    member = _lock(member.pk)
    if member.is_staff:
        raise MeasureRefused(_("C’est un compte de l’équipe : un administrateur lui retire d’abord ses droits."))
    return member


def _hold(measure: Sanction) -> tuple[Sanction, Member]:
    """The account first, then its measure, read again: everyone takes them in this order. Raises ContentGone."""
    member = _lock(measure.member_id)
    return Sanction.objects.select_for_update(of=("self",)).get(pk=measure.pk), member


def _lock(pk: int) -> Member:
    member = Member.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if member is None:
        raise ContentGone(_("Cette personne a quitté le site entre-temps : il n’y a plus rien à décider."))
    return member


def _refuse_second(member: Member) -> None:
    standing = Sanction.objects.standing().exclude(kind=Kind.WARNING).filter(member=member).first()
    if standing is None:
        return
    if standing.is_proposed:
        raise AlreadyDecided(_("Une suspension de ce compte attend déjà d’être confirmée."))
    if _end_if_over(standing.pk):
        return
    raise AlreadyDecided(
        _("Ce compte est déjà restreint (%(measure)s). Levez d’abord cette mesure.")
        % {"measure": standing.get_kind_display()}
    )


@transaction.atomic
def _end_if_over(pk: int) -> bool:
    """A measure whose term has come, or a proposal that waited too long. Harmless twice."""
    measure, member = _hold(Sanction.objects.get(pk=pk))
    now = timezone.now()
    if measure.ended_at is not None:
        return False
    if measure.started_at is None:
        if measure.proposed_at + CONFIRM_WITHIN > now:
            return False
        measure.ended_at = now
        measure.save(update_fields=["ended_at"])
        return True
    if measure.until is None or measure.until > now:
        return False
    _end(measure, member, by=None, reason=str(_("Le terme est arrivé.")))
    return True


def _was_warned(member: Member) -> bool:
    since = timezone.now() - WARNED_WITHIN
    return Sanction.objects.standing().filter(member=member, kind=Kind.WARNING, started_at__gte=since).exists()


def _start(measure: Sanction, member: Member) -> Sanction:
    measure.started_at = timezone.now()
    if measure.days is not None:
        measure.until = measure.started_at + timedelta(days=measure.days)
    decision = Decision.objects.create(
        case=measure.case,
        content_type=ContentType.objects.get_for_model(Member),
        object_id=member.pk,
        verb=_VERBS[measure.kind],
        ground=measure.ground,
        reason=measure.reason.strip(),
        facts=measure.facts,
        until=measure.until,
        by=measure.confirmed_by or measure.proposed_by,
        author=member,
        made_at=measure.started_at,
    )
    state(decision)
    measure.decision = decision
    measure.save()
    if measure.kind in _RESTRICTIONS:
        member.restriction = _RESTRICTIONS[measure.kind]
        member.restricted_until = measure.until
        member.save(update_fields=["restriction", "restricted_until"])
    _tell(decision, member, _MESSAGES[measure.kind], measure)
    return measure


def _end(
    measure: Sanction, member: Member, *, by: Member | None, reason: str, source: str = Decision.Source.VOLUNTARY
) -> Decision:
    measure.ended_at = timezone.now()
    measure.save(update_fields=["ended_at"])
    if measure.kind in _RESTRICTIONS:
        member.restriction, member.restricted_until = "", None
        member.save(update_fields=["restriction", "restricted_until"])
    decision = Decision.objects.create(
        content_type=ContentType.objects.get_for_model(Member),
        object_id=member.pk,
        verb=Verb.LIFT,
        reason=reason,
        by=by,
        author=member,
        automated=by is None,
        source=source,
        reverses=measure.decision,
    )
    _tell(decision, member, "account_given_back", measure)
    return decision


def _tell(decision: Decision, member: Member, kind: str, measure: Sanction) -> None:
    ground = Ground(measure.ground)
    tell(
        member.pk,
        kind=kind,
        key=f"decision:{decision.pk}",
        context={
            "ground": str(ground.label),
            "reference": str(ground.reference),
            "reason": decision.reason,
            "measure_kind": measure.kind,
            "url": reverse("my_decisions"),
        }
        | ({"until": decision.until.isoformat()} if decision.until else {})
        | address_of_statement(decision)
        | ({"contest_url": redress.path_of(decision)} if decision.verb in redress.RESTRICTIONS else {}),
    )
