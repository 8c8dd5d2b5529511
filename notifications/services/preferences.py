"""What each member receives and how: kinds of things by channel, what they muted, their quiet hours, their digest.

Without a row, what the table of kinds says; a choice that says the same leaves no row.
"""

from collections.abc import Mapping
from datetime import time

from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from members.models import Member
from notifications import hushing
from notifications.kinds import KINDS, Kind
from notifications.models import Channel, Choice, Mail, MailSettings, Mute, Preference
from notifications.subjects import ABOUT, about_of, is_topic

#: What one may mute at most: nobody reads so many, and a script stops there.
MOST_MUTES = 1000

_BY_DEFAULT = {Mail.NOW: Choice.NOW, Mail.DIGEST: Choice.DIGEST, Mail.NONE: Choice.NEVER}


class PreferenceRefused(Exception):
    """With words for the member."""


def settable() -> list[Kind]:
    """The kinds that may be turned off, in the order of the table."""
    return [kind for kind in KINDS.values() if _is_settable(kind)]


def _is_settable(kind: Kind) -> bool:
    return not kind.essential and kind.name not in hushing.DIGESTS


def ways(kind: Kind) -> list[str]:
    """The channels by which it may be told."""
    return [Channel.MAIL, *([Channel.BELL] if kind.bell else []), *([Channel.PUSH] if kind.push else [])]


def default(kind: Kind, channel: str) -> str:
    """How whoever chose nothing hears of it; on their devices, once they added one."""
    if channel == Channel.MAIL:
        return _BY_DEFAULT[kind.mail]
    is_on = kind.bell if channel == Channel.BELL else kind.is_pushed_by_default
    return Choice.NOW if is_on else Choice.NEVER


def choices_of(member: Member) -> dict[str, dict[str, str]]:
    """The choice of each kind that may be turned off, by channel."""
    chosen = {(row.kind, row.channel): row.choice for row in member.preferences.all()}
    return {
        kind.name: {channel: chosen.get((kind.name, channel), default(kind, channel)) for channel in Channel.values}
        for kind in settable()
    }


def set_preference(member: Member, kind: str, channel: str, choice: str) -> None:
    """How this member hears of this kind from now on. Raises PreferenceRefused."""
    set_preferences(member, {(kind, channel): choice})


@transaction.atomic
def set_preferences(member: Member, choices: Mapping[tuple[str, str], str]) -> None:
    """Many at once, by (kind, channel). All are kept, or none. Raises PreferenceRefused.

    What was told already is not told otherwise; but what is turned off is not said either when it has not left.
    """
    for (name, channel), choice in choices.items():
        _refuse_impossible(name, channel, choice)
    # Two forms sent at once wait for each other.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    usual = [each for each, choice in choices.items() if choice == default(KINDS[each[0]], each[1])]
    if usual:
        same = Q()
        for name, channel in usual:
            same |= Q(kind=name, channel=channel)
        member.preferences.filter(same).delete()
    rows = [
        Preference(member=member, kind=name, channel=channel, choice=choice)
        for (name, channel), choice in choices.items()
        if (name, channel) not in usual
    ]
    Preference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["member", "kind", "channel"], update_fields=["choice"]
    )
    never = [each for each, choice in choices.items() if choice == Choice.NEVER]
    hushing.hush_kinds(
        member,
        by_mail=[name for name, channel in never if channel == Channel.MAIL],
        by_push=[name for name, channel in never if channel == Channel.PUSH],
    )


def _refuse_impossible(name: str, channel: str, choice: str) -> None:
    kind = KINDS.get(name)
    if kind is None or channel not in Channel.values or choice not in Choice.values:
        raise PreferenceRefused(_("Ce choix n’existe pas."))
    if not _is_settable(kind):
        raise PreferenceRefused(_("Ces messages ne s’arrêtent pas : ils disent ce que l’on ne doit pas manquer."))
    if (choice == Choice.DIGEST and channel != Channel.MAIL) or (choice == Choice.NOW and channel not in ways(kind)):
        raise PreferenceRefused(_("Cela ne se reçoit pas ainsi."))


# --- What is muted ---------------------------------------------------------------------------------------------------


@transaction.atomic
def mute(member: Member, about: Model | str) -> bool:
    """Nothing more is told about it, or of what this person does, nor said of what was. False when it was muted. Raises
    PreferenceRefused.

    What must be known all the same is told (`Kind.essential`, `Kind.despite_mute`).
    """
    about = _refuse_unknown(about)
    if about == about_of(member):
        raise PreferenceRefused(_("Ce que vous faites vous-même ne vous est pas dit."))
    if member.mutes.count() >= MOST_MUTES:
        raise PreferenceRefused(_("Vous avez déjà mis mille choses en sourdine."))
    _row, is_new = Mute.objects.get_or_create(member=member, about=about)
    label, _space, number = about.partition(" ")
    is_person = label == Member._meta.label_lower
    hushing.hush_about(member, Q(by=int(number)) if is_person else Q(about=about))
    return is_new


def unmute(member: Member, about: Model | str) -> bool:
    """It is told again from now on. False when it was not muted."""
    deleted, _rows = member.mutes.filter(about=about_of(about)).delete()
    return deleted > 0


def is_muted(member: Member, about: Model | str) -> bool:
    return member.mutes.filter(about=about_of(about)).exists()


def mutes_of(member: Member) -> list[Mute]:
    """The last one first."""
    return list(member.mutes.order_by("-created_at", "-id"))


def _refuse_unknown(about: Model | str) -> str:
    about = about_of(about)
    parts = ABOUT.fullmatch(about)
    if parts is None or not (parts[1] == Member._meta.label_lower or is_topic(parts[1])):
        raise PreferenceRefused(_("Cela ne se met pas en sourdine."))
    return about


# --- When ------------------------------------------------------------------------------------------------------------


def settings_of(member: Member) -> MailSettings:
    """What they chose, or a row that says the same as none."""
    return MailSettings.objects.filter(member=member).first() or MailSettings(member=member)


def set_quiet_hours(member: Member, begin: time | None, end: time | None) -> None:
    """Nobody writes to them between these hours, by their clocks: never silent where both are the same, None for the
    hours of the site."""
    MailSettings.objects.update_or_create(member=member, defaults={"quiet_from": begin, "quiet_until": end})


@transaction.atomic
def set_digest(member: Member, choice: str) -> None:
    """How often what can wait is told; never, and what waits is read on the site alone. Raises PreferenceRefused."""
    if choice not in MailSettings.Digest.values:
        raise PreferenceRefused(_("Ce choix n’existe pas."))
    MailSettings.objects.update_or_create(member=member, defaults={"digest": choice})
    if choice == MailSettings.Digest.NEVER:
        hushing.hush_digests(member)
