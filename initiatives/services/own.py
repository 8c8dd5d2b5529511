"""One's own supports without an account: a link, sent on request, to whoever reads the address."""

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse
from django.utils import timezone

from core.limits import Window, hit
from initiatives.services.limits import current_limits
from members.addresses import address_key, box_key
from members.models import Member
from members.rights import links
from notifications.services import write_to

LINK_LIFE = timedelta(days=1)
_DAY, _HOUR = 24 * 60 * 60, 60 * 60
#: Links asked from one network in an hour: a town hall helps its visitors, a robot fills boxes.
_PER_NETWORK = 60

_signer = TimestampSigner(sep=".", salt="initiatives.own")


def may_ask(email: str, *, network: bytes) -> bool:
    """Count one more demand of a link. Beyond the limits nothing leaves, and nothing is said of it."""
    of_address, of_network = hit(
        [
            Window(f"own-supports:{box_key(email).hex()}", _DAY),
            Window(f"own-supports-network:{network.hex()}", _HOUR),
        ]
    )
    return of_address <= current_limits().messages_per_address_a_day and of_network <= _PER_NETWORK


def send_link(email: str) -> None:
    """Write to the address: the link, or that no support was given with it. For a task: the look-up takes time.

    A member is written to at the address they proved, whatever spelling of it was typed. One who was suspended too:
    withdrawing a consent is everybody's right (GDPR, 7(3)).
    """
    member = Member.objects.filter(address_key=address_key(email)).first()
    key = f"own-supports-{timezone.now():%Y%m%d%H%M%S%f}"
    if member is None:
        write_to(email, kind="supports_none", key=key, context={"url": reverse("initiatives")})
    else:
        url = reverse("my_supports_link", args=[token_of(member)])
        until = (timezone.now() + LINK_LIFE).isoformat()
        write_to(member.email, kind="supports_list", key=key, context={"url": url, "until": until})


def token_of(member: Member) -> str:
    """What stands in the link."""
    return _signer.sign(links.name_of(member))


def member_of(token: str) -> Member | None:
    """The member whose supports the link shows; None when it is older than a day, not of our making, or was sent to an
    address that is theirs no more."""
    try:
        return links.member_named(_signer.unsign(token, max_age=LINK_LIFE))
    except BadSignature:
        return None
