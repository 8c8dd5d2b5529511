"""The links of a message by which its reader stops messages like it, without signing in.

Each names a member and what stops: a group of kinds, the digest, or what one initiative or event tells. Whoever holds
the link can stop that, or take it back, and do or read nothing else. It never dies: messages stay in boxes for years.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Consent, Member
from members.services import withdraw_consent
from notifications.kinds import DIGEST, KINDS, Kind
from notifications.models import Channel, Choice, MailSettings, Notification
from notifications.services import preferences
from notifications.words import GROUPS

#: What `ways_out` gives that is each reader's own.
OWN = ("stop_url", "mute_url")

_SALT, _TOKEN = "notifications.stopping", "TOKEN"
#: What may be muted by a link → how it is called there.
_MUTED = {
    "initiatives.initiative": _("Cette initiative, et ses événements"),
    "events.event": _("Cet événement"),
}
_GROUPS = {group.name: group for group in GROUPS.values()}


@dataclass(frozen=True)
class Stop:
    """`what` is the name of a group of kinds, "digest", or what a message is about, "events.event-12"."""

    member_id: int
    what: str

    @property
    def path(self) -> str:
        """Without the site's address."""
        token = signing.Signer(salt=_SALT).sign(f"{self.member_id}-{self.what}")
        return _address().replace(_TOKEN, token.replace(":", "."))

    @property
    def about(self) -> str:
        """As a row says it, "events.event 12"; "" when it is a whole group."""
        label, _dash, number = self.what.rpartition("-")
        return f"{label} {number}" if label else ""

    @property
    def title(self) -> str | Promise:
        if self.about:
            return _MUTED[self.about.split()[0]]
        return _("Le résumé") if self.what == DIGEST else _GROUPS[self.what].title

    @property
    def explanation(self) -> str | Promise:
        if self.about:
            return _("Sauf, si vous y venez, une annulation ou un changement d’heure ou de lieu.")
        if self.what == DIGEST:
            return _("Ce qui est arrivé de nouveau dans ce que vous soutenez, et près de chez vous.")
        return _GROUPS[self.what].explanation


def ways_out(row: Notification) -> dict[str, str]:
    """What a message offers to stop, for its context; nothing for what nobody turns off."""
    kind = KINDS[row.kind]
    if kind.essential or row.recipient_id is None:
        return {}
    label = row.about.split()[0] if row.about else ""
    return {
        "stop_url": Stop(row.recipient_id, DIGEST if kind.name == DIGEST else kind.group).path,
        "mute_url": Stop(row.recipient_id, row.about.replace(" ", "-")).path if label in _MUTED else "",
        "settings_url": _settings(),
    }


@cache
def _address() -> str:
    """Of a hundred thousand links one part differs."""
    return reverse("stop_messages", args=[_TOKEN])


@cache
def _settings() -> str:
    return reverse("settings_messages")


def read(token: str) -> Stop | None:
    """What a link stops; None when this site did not write it, or knows no such thing any more."""
    head, _dot, signature = token.rpartition(".")
    try:
        said = signing.Signer(salt=_SALT).unsign(f"{head}:{signature}")
    except signing.BadSignature:
        return None
    number, _dash, what = said.partition("-")
    found = Stop(int(number), what)
    is_known = found.about.split()[0] in _MUTED if found.about else what in (DIGEST, *_GROUPS)
    return found if is_known else None


@transaction.atomic
def stop(asked: Stop) -> None:
    """From now on; said twice, the same. Whoever has left receives nothing anyway. Raises PreferenceRefused."""
    member = _member(asked)
    if member is None:
        return
    if asked.about:
        preferences.mute(member, asked.about)
    elif asked.what == DIGEST:
        preferences.set_digest(member, MailSettings.Digest.NEVER)
    else:
        preferences.set_preferences(member, {(kind.name, Channel.MAIL): Choice.NEVER for kind in _kinds(asked.what)})


@transaction.atomic
def resume(asked: Stop) -> None:
    """What was stopped comes again, as the site does by itself."""
    member = _member(asked)
    if member is None or not is_stopped(asked):
        return
    if asked.about:
        preferences.unmute(member, asked.about)
    elif asked.what == DIGEST:
        preferences.set_digest(member, MailSettings.Digest.AUTO)
    else:
        preferences.set_preferences(
            member,
            {(kind.name, Channel.MAIL): preferences.default(kind, Channel.MAIL) for kind in _kinds(asked.what)},
        )


def is_stopped(asked: Stop) -> bool:
    """Whether it already is, for whoever looks at the page; also when the member has left."""
    member = _member(asked)
    if member is None:
        return True
    if asked.about:
        return preferences.is_muted(member, asked.about)
    if asked.what == DIGEST:
        return preferences.settings_of(member).digest == MailSettings.Digest.NEVER
    chosen = preferences.choices_of(member)
    return all(chosen[kind.name][Channel.MAIL] == Choice.NEVER for kind in _kinds(asked.what))


@transaction.atomic
def refuse_digests(address_keys: Collection[bytes]) -> None:
    """Whoever reads these mailboxes complained of a message: no digest any more, and no consent to it."""
    for member in Member.objects.filter(address_key__in=address_keys).order_by("pk"):
        withdraw_consent(member, Consent.Purpose.DIGEST)
        preferences.set_digest(member, MailSettings.Digest.NEVER)


def _member(asked: Stop) -> Member | None:
    return Member.objects.filter(pk=asked.member_id).first()


def _kinds(group: str) -> list[Kind]:
    return [kind for kind in preferences.settable() if kind.group == group]
