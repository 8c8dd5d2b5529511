"""What this room holds about a person (members.rights.registry)."""

from django.db.models import Func, JSONField, Q, QuerySet, Value
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from members.rights.leaving import FORMER
from members.rights.registry import (
    MACHINERY,
    OTHERS,
    SECRET,
    Fate,
    Holding,
    Person,
    Retention,
    Room,
    declare,
)
from notifications import pace
from notifications.delivery import FORGET_AFTER
from notifications.forgetting import KEPT
from notifications.models import (
    Follow,
    MailDay,
    MailSettings,
    Mute,
    Notification,
    Preference,
    Push,
    PushSubscription,
    Rhythm,
)
from notifications.words import CALLED

#: They repeat what the person wrote, which goes with them.
_REPEATED = ("letter_received", "event_letter_received")
#: Entries of a context that hold the name of whoever did it.
_NAMES = ("name", "by")


def let_go(person: Person) -> None:
    """What others were told of their acts does not say their name any more, and repeats no letter of theirs."""
    told = Notification.objects.filter(by=person.member)
    told.filter(kind__in=_REPEATED).delete()
    for entry in _NAMES:
        former = Func(
            "context",
            Value("{" + entry + "}"),
            Value(_now(FORMER), JSONField()),
            function="jsonb_set",
            template="%(function)s(%(expressions)s)",
            output_field=JSONField(),
        )
        told.filter(**{"context__has_key": entry}).exclude(**{f"context__{entry}": _now(FORMER)}).update(context=former)


def spare(rows: QuerySet) -> QuerySet:
    """The message that holds the way back leaves, even when the mail server was down that day; then it is erased."""
    return rows.exclude(recipient=None, kind="departure") if rows.model is Notification else rows


HOLDINGS = [
    Holding(
        Notification,
        "recipient",
        name="messages-recus",
        title=_("Ce que le site vous a écrit ou montré"),
        fate=Fate.AT_ONCE,
        which=lambda person: Q(recipient=person.member) | Q(recipient=None, address__iexact=person.email),
        fields=[
            "kind",
            "key",
            "context",
            "about",
            "mail",
            "in_bell",
            "seen_at",
            "created_at",
            "due_at",
            "sent_at",
            "pushed_at",
            "failed_at",
            "failure",
            "address",
        ],
        left_out={
            "by": OTHERS,
            "push_due_at": MACHINERY,
            "counted_on": MACHINERY,
            "claimed_at": MACHINERY,
            "attempts": MACHINERY,
            "digest": MACHINERY,
        },
        words={"kind": CALLED},
    ),
    Holding(
        Notification,
        "by",
        name="messages-a-d-autres",
        title=_("Ce que le site a dit à d’autres de ce que vous faites"),
        fate=Fate.NAMELESS,
        nothing_because=_("Ces messages sont à qui les a reçus ; ce que vous avez fait est dans les autres tables."),
    ),
    Holding(
        Preference,
        "member",
        name="reglages-des-messages",
        title=_("Ce que vous voulez recevoir"),
        fate=Fate.WITH_ACCOUNT,
        fields=["kind", "channel", "choice"],
        words={"kind": CALLED},
    ),
    Holding(
        Mute,
        "member",
        name="sourdines",
        title=_("Ce que vous avez mis en sourdine"),
        fate=Fate.WITH_ACCOUNT,
        fields=["about", "created_at"],
    ),
    Holding(
        Follow,
        "member",
        name="territoires-suivis",
        title=_("Les territoires que vous suivez"),
        fate=Fate.WITH_ACCOUNT,
        fields=["region__name", "department__name", "commune__name", "created_at"],
        labels={"region__name": _("région"), "department__name": _("département"), "commune__name": _("commune")},
    ),
    Holding(
        MailSettings,
        "member",
        name="heures-et-resume",
        title=_("Vos heures de silence et la fréquence du résumé"),
        fate=Fate.WITH_ACCOUNT,
        fields=["quiet_from", "quiet_until", "digest"],
    ),
    Holding(
        MailDay,
        "member",
        name="messages-du-jour",
        title=_("Combien de messages vous avez reçus un jour"),
        fate=Fate.AT_ONCE,
        fields=["day", "count"],
        labels={"day": _("jour"), "count": _("nombre")},
    ),
    Holding(
        PushSubscription,
        "session__member",
        name="appareils-prevenus",
        title=_("Les appareils sur lesquels vous êtes prévenu"),
        fate=Fate.AT_ONCE,
        fields=["session__device", "created_at", "failing_since"],
        left_out={"endpoint": SECRET, "p256dh": SECRET, "auth": SECRET, "made_for": MACHINERY},
    ),
    Holding(
        Push,
        "subscription__session__member",
        name="avis-en-route",
        title=_("Ce qui part vers ces appareils, quelques secondes durant"),
        fate=Fate.AT_ONCE,
        nothing_because=MACHINERY,
    ),
    Holding(
        Rhythm,
        "member",
        name="rythme-des-resumes",
        title=_("Où en sont vos résumés"),
        fate=Fate.AT_ONCE,
        fields=["last_on", "unanswered", "shown", "asked_on"],
    ),
]

RETENTIONS = [
    Retention(
        _("Ce que le site vous a écrit ou montré de ce qui se passe"),
        _("Vous le remontrer, et ne rien vous dire deux fois."),
        KEPT,
        _("après que c’est arrivé"),
        task="notifications.tasks.forget_told",
    ),
    Retention(
        _("Nombre de messages reçus un jour"),
        _("Ne pas vous écrire plus de trois fois par jour."),
        pace.KEPT,
        _("après ce jour"),
        task="notifications.tasks.forget_told",
    ),
    Retention(
        _("Adresse que votre navigateur nous donne pour vous prévenir sur un appareil"),
        _("Vous y prévenir, quand vous le demandez."),
        None,
        _("jusqu’à ce que vous l’arrêtiez, ou vous y déconnectiez"),
    ),
    Retention(
        _("Adresse sans compte à laquelle un message n’a pas pu partir"),
        _("Réessayer."),
        FORGET_AFTER,
        _("après le dernier essai"),
        task="notifications.tasks.forget_addresses",
    ),
]

declare(Room("notifications", holdings=HOLDINGS, retentions=RETENTIONS, on_leaving=let_go, spares=spare))
