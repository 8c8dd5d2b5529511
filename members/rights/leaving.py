"""Leaving: effective at once, undone within a week by a link, final after it.

leave       the account is closed: no name, no address, no session, no right; the address is free for somebody else
carry_out   a moment later, by a task: what goes at once is deleted, what is passed on is passed on, what they
            asked to erase is hidden; done again by the sweep, for what a request of theirs wrote at that moment
come_back   the link: name, address, settings and texts are back; what was deleted or passed on is not. The address is
            the one that the link was sent to: theirs, or one that another replaced this week, whose way back stays open
finish      a week later: what was hidden is erased, what stays is nobody's, nothing can be undone; not while a court
            asks that it be kept (LegalHold), nor while a moderator examines something of theirs
bury        the empty row goes once nothing needs it: a suspension that lasts, what one of the staff did this year
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.jobs import each, enqueue
from core.sealing import seal, unseal
from members import tasks
from members.addresses import address_key
from members.models import AccessRecord, AddressChange, ClosedIdentity, Departure, LegalHold, Member, SetAside
from members.rights import copying
from members.rights.messages import write_to
from members.rights.registry import Fate, Holding, Person, holdings, rooms
from members.services.address import take_back
from members.services.readings import READINGS_KEPT

#: What others read in place of their name.
FORMER = gettext_noop("Ancien membre")
#: Rows of one transaction.
_BATCH = 500
#: How long one round works at what goes at once: whoever wrote a hundred thousand words leaves in several, and between
#: two of them others have their turn.
SWEEP = timedelta(seconds=20)
#: How long the row of somebody suspended stays without a name, so that leaving does not undo a suspension.
BARRED_FOR = timedelta(days=365)

_signer = Signer(sep=".", salt="members.rights.departure")
_TIMES = ("changed_at", "former_told_at", "new_told_at")


class LeavingRefused(Exception):
    """They may not leave now. Its text can be shown to the person."""


class TooLate(Exception):
    """Nothing can be undone: the week is over, or the address is another account's by now. The text can be shown."""


class _NotNow(Exception):
    """Time is over; the next round goes on."""


@dataclass(frozen=True)
class WayBack:
    """The link of a departure: sent to the address that the account had, or to the one that this change replaced."""

    departure: Departure
    change: int | None = None


# --- Leaving ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def leave(member: Member, wish: str) -> tuple[Departure, bool]:
    """Close the account of this member. Returns the departure, and whether it is new: said twice, the first one counts.

    Raises LeavingRefused to the last superuser, and to who came back a moment ago.
    """
    # Two superusers who leave at once follow each other: the second sees the first gone.
    superusers = list(Member.objects.filter(is_superuser=True, is_active=True).order_by("pk").select_for_update())
    member = Member.objects.select_for_update().get(pk=member.pk)
    departure = Departure.objects.filter(member=member).first()
    if departure is not None and departure.undone_at:
        raise LeavingRefused(_("Votre retour n’est pas fini : vos textes reviennent. Recommencez dans une minute."))
    if departure is not None:
        return departure, False
    if member.is_superuser and [each.pk for each in superusers] == [member.pk]:
        raise LeavingRefused(
            _("Vous seul administrez le site. Donnez d’abord ce droit à quelqu’un d’autre, puis revenez.")
        )
    now = timezone.now()
    changes = list(
        AddressChange.objects.filter(
            member=member, undone_at=None, changed_at__gt=now - AddressChange.UNDONE_WITHIN
        ).order_by("pk")
    )
    departure = Departure.objects.create(
        member=member,
        wish=wish,
        asked_at=now,
        ends_at=now + Departure.UNDONE_WITHIN,
        sealed=seal(json.dumps(_what_comes_back(member, changes))),
    )
    _close(member)
    for number, (address, change) in enumerate(_ways_back(member.email, changes).items()):
        write_to(
            address,
            kind="departure",
            key=f"departure-{departure.pk}-{number}",
            context={
                "url": path_of(departure, change),
                "until": departure.ends_at.isoformat(),
                "erases": wish == Departure.Wish.ERASE,
            },
        )
    enqueue(tasks.carry_out_departure, departure.pk)
    return departure, True


def _ways_back(email: str, changes: Iterable[AddressChange]) -> dict[str, int | None]:
    """Their address, and those that it replaced this week, each by the change that did: whoever stole an account does
    not close it in silence, nor for good."""
    ways: dict[str, int | None] = {email: None}
    for change in changes:
        ways.setdefault(change.former, change.pk)
    return ways


def _what_comes_back(member: Member, changes: Iterable[AddressChange]) -> dict:
    return {
        "email": member.email,
        "display_name": member.display_name,
        "home_commune": member.home_commune_id,
        # Rights do not come back by a link: somebody gives them again.
        "was_staff": member.is_staff,
        # As rows, but the member.
        "changes": [
            {
                "pk": each.pk,
                "former": each.former,
                "new": each.new,
                "changed_at": each.changed_at.isoformat(),
                "former_told_at": each.former_told_at and each.former_told_at.isoformat(),
                "new_told_at": each.new_told_at and each.new_told_at.isoformat(),
            }
            for each in changes
        ],
    }


def _close(member: Member) -> None:
    """No name, no address, no session, no right. The address serves again, but to somebody suspended."""
    address = f"parti-{member.pk}@compte.invalid"
    key = member.address_key if member.restricted_to == Member.Restriction.SUSPENDED else address_key(address)
    Member.objects.filter(pk=member.pk).update(
        email=address,
        address_key=key,
        display_name=_(FORMER),
        home_commune=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
        # Sessions hold a digest of this column: each one ends.
        password=UNUSABLE_PASSWORD_PREFIX + get_random_string(40),
    )
    member.groups.clear()
    member.user_permissions.clear()
    Session.objects.filter(session_key__in=list(member.sessions.values_list("session_key", flat=True))).delete()
    copies = list(member.data_copies.all())
    member.data_copies.all().delete()
    transaction.on_commit(lambda: copying.erase_files(copies))


def path_of(departure: Departure, change: int | None = None) -> str:
    """Where it is undone, for the address that the account had, or for the one that this change replaced."""
    return reverse("departure", args=[_signer.sign(f"{departure.pk}-{change}" if change else departure.pk)])


def find(token: str) -> WayBack | None:
    """The departure of a link; None when it is final, undone, or the link is not of our making."""
    try:
        pk, _dash, change = _signer.unsign(token).partition("-")
    except BadSignature:
        return None
    found = Departure.objects.filter(pk=int(pk)).first()
    if found is None or not found.can_be_undone:
        return None
    return WayBack(found, int(change) if change else None)


# --- What happens at once --------------------------------------------------------------------------------------------


def carry_out_due() -> int:
    """For the sweep: what was not carried out, and once more what left in the last hour. Returns how many."""
    lately = Q(carried_at__gt=timezone.now() - timedelta(hours=1))
    waiting = Departure.objects.filter(Q(carried_at=None) | lately, done_at=None, undone_at=None)
    return each(waiting.order_by("asked_at"), carry_out, timezone.now() + SWEEP, most=200)


def carry_out(pk: int, until: datetime | None = None) -> bool:
    """Delete, pass on and hide. Each part is its own transaction, and may be done again.

    False when there is nothing to do, or when it was not over in time: each round goes further.
    """
    departure = Departure.objects.select_related("member").filter(pk=pk, done_at=None, undone_at=None).first()
    if departure is None:
        return False
    person = _person_of(departure)
    for room in rooms():
        if room.on_leaving is not None:
            room.on_leaving(person)
    try:
        for holding in holdings():
            if holding.fate is Fate.AT_ONCE:
                rows = holding.of(person)
                for room in rooms():
                    rows = room.spares(rows) if room.spares is not None else rows
                _delete_all(rows, one_by_one=holding.one_by_one, unless_back=departure, until=until)
            elif holding.fate is Fate.CHOSEN and departure.wish == Departure.Wish.ERASE:
                _hide_all(holding, person, departure, until)
    except _NotNow:
        return False
    Departure.objects.filter(pk=pk, carried_at=None).update(carried_at=timezone.now())
    return True


def _person_of(departure: Departure) -> Person:
    """As they were known: rows that wait for a confirmation have their address, and no member."""
    return Person(departure.member, json.loads(unseal(departure.sealed))["email"])


def _batches(rows: QuerySet) -> Iterator[list[int]]:
    last = None
    while True:
        found = rows if last is None else rows.filter(pk__gt=last)
        batch = list(found.order_by("pk").values_list("pk", flat=True)[:_BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1]


def _keep_time(until: datetime | None) -> None:
    """Asked after each part, so that every round goes further."""
    if until and timezone.now() >= until:
        raise _NotNow


def _delete_all(
    rows: QuerySet,
    *,
    one_by_one: bool = False,
    unless_back: Departure | None = None,
    until: datetime | None = None,
) -> None:
    for batch in _batches(rows):
        for pks in [[pk] for pk in batch] if one_by_one else [batch]:
            with transaction.atomic():
                if unless_back and not _is_away(unless_back):
                    return
                rows.model._base_manager.filter(pk__in=pks).delete()
            _keep_time(until)


def _is_away(departure: Departure) -> bool:
    """Locked until the transaction ends: who comes back has what they have from then on."""
    return Departure.objects.select_for_update(no_key=True).filter(pk=departure.pk, undone_at=None).exists()


def _hide_all(holding: Holding, person: Person, departure: Departure, until: datetime | None) -> None:
    sort = ContentType.objects.get_for_model(holding.model)
    known = SetAside.objects.filter(departure=departure, content_type=sort, object_id=OuterRef("pk"))
    for batch in _batches(holding.of(person).filter(~Exists(known))):
        for pk in batch:
            if _hide(holding, pk, sort, departure):
                _keep_time(until)


@transaction.atomic
def _hide(holding: Holding, pk: int, sort: ContentType, departure: Departure) -> bool:
    """Seal what it says, and show it no more. Whoever comes back first wins: the departure is locked by both. Returns
    whether there was something to hide."""
    if not _is_away(departure):
        return False
    if SetAside.objects.filter(departure=departure, content_type=sort, object_id=pk).exists():
        # Another worker did it meanwhile: what is hidden now is not what they wrote.
        return False
    rows = holding.model._base_manager
    content = rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    changes = holding.hidden(content) if content is not None else {}
    if not changes:
        return False
    said = {name: getattr(content, name) for name in changes}
    SetAside.objects.create(
        departure=departure,
        content_type=sort,
        object_id=pk,
        # Dates to the microsecond.
        sealed=seal(json.dumps(said, default=lambda value: value.isoformat())),
    )
    rows.filter(pk=pk).update(**changes)
    return True


# --- Coming back -----------------------------------------------------------------------------------------------------


@transaction.atomic
def come_back(departure: Departure, change: int | None = None) -> Member:
    """The account is theirs again. Harmless twice. Raises TooLate.

    `change`: it is asked from the address that this change replaced. The account has that one again, and forgets the
    second factors added since.
    """
    departure = Departure.objects.select_for_update(no_key=True).filter(pk=departure.pk).first()
    if departure is None or not (departure.can_be_undone or departure.undone_at):
        raise TooLate(_("Les sept jours sont passés : le compte est effacé."))
    member = Member.objects.select_for_update().get(pk=departure.member_id)
    if departure.undone_at:
        return member
    was = json.loads(unseal(departure.sealed))
    changes = _changes_of(was, member)
    undone = next((each for each in changes if each.pk == change), None)
    email = undone.former if undone else was["email"]
    key = address_key(email)
    if Member.objects.filter(Q(address_key=key) | Q(email=email)).exclude(pk=member.pk).exists():
        raise TooLate(_("Depuis votre départ, un autre compte s’est ouvert à cette adresse : celui-ci ne revient pas."))
    Member.objects.filter(pk=member.pk).update(
        email=email,
        address_key=key,
        display_name=was["display_name"],
        home_commune_id=was["home_commune"],
        is_active=True,
    )
    # The others may still be undone, by the links that were sent.
    AddressChange.objects.filter(member=member).delete()
    AddressChange.objects.bulk_create(each for each in changes if undone is None or each.pk < undone.pk)
    if undone:
        take_back(member, since=undone.changed_at)
    departure.undone_at = timezone.now()
    departure.save(update_fields=["undone_at"])
    enqueue(tasks.give_back_departed, departure.pk)
    return Member.objects.get(pk=member.pk)


def _changes_of(was: dict, member: Member) -> list[AddressChange]:
    """Those that could be undone when they left; of those who left before these were kept, none."""
    return [
        AddressChange(
            member=member,
            **{name: each[name] for name in ("pk", "former", "new")},
            **{name: each[name] and datetime.fromisoformat(each[name]) for name in _TIMES},
        )
        for each in was.get("changes", [])
    ]


def give_back_due() -> int:
    """For the sweep: texts of those who came back. Returns how many departures."""
    return each(Departure.objects.filter(undone_at__isnull=False), give_back, most=200)


def give_back(pk: int) -> bool:
    """What was hidden is shown again; then nothing is left of the departure."""
    departure = Departure.objects.filter(pk=pk, undone_at__isnull=False).first()
    if departure is None:
        return False
    for batch in _batches(SetAside.objects.filter(departure=departure)):
        for number in batch:
            _give_back(number)
    departure.delete()
    return True


@transaction.atomic
def _give_back(number: int) -> None:
    kept = SetAside.objects.select_for_update().filter(pk=number).first()
    if kept is None:
        return
    model = kept.content_type.model_class()
    content = model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=kept.object_id).first()
    if content is not None:
        said = json.loads(unseal(kept.sealed))
        fields = {name: model._meta.get_field(name).to_python(value) for name, value in said.items()}
        model._base_manager.filter(pk=content.pk).update(**fields)
    kept.delete()


# --- The end ---------------------------------------------------------------------------------------------------------


def finish_due() -> int:
    """For a task: end the departures whose week is over, then bury empty rows. Returns how many ended."""
    over = Departure.objects.filter(ends_at__lte=timezone.now(), done_at=None, undone_at=None)
    held = LegalHold.objects.current().filter(member=OuterRef("member"))
    done = each(over.filter(~Exists(held)).order_by("ends_at"), finish, most=200)
    each(Departure.objects.filter(done_at__isnull=False).order_by("done_at"), bury, most=1000)
    return done


def finish(pk: int) -> bool:
    """Nothing can be undone from now on. False when it is too soon, held, or somebody else does it."""
    departure = Departure.objects.select_related("member").filter(pk=pk, done_at=None, undone_at=None).first()
    if departure is None or departure.ends_at > timezone.now() or what_holds(departure):
        return False
    carry_out(pk)
    person = _person_of(departure)
    _keep_identity(departure, person)
    for holding in holdings():
        match holding.fate:
            case Fate.CHOSEN if departure.wish == Departure.Wish.ERASE:
                _erase_all(holding, person)
            case Fate.CHOSEN | Fate.NAMELESS | Fate.PASSED_ON:
                _unname_all(holding, person)
            case Fate.AT_ONCE | Fate.WITH_ACCOUNT:
                _delete_all(_but_the_departure(holding, person))
    if not _end(departure):
        return False
    bury(pk)
    return True


def what_holds(departure: Departure) -> str:
    """Why it does not end yet, in words; "" when it may."""
    if LegalHold.objects.current().filter(member=departure.member_id).exists():
        return _("une autorité ou un litige demande que ces données soient gardées")
    person = _person_of(departure)
    for room in rooms():
        if room.keeps_open is not None and (why := room.keeps_open(person)):
            return str(why)
    return ""


def _but_the_departure(holding: Holding, person: Person) -> QuerySet:
    rows = holding.of(person)
    return rows.none() if holding.model in (Departure, Member, LegalHold) else rows


def _unname_all(holding: Holding, person: Person) -> None:
    """The foreign key is emptied; one that leads through another row is emptied with that row."""
    if "__" in holding.path:
        return
    rows = holding.model._base_manager
    for batch in _batches(rows.filter(**{holding.path: person.member})):
        rows.filter(pk__in=batch).update(**{holding.path: None})


def _erase_all(holding: Holding, person: Person) -> None:
    if holding.erase is None:
        _delete_all(holding.of(person))
        return
    for batch in _batches(holding.of(person)):
        with transaction.atomic():
            holding.erase(holding.model._base_manager.filter(pk__in=batch))
    _unname_all(holding, person)


@transaction.atomic
def _keep_identity(departure: Departure, person: Person) -> None:
    """Of somebody whose words others could read, who it was: the law asks it for five years. Written once."""
    locked = Departure.objects.select_for_update(no_key=True).get(pk=departure.pk)
    was = json.loads(unseal(locked.sealed))
    if was.get("is_kept"):
        return
    published: dict[str, list[int]] = {}
    for room in rooms():
        if room.published is not None:
            published |= room.published(person)
    if not any(published.values()):
        return
    day = timezone.localdate()
    identity = {
        "email": was["email"],
        "display_name": was["display_name"],
        "joined_at": person.member.joined_at.isoformat(),
        "left_at": locked.asked_at.isoformat(),
        "published": {sort: numbers for sort, numbers in published.items() if numbers},
    }
    ClosedIdentity.objects.create(
        sealed=seal(json.dumps(identity)), closed_at=locked.asked_at, destroy_on=day + ClosedIdentity.KEPT
    )
    locked.sealed = seal(json.dumps(was | {"is_kept": True}))
    locked.save(update_fields=["sealed"])


@transaction.atomic
def _end(departure: Departure) -> bool:
    """The last word, against a link that is followed at this very moment."""
    mine = Departure.objects.select_for_update(no_key=True).filter(pk=departure.pk, done_at=None, undone_at=None)
    locked = mine.first()
    if locked is None:
        return False
    locked.set_aside.all().delete()
    locked.sealed, locked.done_at = None, timezone.now()
    locked.save(update_fields=["sealed", "done_at"])
    return True


@transaction.atomic
def bury(pk: int) -> bool:
    """Delete the empty row, unless a suspension lasts or what one of the staff did is kept for its year."""
    departure = Departure.objects.select_related("member").filter(pk=pk, done_at__isnull=False).first()
    if departure is None or _is_needed(departure):
        return False
    departure.member.delete()
    return True


def _is_needed(departure: Departure) -> bool:
    member, now = departure.member, timezone.now()
    if member.legal_holds.exists():
        return True
    if member.restricted_to == Member.Restriction.SUSPENDED and now < departure.done_at + BARRED_FOR:
        return True
    since = now - READINGS_KEPT
    return (
        AccessRecord.objects.filter(by=member, at__gte=since).exists()
        or LogEntry.objects.filter(user=member, action_time__gte=since).exists()
    )


# --- Legal holds -----------------------------------------------------------------------------------------------------


def hold(member: Member, reason: str, *, by: Member) -> LegalHold:
    """Nothing of theirs is erased from now on. Harmless twice: the first one stands."""
    found, _is_new = LegalHold.objects.get_or_create(
        member=member, lifted_at=None, defaults={"reason": reason, "by": by}
    )
    return found


def lift(hold: LegalHold) -> None:
    """Harmless twice."""
    LegalHold.objects.current().filter(pk=hold.pk).update(lifted_at=timezone.now())


def forget_identities() -> int:
    """Destroy the identities whose five years are over, and holds that were lifted a year ago. Returns how many."""
    LegalHold.objects.filter(lifted_at__lt=timezone.now() - READINGS_KEPT).delete()
    over = ClosedIdentity.objects.filter(destroy_on__lte=timezone.localdate(), held_reason="")
    return over.delete()[0]


def identities_of(*, email: str = "", content: str = "") -> Iterator[tuple[ClosedIdentity, dict]]:
    """Those of an address, or of who published a content ("initiatives.contribution 12"): each is opened and looked at,
    for nothing else leads to it. A judge asks so rarely that nobody waits."""
    sort, _space, number = content.partition(" ")
    for found in ClosedIdentity.objects.iterator(chunk_size=_BATCH):
        said = json.loads(unseal(found.sealed))
        is_theirs = email and address_key(said["email"]) == address_key(email)
        if is_theirs or (number.isdecimal() and int(number) in said["published"].get(sort, [])):
            yield found, said
