"""What this room holds about a person (members.rights.registry)."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models import (
    Attendance,
    CalendarSource,
    Event,
    EventLetter,
    EventMessage,
    EventPhoto,
    EventReport,
    MapCell,
    OwnCalendar,
    Poster,
)
from events.services import asking, calendars, messaging, succession
from initiatives.personal import CONTENT, exchanges, files_of, hide_content, numbers_of
from members.rights.registry import (
    COUNTED,
    FINGERPRINT,
    MACHINERY,
    SECRET,
    STAFF,
    Fate,
    Holding,
    Person,
    Retention,
    Room,
    declare,
)
from notifications.services import take_back

_OF_EVENT = ["event__title", "event__starts_at", "event__id"]
_SAID_OF_IT = {
    "event__title": _("événement"),
    "event__starts_at": _("début"),
    "event__id": _("événement (numéro)"),
}


def _hide_told(content: EventReport | EventMessage) -> dict[str, Any]:
    if content.published_at is None:
        return {}
    take_back(content.key)
    return {"published_at": None, "told_at": None}


def _published(person: Person) -> dict[str, list[int]]:
    return numbers_of([Event, EventReport, EventPhoto, EventMessage], person)


HOLDINGS = [
    Holding(
        Attendance,
        "member",
        name="participations",
        title=_("Vos participations à des événements"),
        fate=Fate.AT_ONCE,
        one_by_one=True,
        which=lambda person: Q(member=person.member) | Q(state="pending", address_key=person.address_key),
        fields=[
            *_OF_EVENT,
            "state",
            "guests",
            "created_at",
            "queue_number",
            "offer_ends_at",
            "called_at",
            "email",
            "first_name",
            "consent_version",
            "written_at",
            "answered_at",
            "checked_in_at",
        ],
        labels=_SAID_OF_IT | {"consent_version": _("version de l’accord")},
        left_out={"address_key": FINGERPRINT},
    ),
    Holding(
        Event,
        "author",
        name="evenements",
        title=_("Les événements que vous organisez"),
        fate=Fate.PASSED_ON,
        fields=[
            *CONTENT,
            "initiative__title",
            "theme__name",
            "series_id",
            "kind",
            "title",
            "description",
            "starts_at",
            "ends_at",
            "time_zone",
            "commune__name",
            "department__name",
            "place_name",
            "address",
            "latitude",
            "longitude",
            "precision",
            "online_url",
            "capacity",
            "cancelled_at",
            "checklist",
            "walk_in_count",
            "attendee_count",
            "uid",
        ],
        labels={"series_id": _("série"), "uid": _("identifiant dans les agendas")},
        left_out={
            "held_count": COUNTED,
            "waiting_count": COUNTED,
            "attendees_told": MACHINERY,
            "attendees_told_at": MACHINERY,
            "left_map_at": MACHINERY,
            "cancellation_told_at": MACHINERY,
            "announced_at": MACHINERY,
            "reminded_at": MACHINERY,
            "report_asked_at": MACHINERY,
            "report_asked_again_at": MACHINERY,
            "geocode_after": MACHINERY,
            "geocode_tries": MACHINERY,
            "sequence": MACHINERY,
            "told_sequence": MACHINERY,
            "told_facts": MACHINERY,
            "source": MACHINERY,
            "source_uid": MACHINERY,
            "source_address": MACHINERY,
            "source_digest": MACHINERY,
            "hidden_told_at": MACHINERY,
            "spreads_edit": MACHINERY,
        },
    ),
    Holding(
        EventReport,
        "author",
        name="comptes-rendus",
        title=_("Vos comptes rendus"),
        fate=Fate.CHOSEN,
        hidden=_hide_told,
        fields=[*CONTENT, *_OF_EVENT, "turnout", "text", "told_at"],
        labels=_SAID_OF_IT,
    ),
    Holding(
        EventPhoto,
        "author",
        name="photos",
        title=_("Vos photos d’événements"),
        fate=Fate.CHOSEN,
        hidden=hide_content,
        files=files_of,
        fields=[*CONTENT, "report__event__title", "alternative", "width", "height"],
        labels={"report__event__title": _("événement"), "width": _("largeur"), "height": _("hauteur")},
        left_out={"name": MACHINERY, "is_open": MACHINERY},
    ),
    Holding(
        EventMessage,
        "author",
        name="messages-aux-participants",
        title=_("Vos messages aux participants"),
        fate=Fate.CHOSEN,
        hidden=_hide_told,
        fields=[*CONTENT, *_OF_EVENT, "text", "to_waiting", "day", "told_at"],
        labels=_SAID_OF_IT,
        left_out={"turn": MACHINERY},
    ),
    *exchanges(
        EventLetter,
        (_OF_EVENT, _SAID_OF_IT),
        asked=("messages-a-des-organisateurs", _("Vos messages avec qui organise un événement")),
        answered=("reponses-d-organisateur", _("Les réponses que vous écrivez en organisant")),
    ),
    Holding(
        OwnCalendar,
        "member",
        name="agenda-personnel",
        title=_("Votre agenda personnel"),
        fate=Fate.AT_ONCE,
        fields=["made_at"],
        labels={"made_at": _("date")},
        left_out={"number": SECRET},
    ),
    Holding(
        CalendarSource,
        "added_by",
        name="agendas-partenaires",
        title=_("Les agendas partenaires que vous avez ajoutés dans l’équipe"),
        fate=Fate.NAMELESS,
        nothing_because=STAFF,
    ),
]

_OF_THE_EVENT = "it is drawn from the event, which is declared"

RETENTIONS = [
    Retention(
        _("Participations"),
        _("Tenir la liste de qui vient."),
        None,
        _("jusqu’à ce que vous les retiriez ; qui organise ne lit plus les noms un mois après"),
    ),
    Retention(
        _("Participation sans compte jamais confirmée : prénom et adresse"),
        _("Vous laisser confirmer."),
        asking.FORGET_AFTER,
        _("après la demande, ou une semaine après l’événement"),
        task="events.tasks.forget_attendances",
    ),
    Retention(
        _("Attente d’une place qui n’est pas venue"),
        _("Vous la proposer."),
        asking.FORGET_AFTER_EVENT,
        _("après l’événement"),
        task="events.tasks.forget_attendances",
    ),
    Retention(
        _("Messages avec qui organise, et messages aux participants"),
        _("Vous laisser vous parler sans donner d’adresse."),
        messaging.KEPT,
        _("après l’envoi"),
        task="events.tasks.forget_messages",
    ),
]

declare(
    Room(
        "events",
        holdings=HOLDINGS,
        retentions=RETENTIONS,
        on_leaving=lambda person: succession.pass_on_all(person.member),
        on_taking_back=lambda member: calendars.stop(by=member),
        published=_published,
        tasks_about_nobody={
            "events.tasks.forget_posters": "a poster says what the event's page says",
            "events.tasks.forget_report_photos": "as for the pictures of initiatives",
        },
        not_about={
            Poster: _OF_THE_EVENT,
            MapCell: _OF_THE_EVENT,
        },
    )
)
