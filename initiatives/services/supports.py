"""Supporting: a member's one tap, a visitor's demand and its confirmation, withdrawing."""

from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from django.core.signing import BadSignature
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.hot import hot
from core.keyed import QuickSigner
from core.statements import Statement
from initiatives.models import Initiative, Support
from members import services as members
from members.addresses import address_key, domain_of, is_disposable
from members.models import Member
from territories.lookup import commune_of_code
from territories.models import Commune

#: How long the link of a message confirms.
LINK_LIFE = timedelta(days=7)
#: How many times a confirmation looks again after somebody else wrote first.
_LOOKS = 3

# Signed with SECRET_KEY: the database holds nothing that confirms. A point, since a slash or a colon breaks links.
_signer = QuickSigner(sep=".", salt="initiatives.support")


class SupportRefused(Exception):
    """The initiative is not open to supports. Its text can be shown to the person."""


class JoinedAnother(Exception):
    """What they were shown has joined another initiative: whether they support that one is theirs to say."""


class LinkExpired(Exception):
    """The link was sent too long ago to confirm: another can be asked for."""


# What the person will be told of their place: the number shown, the changes that wait to be folded, and themselves.
_STANDING = """
standing AS (
    SELECT initiative.id,
        initiative.support_count + changes.everywhere + 1 AS rank,
        coalesce(tally.count, 0) + changes.here + 1 AS place_rank
    FROM initiatives_initiative initiative
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(confirmed), 0) AS everywhere,
            coalesce(sum(confirmed) FILTER (WHERE commune_id = %(commune)s::varchar), 0) AS here
        FROM initiatives_supportdelta WHERE initiative_id = initiative.id
    ) changes
    LEFT JOIN initiatives_supporttally tally
        ON tally.initiative_id = initiative.id AND tally.commune_id = %(commune)s::varchar
    WHERE initiative.id = %(initiative)s::bigint AND state IN ('preparing', 'published')
        AND withheld_at IS NULL AND frozen_at IS NULL
)
"""

# One statement: the unique constraint decides who is first, and a trigger writes the delta that tells the shown number.
_SUPPORT = (
    "WITH"
    + _STANDING
    + """
INSERT INTO initiatives_support (
    initiative_id, member_id, commune_id, state, suspicion, created_at, confirmed_at, domain, is_disposable, network,
    rank, place_rank, source, email, first_name, consent_version
)
SELECT id, %(member)s::bigint, %(commune)s::varchar, %(state)s::varchar, %(suspicion)s::varchar,
    %(now)s::timestamptz, %(now)s::timestamptz, %(domain)s::varchar, %(is_disposable)s::boolean, %(network)s::bytea,
    rank, CASE WHEN %(commune)s::varchar IS NOT NULL THEN place_rank END, %(source)s::varchar, '', '', ''
FROM standing
ON CONFLICT (initiative_id, member_id) WHERE member_id IS NOT NULL DO NOTHING
"""
)


def _confirming(person: str) -> str:
    """One statement: the member, their consent, the row. A support that is not taken makes no member, and nothing
    happens to the row when the person supports already by another way. The row is held first: one that is erased, or
    joins another initiative with all of its own, at this very moment, is seen as it has become.

    What is not confirmed is pending. Said so, the index of what is pending is none by which to find the row: few wait
    when its plan is made, and thousands when a crowd comes.
    """
    return (
        "WITH"  # noqa: S608 (made of constants)
        + _STANDING
        + """
, welcome AS (
    SELECT FROM standing JOIN initiatives_support ON initiative_id = standing.id
    WHERE initiatives_support.id = %(support)s::bigint AND confirmed_at IS NULL
    FOR NO KEY UPDATE OF initiatives_support
), """
        + person
        + """
UPDATE initiatives_support support
SET member_id = person.id,
    state = CASE WHEN is_active AND suspicion = '' THEN 'confirmed' ELSE 'suspect' END,
    suspicion = CASE WHEN is_active OR suspicion <> '' THEN suspicion ELSE 'suspended' END,
    confirmed_at = %(now)s::timestamptz, email = '', first_name = '', address_key = NULL, consent_version = '',
    rank = standing.rank, place_rank = CASE WHEN %(commune)s::varchar IS NOT NULL THEN standing.place_rank END
FROM standing, person
WHERE support.id = %(support)s::bigint AND support.confirmed_at IS NULL AND NOT EXISTS (
    SELECT FROM initiatives_support WHERE initiative_id = standing.id AND member_id = person.id
)
RETURNING support.state, support.rank, support.place_rank
"""
    )


_CONFIRM = _confirming(members.WELCOMING)
# The usual case, in two thirds of the time: the look found nobody who has the address.
_CONFIRM_NEWCOMER = Statement(_confirming(members.NEWCOMING))

# What a visitor typed.
_ASK = Statement("""
INSERT INTO initiatives_support (
    initiative_id, state, email, address_key, first_name, commune_id, consent_version, domain, is_disposable, network,
    suspicion, source, created_at
) VALUES (
    %(initiative)s::bigint, 'pending', %(email)s::varchar, %(key)s::bytea, %(first_name)s::varchar,
    %(commune)s::varchar, %(consent)s::varchar, %(domain)s::varchar, %(is_disposable)s::boolean, %(network)s::bytea,
    %(suspicion)s::varchar, %(source)s::varchar, %(now)s::timestamptz
)
""")

_NAMES = [field.attname for field in Support._meta.concrete_fields]
_FOUND = ", ".join(f"found.{field.column}" for field in Support._meta.concrete_fields)

# Who waits behind a link that still confirms, when no member has their address: what most links are opened for.
_NEWCOMER = Statement("""
SELECT id, initiative_id, email, first_name, commune_id, consent_version, created_at, address_key
FROM initiatives_support asked
WHERE id = %(support)s::bigint AND confirmed_at IS NULL
    AND coalesce(written_at, created_at) >= %(since)s::timestamptz
    AND NOT EXISTS (SELECT FROM members_member WHERE address_key = asked.address_key)
    AND NOT EXISTS (SELECT FROM members_member WHERE email = asked.email)
""")

# The pending row of a link, or what its person gave by another way. The key is made anew: that of the row may be older
# than those that members have now (`rekey_addresses`).
_FIND = f"""
SELECT {_FOUND} FROM initiatives_support asked
LEFT JOIN LATERAL (
    -- As members.services.WELCOMING finds them.
    SELECT id FROM members_member
    WHERE asked.state = 'pending'
        AND (address_key = %(key)s::bytea OR email = asked.email)
    ORDER BY email <> asked.email LIMIT 1
) member ON true
LEFT JOIN initiatives_support given ON given.member_id = member.id AND given.initiative_id = asked.initiative_id
JOIN initiatives_support found ON found.id = coalesce(given.id, asked.id)
WHERE asked.id = %(support)s::bigint
"""  # noqa: S608 (made of constants)


def support(
    initiative: Initiative, *, by: Member, network: bytes | None = None, suspicion: str = "", source: str = ""
) -> bool:
    """Put a member behind an initiative.

    `network` is the keyed hash of where it came from, `source` the word of the link they came by (services.sources);
    with a `suspicion` it is kept and does not count.
    Returns True the first time and False when the support already existed, so that a double click changes nothing.
    Raises SupportRefused when the initiative is not open.
    """
    if not initiative.is_open:
        raise SupportRefused(_("Cette initiative n’est pas ouverte aux soutiens."))
    with connection.cursor() as cursor:
        cursor.execute(
            _SUPPORT,
            {
                "initiative": initiative.pk,
                "member": by.pk,
                "commune": by.home_commune_id,
                "state": _state(suspicion),
                "suspicion": suspicion,
                "now": timezone.now(),
                "domain": domain_of(by.email),
                "is_disposable": is_disposable(by.email),
                "network": network,
                "source": source,
            },
        )
        return cursor.rowcount == 1


def ask(
    initiative: Initiative,
    *,
    email: str,
    first_name: str,
    commune: Commune,
    consent: str,
    network: bytes | None = None,
    suspicion: str = "",
    source: str = "",
) -> None:
    """Keep what a visitor typed until their address is proved; a task writes to them (`asking.send_links`).

    The same single insert whoever has the address, so that neither the answer nor its time tells who is known.
    Raises SupportRefused when the initiative is not open, Initiative.DoesNotExist when it was erased meanwhile: the
    caller may have kept it for a moment.
    """
    if not initiative.is_open:
        raise SupportRefused(_("Cette initiative n’est pas ouverte aux soutiens."))
    values = {
        "initiative": initiative.pk,
        "email": email,
        "key": address_key(email),
        "first_name": first_name,
        "commune": commune.pk,
        "consent": consent,
        "domain": domain_of(email),
        "is_disposable": is_disposable(email),
        "network": network,
        "suspicion": suspicion,
        "source": source,
        "now": timezone.now(),
    }
    try:
        _ASK.execute(values)
    except IntegrityError:
        # Asked only then: what is not erased costs one statement.
        Initiative.objects.get(pk=initiative.pk)
        raise


def confirm(support_id: int, *, shown: int | None = None) -> Support:
    """The address is proved: the support counts, its member is made if need be. Harmless twice.

    `shown` is the number of the initiative whose name stood above the button. Returns what the person gave, by this
    link or another way. Raises Support.DoesNotExist, LinkExpired, JoinedAnother when it is not that one's any more,
    or SupportRefused when the initiative is not open any more.
    """
    for _look in range(_LOOKS):
        asked = find(support_id)
        if asked is None:
            raise Support.DoesNotExist
        if not asked.is_pending:
            return asked
        if is_expired(asked):
            raise LinkExpired
        if shown not in (None, asked.initiative_id):
            raise JoinedAnother
        # Another may make the member, or support for them, between our look and our writing: the next look sees it.
        with suppress(IntegrityError):
            if _confirm(asked):
                return asked
    if Initiative.objects.get(pk=asked.initiative_id).is_open:
        raise IntegrityError("A support could not be confirmed.")
    raise SupportRefused(_("Cette initiative n’est plus ouverte aux soutiens."))


def _confirm(asked: Support) -> bool:
    """Write it. False when the initiative closed, or somebody else wrote meanwhile."""
    now = timezone.now()
    values = members.welcoming(
        email=asked.email,
        display_name=asked.first_name,
        home_commune_id=asked.commune_id,
        consent=asked.consent_version,
        consented_at=asked.created_at,
        now=now,
    )
    values |= {"support": asked.pk, "initiative": asked.initiative_id, "commune": asked.commune_id}
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRM, values)
        row = cursor.fetchone()
    if row:
        asked.state, asked.rank, asked.place_rank = row
    return row is not None


class Newcomer(NamedTuple):
    """Somebody to whom a link was sent, whose address is no member's. As the database writes it."""

    support_id: str
    initiative_id: str
    email: str
    first_name: str
    commune_id: str | None
    consent: str
    asked_at: str
    address_key: str


class Counted(NamedTuple):
    """What a newcomer is told of their support."""

    rank: int
    place_rank: int | None


def newcomer(support_id: int | None) -> Newcomer | None:
    """Who waits behind a link, in the usual case; None in any other, which `find` tells. For what a crowd does."""
    rows = _NEWCOMER.execute({"support": support_id, "since": timezone.now() - LINK_LIFE}) if support_id else []
    found = Newcomer(*rows[0]) if rows else None
    # A key may be older than those that members have now (`rekey_addresses`).
    return found if found and found.address_key == f"\\x{address_key(found.email).hex()}" else None


def confirm_newcomer(found: Newcomer) -> Counted | None:
    """As `confirm`, for whom `newcomer` has just found. None when nothing was done: `confirm` tells why."""
    values = members.welcoming(
        email=found.email,
        display_name=found.first_name,
        home_commune_id=found.commune_id,
        consent=found.consent,
        consented_at=found.asked_at,
        now=timezone.now(),
    )
    values |= {"support": found.support_id, "initiative": found.initiative_id, "commune": found.commune_id}
    try:
        rows = _CONFIRM_NEWCOMER.execute(values)
    except IntegrityError:
        # Another makes the member at this moment.
        return None
    return Counted(*(rank and int(rank) for rank in rows[0][1:])) if rows else None


def ask_again(support_id: int) -> None:
    """The link died before it was used: a new message leaves for the same demand."""
    Support.objects.pending().filter(pk=support_id, written_at__lte=timezone.now() - LINK_LIFE).update(
        written_at=None, reminded_at=None, created_at=timezone.now()
    )


@transaction.atomic
def withdraw_support(initiative: Initiative, *, by: Member) -> bool:
    """Take the support back: the row is deleted, and what waits for a confirmation with it. Allowed in any state.

    Returns False when there was none.
    """
    rows = initiative.supports
    rows.pending().filter(address_key=by.address_key).delete()
    return rows.filter(member=by).delete()[0] > 0


# --- The link of a message -------------------------------------------------------------------------------------------


def token_of(support_id: int) -> str:
    """What stands in the link sent to a visitor's address."""
    return _signer.sign(support_id)


def support_id_of(token: str) -> int | None:
    """The support of a link, None when the link is not of our making."""
    try:
        return int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None


def find(support_id: int | None) -> Support | None:
    """The support of a link, with its initiative and its commune; None when it is gone.

    A demand of somebody who supports already, by another way or another link, leads to the support they gave.
    """
    found = _look(support_id) if support_id else None
    if found:
        try:
            found.initiative = hot(
                ("initiative", found.initiative_id), lambda: Initiative.objects.get(pk=found.initiative_id)
            )
        except Initiative.DoesNotExist:
            # Erased at this very moment, and its supports with it.
            return None
        found.commune = commune_of_code(found.commune_id) if found.commune_id else None
    return found


def _look(support_id: int) -> Support | None:
    asked = Support.objects.filter(pk=support_id).first()
    if asked is None or not asked.is_pending:
        return asked
    with connection.cursor() as cursor:
        row = cursor.execute(_FIND, {"support": support_id, "key": address_key(asked.email)}).fetchone()
    return Support.from_db(connection.alias, _NAMES, row) if row else None


def is_expired(support: Support) -> bool:
    """Whether the link of this pending support is too old to confirm."""
    return (support.written_at or support.created_at) < timezone.now() - LINK_LIFE


def _state(suspicion: str) -> str:
    return Support.State.SUSPECT if suspicion else Support.State.CONFIRMED
