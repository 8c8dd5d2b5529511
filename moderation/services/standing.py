"""What a notice weighs: what it says, who says it, and how often they were right. It moves a case up, and nothing else.

No number of notices ever hides a content: a person decides. A crowd of new accounts moves it up by a few points, once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from core.guards import Guard
from core.limits import Window, hit
from members.addresses import address_key, box_key
from members.models import Member
from moderation.filter import Ground
from moderation.models import OTHER, ModeratedContent, Notice, NotifierWarning, TrustedFlagger

_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
#: Notices of one address in a day, of one network in an hour: beyond, they are kept and move nothing.
PER_ADDRESS_A_DAY = 20
PER_NETWORK_AN_HOUR = 30
#: Notices of one content in a minute from which a proof of work is asked for it.
PROOF_FROM_A_MINUTE = 30
#: Messages about notices to one box in a day; beyond, nothing leaves, and the page still gives the reference.
MESSAGES_PER_BOX_A_DAY = 6
GUARD = Guard("notice")

#: An account is new for so long.
NEW_FOR = timedelta(days=7)
#: What one is remembered by.
_LATELY = timedelta(days=365)
#: Manifestly unfounded notices in a year after which one is warned; so many more after it, and theirs weigh less.
UNFOUNDED_BEFORE_WARNING = 3
UNFOUNDED_AFTER_WARNING = 2
DISTRUSTED_FOR = timedelta(days=183)

#: Out of 100, when an address that was proved says it.
_GRAVITY = {
    Ground.CHILD_ABUSE_MATERIAL: 100,
    Ground.PRAISE_OF_TERRORISM: 95,
    Ground.THREAT: 90,
    Ground.INCITEMENT_TO_CRIME: 85,
    Ground.HATE_INCITEMENT: 80,
    Ground.EXPOSURE_OF_PERSON: 80,
    Ground.HARASSMENT: 75,
    Ground.PRAISE_OF_CRIMES: 75,
    Ground.PRIVACY: 70,
    Ground.DENIAL_OF_CRIMES: 70,
    Ground.DISCRIMINATORY_INSULT: 70,
    Ground.DISCRIMINATORY_DEFAMATION: 65,
    Ground.IMPERSONATION: 60,
    Ground.INSULT: 50,
    Ground.DEFAMATION: 50,
    Ground.SPAM: 20,
    Ground.OFF_TOPIC: 10,
    OTHER: 45,
}
#: What is read first whoever says it: somebody may be in danger.
_URGENT = 90

# Percentages of it.
TRUSTED, ACCURATE, PROVED, NEW, DISTRUSTED, EXCESS = 100, 95, 90, 65, 20, 10
#: What others who say the same add: two points each when their address is proved and their account not new, half a
#: point each otherwise, and never more than these.
_MOST_FROM_PROVED, _MOST_FROM_NEW = 16, 8
#: How many notices of a content are looked at: the strongest, beyond which nothing changes.
_LOOKED_AT = 60


@dataclass(frozen=True)
class Record:
    """What became of the notices of one person within a year."""

    made: int
    acted: int
    kept: int
    unfounded: int
    warned_at: datetime | None
    is_distrusted: bool

    @property
    def is_accurate(self) -> bool:
        """Two in three led to a measure, three at least."""
        return self.acted >= 3 and self.acted >= 2 * self.kept


def record_of(key: bytes) -> Record:
    """By the keyed hash of a mailbox. Two queries, whatever they sent."""
    now = timezone.now()
    warned_at = NotifierWarning.objects.filter(notifier_key=key).aggregate(last=Max("warned_at"))["last"]
    counts = Notice.objects.filter(notifier_key=key, made_at__gt=now - _LATELY).aggregate(
        made=Count("pk"),
        acted=Count("pk", filter=Q(outcome=Notice.Outcome.ACTED)),
        kept=Count("pk", filter=Q(outcome=Notice.Outcome.KEPT)),
        unfounded=Count("pk", filter=Q(unfounded_at__isnull=False)),
        since=Count("pk", filter=Q(unfounded_at__gt=max(warned_at or now, now - DISTRUSTED_FOR))),
    )
    since = counts.pop("since")
    is_distrusted = warned_at is not None and since >= UNFOUNDED_AFTER_WARNING
    return Record(**counts, warned_at=warned_at, is_distrusted=is_distrusted)


def is_trusted(member: Member | None) -> bool:
    return member is not None and TrustedFlagger.objects.current().filter(member=member).exists()


def strength_of(notice: Notice) -> int:
    """0 to 100: what this notice asks for by itself."""
    gravity = _GRAVITY[notice.ground]
    if notice.is_excess:
        return gravity * EXCESS // 100
    if notice.is_trusted:
        return gravity * TRUSTED // 100
    record = record_of(bytes(notice.notifier_key)) if notice.notifier_key else None
    if record and record.is_distrusted:
        return gravity * DISTRUSTED // 100
    if gravity >= _URGENT:
        return gravity
    if record and record.is_accurate and notice.confirmed_at:
        return gravity * ACCURATE // 100
    return gravity * (NEW if is_new(notice) else PROVED) // 100


def is_new(notice: Notice) -> bool:
    """An address that was not proved, or an account that has just been made."""
    if notice.confirmed_at is None:
        return True
    return notice.member is not None and notice.member.joined_at > notice.made_at - NEW_FOR


def gravity_of(content: ModeratedContent) -> int:
    """0 to 100: what the open notices on a content ask for together; 0 without any."""
    strongest = list(
        Notice.objects.open()
        .of(content)
        .filter(is_excess=False)
        .order_by("-is_trusted", "-strength")
        .values_list("strength", "confirmed_at", "made_at", "member__joined_at")[:_LOOKED_AT]
    )
    if not strongest:
        return Notice.objects.open().of(content).aggregate(most=Max("strength"))["most"] or 0
    most = max(row[0] for row in strongest)
    others = strongest[1:]
    new = sum(_is_new_row(*row[1:]) for row in others)
    crowd = min(2 * (len(others) - new), _MOST_FROM_PROVED) + min(new // 2, _MOST_FROM_NEW)
    return min(most + crowd, 100)


def _is_new_row(confirmed_at: datetime | None, made_at: datetime, joined_at: datetime | None) -> bool:
    return confirmed_at is None or (joined_at is not None and joined_at > made_at - NEW_FOR)


# --- How many --------------------------------------------------------------------------------------------------------


def is_excess(content: ModeratedContent, *, email: str, network: bytes) -> bool:
    """Count one more notice: whether it is beyond what one address or one network may send.

    Nothing is refused: what is unlawful is known to us from the moment it is said. Not to be called in a transaction.
    """
    windows = [
        Window(f"notice-network:{network.hex()}", _HOUR),
        Window(f"notice-content:{content._meta.label_lower}:{content.pk}", _MINUTE),
    ]
    if email:
        windows.append(Window(f"notice-address:{address_key(email).hex()}", _DAY))
    of_network, of_content, *of_address = hit(windows)
    if of_content == PROOF_FROM_A_MINUTE + 1:
        GUARD.put_on(content.pk)
    if of_network > PER_NETWORK_AN_HOUR:
        GUARD.put_on_network(network)
    return of_network > PER_NETWORK_AN_HOUR or any(count > PER_ADDRESS_A_DAY for count in of_address)


def needs_proof(content: ModeratedContent, *, network: bytes) -> bool:
    """Whether a proof of work is asked of this network's visitors who report this content, now."""
    return GUARD.is_on(content.pk, network=network)


def may_be_written_to(email: str) -> bool:
    """Count one more message about a notice to this box. Not to be called in a transaction."""
    (count,) = hit([Window(f"notice-message:{box_key(email).hex()}", _DAY)])
    return count <= MESSAGES_PER_BOX_A_DAY
