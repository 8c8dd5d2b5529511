"""Those who carry an initiative together: invited, they accept and leave; its author hands it over.

Every verb locks the initiative's row first: the limits hold whatever happens at once.
"""

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.limits import Window, hit
from initiatives.life import LifeRefused, Verb, demand, stands
from initiatives.models import CoOrganiser, Initiative, Invitation, TimelineEntry
from initiatives.services.life import record
from members.addresses import box_key
from members.models import Member
from members.services import wants_nothing_of
from moderation.services import screen_texts
from notifications.services import tell, write_to

#: How long an invitation can be accepted.
INVITATION_LIFE = timedelta(days=14)
MOST_CO_ORGANISERS = 10
MOST_OPEN_INVITATIONS = 20
#: Messages that one member has sent to addresses in a day, and that one address gets from all of them.
INVITED_A_DAY = 20
INVITED_OF_ONE_ADDRESS_A_DAY = 3
_DAY = 24 * 60 * 60

# Signed with SECRET_KEY: the database holds nothing that opens. A point, since a slash or a colon breaks links.
_signer = Signer(sep=".", salt="initiatives.invitation")


def lock(initiative: Initiative) -> Initiative:
    """The initiative as it is now, kept from changing until the transaction ends; supports do not wait."""
    return Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=initiative.pk)


def team_of(initiative: Initiative) -> list[int]:
    """The ids of those who carry it, its author first."""
    others = initiative.co_organisers.values_list("member_id", flat=True)
    return [pk for pk in (initiative.author_id, *others) if pk is not None]


# --- Inviting --------------------------------------------------------------------------------------------------------


def may_invite(email: str, *, by: Member) -> bool:
    """Count one more message to this address. Not to be called within a transaction."""
    of_member, of_address = hit([Window(f"invites:{by.pk}", _DAY), Window(f"invited:{box_key(email).hex()}", _DAY)])
    return of_member <= INVITED_A_DAY and of_address <= INVITED_OF_ONE_ADDRESS_A_DAY


@transaction.atomic
def invite(initiative: Initiative, email: str, *, by: Member) -> Invitation:
    """Write to an address, whoever has it: nothing says whether it has an account. Raises LifeRefused.

    The address is kept until it is answered, revoked or out of date. Inviting it again meanwhile is refused.
    """
    initiative = _lock_to_invite(initiative, by=by)
    email = email.lower()
    if initiative.invitations.filter(email=email).exists():
        raise LifeRefused(_("Une invitation attend déjà à cette adresse."))
    # Only its title is written to somebody who asked for nothing: a stranger's box is no place to advertise.
    verdicts = screen_texts({"title": initiative.title}, own_contacts=(by.email,)).values()
    if initiative.published_at is None and not all(verdict.passes for verdict in verdicts):
        raise LifeRefused(_("Ce titre doit être relu avant de partir par e-mail. D’ici là, invitez par un lien."))
    made = _invite(initiative, email, by=by)
    if wants_nothing_of(by, email):
        return made
    write_to(
        email,
        kind="team_invitation",
        key=f"invitation-{made.pk}",
        context={
            "title": initiative.title,
            "by": by.display_name,
            "url": address_of(made),
            "until": made.ends_at.isoformat(),
        },
    )
    return made


@transaction.atomic
def make_link(initiative: Initiative, *, by: Member) -> Invitation:
    """A link that the author hands over themselves, for one person. Raises LifeRefused."""
    return _invite(_lock_to_invite(initiative, by=by), "", by=by)


def _lock_to_invite(initiative: Initiative, *, by: Member) -> Initiative:
    initiative = lock(initiative)
    demand(Verb.INVITE, initiative, by=by)
    # What ended leaves its place, and its address can be invited again, before the nightly task erases it.
    initiative.invitations.filter(answered_at=None, ends_at__lte=timezone.now()).delete()
    if initiative.co_organisers.count() >= MOST_CO_ORGANISERS:
        raise _full()
    if initiative.invitations.open().count() >= MOST_OPEN_INVITATIONS:
        raise LifeRefused(_("Vingt invitations attendent déjà une réponse. Annulez-en une pour en faire une autre."))
    return initiative


def _invite(initiative: Initiative, email: str, *, by: Member) -> Invitation:
    now = timezone.now()
    return initiative.invitations.create(email=email, by=by, created_at=now, ends_at=now + INVITATION_LIFE)


def _full() -> LifeRefused:
    return LifeRefused(_("Cette équipe est complète : dix personnes au plus la composent."))


@transaction.atomic
def revoke(initiative: Initiative, number: int, *, by: Member) -> bool:
    """The invitation opens nothing any more. False when it was answered or revoked already."""
    initiative = lock(initiative)
    demand(Verb.DISMISS, initiative, by=by)
    deleted, _rows = initiative.invitations.filter(pk=number, answered_at=None).delete()
    return deleted > 0


def forget_invitations() -> int:
    """Erase, with their addresses, the invitations that nobody answered in time. Returns how many. For a task."""
    deleted, _rows = Invitation.objects.filter(answered_at=None, ends_at__lte=timezone.now()).delete()
    return deleted


# --- Answering -------------------------------------------------------------------------------------------------------


def address_of(invitation: Invitation) -> str:
    """Where it is answered, as a path."""
    return reverse("team_invitation", args=[_signer.sign(invitation.pk)])


def find(token: str) -> Invitation | None:
    """The invitation of a link, while it can be accepted; None when it ended, or is not of our making."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    return Invitation.objects.open().select_related("initiative__author").filter(pk=pk).first()


@transaction.atomic
def accept(invitation: Invitation, *, by: Member) -> bool:
    """The member joins the team; the author is told. Returns False when they were of it: the invitation still serves.

    Raises LifeRefused when it was answered meanwhile, the team is complete, or the initiative takes nobody any more.
    """
    initiative = lock(invitation.initiative)
    if by.pk in team_of(initiative):
        return False
    invitation = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if invitation is None or not invitation.is_open:
        raise LifeRefused(_("Cette invitation n’est plus ouverte : elle a servi, ou a été annulée."))
    if not stands(Verb.INVITE, initiative):
        raise LifeRefused(_("Cette initiative n’accueille plus personne dans son équipe."))
    if initiative.co_organisers.count() >= MOST_CO_ORGANISERS:
        raise _full()
    joined = initiative.co_organisers.create(member=by)
    _answer(invitation, accepted_by=by)
    record(initiative, TimelineEntry.Kind.JOINED)
    _tell_author(initiative, "team_joined", key=f"joined-{joined.pk}", by=by)
    return True


@transaction.atomic
def decline(invitation: Invitation) -> None:
    """Whoever holds the link says no; the address is erased. Saying it twice is harmless."""
    # In the order of `accept`.
    lock(invitation.initiative)
    invitation = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if invitation is not None and invitation.answered_at is None:
        _answer(invitation, accepted_by=None)


def _answer(invitation: Invitation, *, accepted_by: Member | None) -> None:
    invitation.answered_at = timezone.now()
    invitation.accepted_by = accepted_by
    invitation.email = ""
    invitation.save(update_fields=["answered_at", "accepted_by", "email"])


# --- Leaving ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def leave(initiative: Initiative, *, by: Member) -> None:
    """A co-organiser goes, whatever state it is in; the author is told. Raises LifeRefused."""
    initiative = lock(initiative)
    demand(Verb.LEAVE, initiative, by=by)
    left = initiative.co_organisers.get(member=by)
    _tell_author(initiative, "team_left", key=f"left-{left.pk}", by=by)
    left.delete()


@transaction.atomic
def _leave_one(pk: int) -> None:
    locked = Initiative.objects.select_for_update(of=("self",), no_key=True)
    initiative = locked.filter(pk__in=CoOrganiser.objects.filter(pk=pk).values("initiative")).first()
    left = initiative and initiative.co_organisers.filter(pk=pk).select_related("member").first()
    if left:
        _tell_author(initiative, "team_left", key=f"left-{left.pk}", by=left.member)
        left.delete()


def leave_all(member: Member) -> None:
    """Whoever leaves the site leaves every team; each author is told, without a name. May be done twice."""
    for pk in CoOrganiser.objects.filter(member=member).order_by("pk").values_list("pk", flat=True):
        _leave_one(pk)


@transaction.atomic
def dismiss(initiative: Initiative, number: int, *, by: Member) -> bool:
    """The author takes a co-organiser off the team; they are told. False when they had left. Raises LifeRefused."""
    initiative = lock(initiative)
    demand(Verb.DISMISS, initiative, by=by)
    dismissed = initiative.co_organisers.filter(pk=number).first()
    if dismissed is None:
        return False
    key = f"dismissed-{dismissed.pk}"
    tell(dismissed.member_id, kind="team_dismissed", key=key, context=_about(initiative), about=initiative, by=by)
    dismissed.delete()
    return True


# --- Handing over ----------------------------------------------------------------------------------------------------


@transaction.atomic
def offer(initiative: Initiative, number: int, *, leaves: bool, by: Member) -> bool:
    """The author proposes a co-organiser to become the author. `leaves`: they will not stay in the team.

    Another offer that waited is withdrawn. False when that person is not of the team any more. Raises LifeRefused.
    """
    initiative = lock(initiative)
    demand(Verb.HAND_OVER, initiative, by=by)
    heir = initiative.co_organisers.filter(pk=number).first()
    if heir is None:
        return False
    initiative.co_organisers.exclude(pk=heir.pk).update(offered_at=None)
    if heir.offered_at is None or heir.author_leaves != leaves:
        heir.offered_at = timezone.now()
        heir.author_leaves = leaves
        heir.save(update_fields=["offered_at", "author_leaves"])
        tell(
            heir.member_id,
            kind="team_offered",
            key=f"offered-{heir.pk}-{heir.offered_at:%Y%m%d%H%M%S}",
            context=_about(initiative) | {"name": by.display_name, "url": _team_page(initiative)},
            about=initiative,
            by=by,
        )
    return True


@transaction.atomic
def withdraw_offer(initiative: Initiative, *, by: Member) -> None:
    """The author keeps it. Raises LifeRefused."""
    initiative = lock(initiative)
    demand(Verb.HAND_OVER, initiative, by=by)
    initiative.co_organisers.update(offered_at=None)


@transaction.atomic
def take_over(initiative: Initiative, *, by: Member) -> None:
    """The co-organiser who was asked becomes the author; the former one joins the team, or leaves. Both know.

    Raises LifeRefused when nothing is offered to them any more.
    """
    initiative, offered = _lock_offer(initiative, by=by)
    former_id = initiative.author_id
    offered.delete()
    if former_id is not None and not offered.author_leaves:
        initiative.co_organisers.create(member_id=former_id)
    initiative.author = by
    initiative.save(update_fields=["author"])
    record(initiative, TimelineEntry.Kind.HANDED_OVER)
    if former_id is not None:
        tell(
            former_id,
            kind="team_taken_over",
            key=f"taken-over-{initiative.pk}-{offered.offered_at:%Y%m%d%H%M%S}",
            context=_about(initiative) | {"name": by.display_name, "stays": not offered.author_leaves},
            about=initiative,
            by=by,
        )


@transaction.atomic
def decline_offer(initiative: Initiative, *, by: Member) -> None:
    """The co-organiser who was asked stays one; the author is told. Raises LifeRefused."""
    initiative, offered = _lock_offer(initiative, by=by)
    key = f"offer-declined-{offered.pk}-{offered.offered_at:%Y%m%d%H%M%S}"
    offered.offered_at = None
    offered.save(update_fields=["offered_at"])
    _tell_author(initiative, "team_offer_declined", key=key, by=by)


def _lock_offer(initiative: Initiative, *, by: Member) -> tuple[Initiative, CoOrganiser]:
    initiative = lock(initiative)
    demand(Verb.TAKE_OVER, initiative, by=by)
    offered = initiative.co_organisers.filter(member=by, offered_at__isnull=False).first()
    if offered is None:
        raise LifeRefused(_("Cette proposition n’est plus ouverte."))
    return initiative, offered


def _tell_author(initiative: Initiative, kind: str, *, key: str, by: Member) -> None:
    if initiative.author_id is not None:
        context = _about(initiative) | {"name": by.display_name, "url": _team_page(initiative)}
        tell(initiative.author_id, kind=kind, key=key, context=context, about=initiative, by=by)


def _about(initiative: Initiative) -> dict[str, str]:
    return {"title": initiative.title, "url": initiative.get_absolute_url()}


def _team_page(initiative: Initiative) -> str:
    return reverse("initiative_team", args=[initiative.slug])
