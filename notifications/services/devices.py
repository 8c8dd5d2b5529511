"""The devices of a member: the browsers that are told what happens, when they asked for it there."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.browsers import in_words
from core.fetch import may_lead_outside
from members.models import Member, OpenSession
from members.services import see_session
from notifications import vapid
from notifications.models import PushSubscription

#: Devices of one member: each is one more request for each thing told.
MOST = 10
_AUTH_BYTES = 16


class DeviceRefused(ValidationError):
    """This browser cannot be told; its text says why."""


@dataclass(frozen=True)
class Devices:
    """What a member's settings show of their devices. Without a key, the site pushes nothing."""

    public_key: str
    all: list[PushSubscription]

    @property
    def most(self) -> int:
        return MOST

    @property
    def is_full(self) -> bool:
        return len(self.all) >= MOST


def shown_to(member: Member) -> Devices:
    """One query; the newest device first."""
    key = vapid.public_key()
    return Devices(key, list(devices_of(member).order_by("-pk")[:MOST]) if key else [])


def devices_of(member: Member) -> QuerySet[PushSubscription]:
    """Those made for a former key of ours take nothing any more, and are none."""
    return PushSubscription.objects.filter(session__member=member, made_for=vapid.public_key()).select_related(
        "session"
    )


@transaction.atomic
def enable(
    member: Member, *, session_key: str, user_agent: str, endpoint: str, p256dh: str, auth: str
) -> PushSubscription:
    """Tell this browser what is told to this member, from now on and as long as this session lasts.

    Again, it is the same device; somebody else's before, it is told nothing of theirs any more. Raises DeviceRefused.
    """
    _judge(endpoint, p256dh, auth)
    see_session(member, session_key, device=in_words(user_agent))
    # Ten at once come one after the other.
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)
    session = OpenSession.objects.get(session_key=session_key)
    # This browser, or this session, under another address, key or member; and what takes nothing any more.
    PushSubscription.objects.filter(endpoint=endpoint).exclude(session=session).delete()
    PushSubscription.objects.filter(session__member=member).exclude(made_for=vapid.public_key()).delete()
    if devices_of(member).exclude(session=session).count() >= MOST:
        raise DeviceRefused(
            _("%(most)d de vos appareils sont déjà prévenus : retirez-en un pour ajouter celui-ci.") % {"most": MOST}
        )
    device, _is_new = PushSubscription.objects.update_or_create(
        session=session,
        defaults={
            "endpoint": endpoint,
            "p256dh": p256dh,
            "auth": auth,
            "made_for": vapid.public_key(),
            "failing_since": None,
        },
    )
    return device


@transaction.atomic
def renew(member: Member, *, former: str, endpoint: str, p256dh: str, auth: str) -> bool:
    """The browser's service gave it another address: it stays this member's device. Returns whether it was one.

    Raises DeviceRefused.
    """
    _judge(endpoint, p256dh, auth)
    device = devices_of(member).select_for_update(of=("self",)).filter(endpoint=former).first()
    if device is None:
        return False
    PushSubscription.objects.filter(endpoint=endpoint).exclude(pk=device.pk).delete()
    device.endpoint, device.p256dh, device.auth, device.failing_since = endpoint, p256dh, auth, None
    device.save(update_fields=["endpoint", "p256dh", "auth", "failing_since"])
    return True


def remove(member: Member, device_id: int) -> bool:
    """Nothing more is told there. Returns whether it was a device of theirs."""
    _count, models = PushSubscription.objects.filter(session__member=member, pk=device_id).delete()
    return bool(models)


def _judge(endpoint: str, p256dh: str, auth: str) -> None:
    """Raises DeviceRefused for what no browser writes. Where the address leads is judged each time it is used."""
    if not vapid.public_key():
        raise DeviceRefused(_("Ce site n’envoie rien aux appareils."))
    most = PushSubscription._meta.get_field("endpoint").max_length
    if len(endpoint) > most or not may_lead_outside(endpoint, trusted=settings.PUSH_NETWORKS):
        raise DeviceRefused(_("Le service de votre navigateur a donné une adresse que nous ne pouvons pas joindre."))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), vapid.read(p256dh))
        is_whole = len(vapid.read(auth)) == _AUTH_BYTES
    except ValueError:
        is_whole = False
    if not is_whole:
        raise DeviceRefused(_("Votre navigateur n’a pas donné les clés qui chiffrent ce qui lui est envoyé."))
