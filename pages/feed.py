"""What concerns one member: what waits for them, what they carry, where they go, what moved of what they support.

A fixed number of queries, each of which reads a few rows of this person's own.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.french import when
from events import agenda
from events.models import Attendance, Event, EventLetter, EventReport
from events.models.event import NAMES_KEPT
from initiatives.life import Verb, stands
from initiatives.models import Action, CoOrganiser, Initiative, Letter, Merge, Offer, Support, TimelineEntry
from initiatives.story import with_words
from initiatives.templatetags.main_act import main_act
from members.models import Member
from notifications.models import Mute
from pages import near
from territories.models import Commune

#: Of what they carry and organise, among which what waits is looked for.
_OWN = 50
#: Of what they support, the latest, among which what moved is looked for: of the rest the bell tells.
_FOLLOWED = 500
_INITIATIVES, _MEETINGS, _MOVED, _NEAR = 5, 5, 6, 3
#: What moved before is in the account of each initiative.
_LATELY = timedelta(days=30)
Kind = TimelineEntry.Kind
#: What people did: not what a moderator hides, nor how an edit changes a word.
_MOVES = (
    Kind.PUBLISHED,
    Kind.STEP,
    Kind.ANSWERED,
    Kind.UPDATE,
    Kind.ACTION,
    Kind.EVENT,
    Kind.REPORT,
    Kind.HANDED_OVER,
    Kind.FROZEN,
    Kind.ADOPTED,
    Kind.MERGED,
    Kind.SUCCEEDED,
    Kind.CLOSED,
    Kind.ARCHIVED,
    Kind.WOKEN,
)


@dataclass(frozen=True)
class Act:
    """Something to do: why, about what, and the words of the button that leads there."""

    why: str
    about: str
    words: str
    address: str


@dataclass(frozen=True)
class Meeting:
    """An event that this person goes to, waits for or organises."""

    event: Event
    attendance: Attendance | None = None


@dataclass
class Feed:
    #: The one next act, and what else waits for them.
    act: Act
    waiting: list[Act]
    #: What they carry and has not ended; whether there is more than what is shown.
    initiatives: list[Initiative]
    meetings: list[Meeting]
    #: The latest line of the account of what they support, each with its `initiative`.
    moved: list[TimelineEntry]
    home: Commune | None
    events: list[Event] = field(default_factory=list)
    discoveries: list[Initiative] = field(default_factory=list)


def feed_of(member: Member) -> Feed:
    """Never empty: what happens near their home stands below what is their own."""
    home = _home(member)
    carried = _carried(member)
    organised = _organised(member)
    attendances = _attendances(member)
    # One more than is shown: the first may be the next act.
    events = agenda.near_home(home, but=_known_events(member), wanted=_NEAR + 1)
    discoveries = near.to_discover(home, but=_known_initiatives(member), wanted=_NEAR + 1)
    waiting = [*_places_kept(attendances), *_waits_of(organised), *_waits_for(carried, member)]
    act = waiting.pop(0) if waiting else _next_act(member, carried, events, discoveries, home)
    return Feed(
        act=act,
        waiting=waiting,
        initiatives=[initiative for initiative in carried if initiative.ended_at is None][:_INITIATIVES],
        meetings=_meetings(attendances, organised),
        moved=_moved(member),
        home=home,
        events=[event for event in events if event.get_absolute_url() != act.address][:_NEAR],
        discoveries=[each for each in discoveries if each.get_absolute_url() != act.address][:_NEAR],
    )


# --- What is theirs --------------------------------------------------------------------------------------------------


def _home(member: Member) -> Commune | None:
    if member.home_commune_id is None:
        return None
    return Commune.objects.select_related("department__region", "parent").get(pk=member.home_commune_id)


def _carried(member: Member) -> list[Initiative]:
    """What they carry, the liveliest first, with what its team is asked: `has_letters`, the number of a need that was
    answered (`offered`), of an initiative that proposes to join (`joining`), whether it is handed over to them."""
    letters = Letter.objects.public().filter(initiative=OuterRef("pk"), is_answer=False).to_its_team()
    answers = Letter.objects.filter(
        initiative=OuterRef("initiative"), member=OuterRef("member"), is_answer=True, sent_at__gte=OuterRef("sent_at")
    )
    offers = Offer.objects.filter(
        need__initiative=OuterRef("pk"),
        need__met_at=None,
        need__dropped_at=None,
        need__withheld_at=None,
        is_accepted=None,
    )
    joining = Merge.objects.under_way().filter(target=OuterRef("pk"), agreed_at=None)
    handed = CoOrganiser.objects.filter(initiative=OuterRef("pk"), member=member, offered_at__isnull=False)
    return list(
        Initiative.objects.carried_by(member)
        .annotate(
            has_letters=Exists(letters.exclude(Exists(answers))),
            offered=Subquery(offers.order_by("created_at", "id").values("need")[:1]),
            joining=Subquery(joining.order_by("id").values("pk")[:1]),
            is_handed_over=Exists(handed),
        )
        .order_by("-active_at", "-id")[:_OWN]
    )


def _organised(member: Member) -> list[Event]:
    """Coming events that they organise, after those that are over and whose report is awaited, with `has_letters` and
    `has_report`. What a moderator withheld is shown to its author alone."""
    now = timezone.now()
    letters = EventLetter.objects.public().filter(event=OuterRef("pk"), is_answer=False)
    answers = EventLetter.objects.filter(
        event=OuterRef("event"), member=OuterRef("member"), is_answer=True, sent_at__gte=OuterRef("sent_at")
    )
    to_tell = Q(published_at__isnull=False, withheld_at=None, has_report=False, ends_at__gt=now - NAMES_KEPT)
    return list(
        Event.objects.organised_by(member)
        .annotate(
            has_report=Exists(EventReport.objects.filter(event=OuterRef("pk"))),
            has_letters=Exists(letters.exclude(Exists(answers))),
        )
        .filter(Q(ends_at__gt=now) | to_tell, Q(withheld_at=None) | Q(author=member), cancelled_at=None)
        .select_related("commune__department")
        .order_by("starts_at", "id")[:_OWN]
    )


def _attendances(member: Member) -> list[Attendance]:
    """Where they go or wait for a place, a place that is kept for them first."""
    kept_first = Case(When(state=Attendance.State.OFFERED, then=0), default=1)
    return list(
        member.attendances.filter(
            event__ends_at__gt=timezone.now(),
            event__cancelled_at=None,
            event__published_at__isnull=False,
            event__withheld_at=None,
        )
        .with_turn()
        .select_related("event__commune__department")
        .order_by(kept_first, "event__starts_at", "id")[:_MEETINGS]
    )


def _meetings(attendances: list[Attendance], organised: list[Event]) -> list[Meeting]:
    """Of a series that they organise, the next alone."""
    meetings = [Meeting(attendance.event, attendance) for attendance in attendances]
    shown = {meeting.event.pk for meeting in meetings}
    for event in organised:
        if not event.is_over and not shown & {event.pk, ("series", event.series_id)}:
            meetings.append(Meeting(event))
            shown |= {("series", event.series_id)} if event.series_id else set()
    return sorted(meetings, key=lambda meeting: (meeting.event.starts_at, meeting.event.pk))[:_MEETINGS]


def _moved(member: Member) -> list[TimelineEntry]:
    """The latest of each initiative that they support and do not carry, the newest first."""
    now = timezone.now()
    followed = _supported(member).order_by("-created_at")[:_FOLLOWED]
    supported = Initiative.objects.public().filter(pk__in=followed)
    supported = supported.exclude(Q(pk__in=_own_numbers(member)) | _muted(Initiative, member))
    lines = TimelineEntry.objects.filter(
        initiative__in=supported.order_by().values("pk"), kind__in=_MOVES, happened_at__gt=now - _LATELY
    )
    # An event that took place since is not announced any more.
    starts_at = Cast(KeyTextTransform("starts_at", "details"), DateTimeField())
    lines = lines.alias(starts_at=starts_at).exclude(kind=Kind.EVENT, starts_at__lt=now)
    last_of_each = lines.order_by("initiative_id", "-happened_at", "-id").distinct("initiative_id").values("pk")
    # By their numbers first: hundreds may have moved.
    newest = TimelineEntry.objects.filter(pk__in=last_of_each).order_by("-happened_at", "-id").values("pk")[:_MOVED]
    found = with_words(TimelineEntry.objects.filter(pk__in=newest)).select_related("initiative")
    return list(found.order_by("-happened_at", "-id"))


def _supported(member: Member) -> QuerySet:
    return Support.objects.given().filter(member=member).order_by().values("initiative")


def _own_numbers(member: Member) -> QuerySet:
    return Initiative.objects.carried_by(member).order_by().values("pk")


def _known_initiatives(member: Member) -> Q:
    """What they support or carry, and what they want to hear nothing of: not to be discovered."""
    return Q(pk__in=_supported(member)) | Q(pk__in=_own_numbers(member)) | _muted(Initiative, member)


def _known_events(member: Member) -> Q:
    attended = Attendance.objects.filter(member=member).order_by().values("event")
    organised = Event.objects.organised_by(member).order_by().values("pk")
    return Q(pk__in=attended) | Q(pk__in=organised) | _muted(Event, member)


def _muted(model: type[Model], member: Member) -> Q:
    about = Concat(Value(f"{model._meta.label_lower} "), Cast(OuterRef("pk"), CharField()))
    return Q(Exists(Mute.objects.filter(member=member, about=about)))


# --- What waits for them ---------------------------------------------------------------------------------------------


def _places_kept(attendances: list[Attendance]) -> list[Act]:
    return [
        Act(
            why=_("Une place vous est gardée jusqu’au %(when)s.")
            % {"when": when(attendance.offer_ends_at, attendance.event.tz)},
            about=attendance.event.title,
            words=_("Prendre ma place"),
            address=reverse("event_attend", args=[attendance.event.slug]),
        )
        for attendance in attendances
        if attendance.is_offered
    ]


def _waits_of(organised: list[Event]) -> list[Act]:
    acts = []
    for event in organised:
        if event.is_door_open and not event.is_over:
            acts.append(_on(event, "event_organise", _("C’est aujourd’hui."), _("Pointer les arrivées")))
        if event.is_over:
            acts.append(_on(event, "event_report", _("Il a eu lieu : dites ce qui s’est passé."), _("Raconter")))
        if event.has_letters:
            acts.append(_on(event, "event_letters", _("Quelqu’un attend votre réponse."), _("Lire et répondre")))
    return acts


def _waits_for(carried: list[Initiative], member: Member) -> list[Act]:
    acts = []
    for initiative in carried:
        if initiative.withheld_at:
            continue
        if initiative.is_handed_over:
            acts.append(_on(initiative, "initiative_team", _("On vous propose d’en devenir l’auteur."), _("Répondre")))
        if initiative.has_letters and stands(Verb.ANSWER, initiative):
            acts.append(
                _on(initiative, "initiative_letters", _("Quelqu’un attend votre réponse."), _("Lire et répondre"))
            )
        if initiative.offered and stands(Verb.ORGANISE, initiative):
            why = _("Quelqu’un propose son aide.")
            acts.append(_on(initiative, "need", why, _("Lire et répondre"), initiative.offered))
        if initiative.joining and initiative.author_id == member.pk and stands(Verb.MERGE, initiative):
            why = _("Une autre initiative propose de la rejoindre.")
            acts.append(_on(initiative, "merge_welcome", why, _("Lire et répondre"), initiative.joining))
        if initiative.asked_if_asleep and initiative.is_live:
            acts.append(_on(initiative, "initiative_alive", _("Il ne s’y passe plus rien."), _("Dire si elle vit")))
    return acts


def _on(thing: Event | Initiative, page: str, why: str, words: str, *numbers: int) -> Act:
    return Act(why, thing.title, words, reverse(page, args=[thing.slug, *numbers]))


# --- One next act ----------------------------------------------------------------------------------------------------


def _next_act(
    member: Member,
    carried: list[Initiative],
    events: list[Event],
    discoveries: list[Initiative],
    home: Commune | None,
) -> Act:
    """When nothing waits: what they began, then to come, to help, to support, and else to open one's own."""
    begun = (Initiative.State.PREPARING, Initiative.State.DRAFT)
    unfinished = min(
        (initiative for initiative in carried if initiative.state in begun and not initiative.withheld_at),
        key=lambda initiative: begun.index(initiative.state),
        default=None,
    )
    if unfinished is not None:
        act = main_act(unfinished)
        return Act(_("Ce que vous avez commencé"), unfinished.title, str(act.words), act.address)
    if home is None:
        return Act(
            _("Voyez ce qui se passe près de chez vous"),
            _("Votre commune ne se montre à personne."),
            _("Dire où j’habite"),
            reverse("settings"),
        )
    if events:
        event = events[0]
        said = _("Venir le %(when)s") % {"when": when(event.starts_at, event.tz)}
        place = "" if event.commune is None else f", {event.place_line}"
        return Act(_("Venez"), f"{event.title}{place}", said, event.get_absolute_url())
    if action := _action_wanting(member):
        return Act(_("Donnez un coup de main"), action.title, _("Je m’engage"), action.get_absolute_url())
    if discoveries:
        initiative = discoveries[0]
        return Act(
            _("Elle cherche des soutiens"), initiative.title, _("Lire et soutenir"), initiative.get_absolute_url()
        )
    return Act(_("Tout commence par une idée"), "", _("Ouvrir une initiative"), reverse("initiative_new"))


def _action_wanting(member: Member) -> Action | None:
    """The first to come that lacks people, of what they support."""
    live = Initiative.objects.listed().filter(pk__in=_supported(member), frozen_at=None).order_by().values("pk")
    wanting = Action.objects.wanting().filter(initiative__in=live).exclude(commitments__member=member)
    return wanting.soonest().select_related("initiative").first()
