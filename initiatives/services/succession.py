"""An initiative whose author is gone: its oldest co-organiser inherits; without any it is frozen, then adopted."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import AdoptionRequest, Initiative, TimelineEntry
from initiatives.services.announcing import announce
from initiatives.services.life import record
from initiatives.services.team import lock
from members.models import Member
from moderation.models import Case
from notifications.services import tell

_BATCH = 200
#: What those who were not chosen are told.
_ANOTHER_WAS_CHOSEN = gettext_noop("L’initiative est confiée à une autre personne qui l’avait demandée.")


@transaction.atomic
def pass_on_all(member: Member) -> int:
    """Everything this member opened goes on without them, at once. Returns how many initiatives.

    To be called first in the transaction that erases the member, before their own row is touched: initiatives are
    locked before members by everybody.
    """
    opened = Initiative.objects.filter(author=member).order_by("pk").values_list("pk", flat=True)
    return sum(_pass_on(pk, leaving=member.pk) for pk in opened)


def look_after_orphans() -> int:
    """Every minute: what lost its author in any other way is passed on, or frozen. Returns how many. For a task."""
    orphans = Initiative.objects.filter(author=None, frozen_at=None).order_by("pk")
    return each(orphans, _pass_on, most=_BATCH)


@transaction.atomic
def _pass_on(pk: int, *, leaving: int | None = None) -> bool:
    """False when somebody else did it meanwhile. `leaving` is the author who is about to be erased."""
    locked = Initiative.objects.select_for_update(of=("self",), no_key=True)
    initiative = locked.filter(pk=pk, author=leaving, frozen_at=None).first()
    if initiative is None:
        return False
    able = initiative.co_organisers.filter(member__is_active=True)
    heir = able.exclude(member__restriction=Member.Restriction.SUSPENDED).first()
    if heir is not None:
        heir.delete()
        # What the former author proposed to somebody else is not the heir's word.
        initiative.co_organisers.update(offered_at=None)
        initiative.author_id = heir.member_id
        initiative.save(update_fields=["author"])
        record(initiative, TimelineEntry.Kind.HANDED_OVER)
        key = f"inherited-{initiative.pk}-{heir.pk}"
        tell(heir.member_id, kind="team_inherited", key=key, context=_about(initiative), about=initiative)
    elif initiative.state == Initiative.State.DRAFT or _is_only_theirs(initiative, leaving):
        # Nobody but its author ever saw it, or gave it anything: there is nothing to carry on.
        initiative.delete()
    else:
        _freeze(initiative)
    return True


def _is_only_theirs(initiative: Initiative, leaving: int | None) -> bool:
    """Whether it was never public, nobody else supports it, and no moderator reads it."""
    if leaving is None or initiative.published_at is not None:
        return False
    supported = initiative.supports.confirmed().exclude(member=leaving).exists()
    return not supported and not Case.objects.open().of(initiative).exists()


def _freeze(initiative: Initiative) -> None:
    initiative.author = None
    initiative.frozen_at = timezone.now()
    initiative.save(update_fields=["author", "frozen_at"])
    # Nobody joins what nobody carries.
    initiative.invitations.filter(answered_at=None).delete()
    record(initiative, TimelineEntry.Kind.FROZEN)
    announce(
        initiative,
        kind="initiative_frozen",
        key=f"frozen-{initiative.pk}-{initiative.frozen_at:%Y%m%d%H%M%S}",
        context=_about(initiative) | {"url": reverse("initiative_adopt", args=[initiative.slug])},
    )


# --- Adopting --------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_to_adopt(initiative: Initiative, message: str, *, by: Member) -> AdoptionRequest:
    """A supporter asks to carry it; staff will say. Asking twice keeps the first demand. Raises LifeRefused."""
    initiative = lock(initiative)
    demand(Verb.ASK_TO_ADOPT, initiative, by=by)
    if not initiative.supports.confirmed().filter(member=by).exists():
        raise LifeRefused(_("Seule une personne qui soutient cette initiative peut demander à la reprendre."))
    request, _is_new = initiative.adoption_requests.get_or_create(
        member=by, decided_at=None, defaults={"message": message}
    )
    return request


@transaction.atomic
def adopt(request: AdoptionRequest, reason: str, *, by: Member) -> None:
    """Staff entrust the initiative to who asked: it goes on, its supporters know, the other demands are answered.

    Of two at once one wins: the other raises LifeRefused, as when the person is gone or is who decides.
    """
    initiative, request = _lock_request(request, by=by)
    if not request.member.is_active or request.member.restricted_to == Member.Restriction.SUSPENDED:
        raise LifeRefused(_("Le compte de cette personne est suspendu : elle ne peut pas porter une initiative."))
    # Somebody of its former team, back from a suspension: the author is not one of those who help them.
    initiative.co_organisers.filter(member=request.member_id).delete()
    initiative.author = request.member
    initiative.frozen_at = None
    initiative.active_at = timezone.now()
    initiative.asked_if_asleep = 0
    initiative.save(update_fields=["author", "frozen_at", "active_at", "asked_if_asleep"])
    record(initiative, TimelineEntry.Kind.ADOPTED)
    _decide(request, reason, is_accepted=True, by=by)
    for other in initiative.adoption_requests.filter(decided_at=None).select_related("initiative"):
        _decide(other, _(_ANOTHER_WAS_CHOSEN), is_accepted=False, by=by)
    announce(
        initiative,
        kind="initiative_adopted",
        key=f"adopted-{request.pk}",
        context=_about(initiative),
        but=[request.member_id],
    )


@transaction.atomic
def refuse_adoption(request: AdoptionRequest, reason: str, *, by: Member) -> None:
    """Staff say no, and why; who asked is told. Raises LifeRefused when it was decided already."""
    _initiative, request = _lock_request(request, by=by)
    _decide(request, reason, is_accepted=False, by=by)


def _lock_request(request: AdoptionRequest, *, by: Member) -> tuple[Initiative, AdoptionRequest]:
    """The initiative, then the demand, once `by` may decide on it."""
    initiative = lock(request.initiative)
    request = AdoptionRequest.objects.select_related("member", "initiative").filter(pk=request.pk).first()
    if request is None:
        raise LifeRefused(_("Cette demande n’existe plus : la personne a quitté le site."))
    if request.decided_at is not None:
        raise LifeRefused(_("Quelqu’un a déjà répondu à cette demande. Votre décision n’a rien changé."))
    demand(Verb.ADOPT, initiative, by=by)
    if request.member_id == by.pk:
        raise LifeRefused(_("C’est votre propre demande : quelqu’un d’autre doit décider."))
    return initiative, request


def _decide(request: AdoptionRequest, reason: str, *, is_accepted: bool, by: Member) -> None:
    request.decided_at = timezone.now()
    request.decided_by = by
    request.is_accepted = is_accepted
    request.reason = reason
    request.save(update_fields=["decided_at", "decided_by", "is_accepted", "reason"])
    tell(
        request.member_id,
        kind="adoption_accepted" if is_accepted else "adoption_refused",
        key=f"adoption-{request.pk}",
        context=_about(request.initiative) | {"reason": reason},
        about=request.initiative,
    )


def _about(initiative: Initiative) -> dict[str, str]:
    return {"title": initiative.title, "url": initiative.get_absolute_url()}
