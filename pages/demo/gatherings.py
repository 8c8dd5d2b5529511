"""What happens to events on the day of the loading, by the services of the site: one is full, one moves, one comes
every week, a partner's calendar is read."""

from datetime import date, datetime, time, timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from events.kinds import PRESETS
from events.models import CalendarSource, Event, Series
from events.series import days, hours
from events.services import coming, messaging, partners, posting, telling
from initiatives.models import Initiative
from members.models import Member
from pages.demo import DOMAIN
from territories.models import Commune

#: Where nothing can be read: its file is given by hand.
PARTNER_ADDRESS = f"https://agenda.{DOMAIN}/rencontres.ics"
PARTNER_NAME = "Fédération des cafés associatifs"
FULL = "Apprendre à recoudre et à ressouder"
WEEKLY = "L’atelier du mercredi"
#: Dates of the series, and events of the partner.
WEEKS = 6
PLACES = 12
WAITING = 4
MESSAGE = (
    "Apportez un objet qui ne marche plus, avec ses vis si vous les avez gardées. "
    "La salle est au premier étage, l’ascenseur fonctionne. À bientôt\u202f!"
)
#: Title, commune, kind of place, days ahead, hour.
PARTNER_EVENTS = (
    ("Soirée jeux de société ouverte à tous", "35238", "Café du Cheval d’or", 6, time(19, 0)),
    ("Projection et débat\u202f: l’eau, bien commun", "69123", "Maison pour tous", 12, time(20, 0)),
    ("Brocante solidaire", "59350", "Halle aux sucres", 19, time(18, 0)),
    ("Concert des voisins", "33063", "Le Comptoir", 26, time(18, 30)),
)
#: How many events all this makes.
MADE = 1 + WEEKS + len(PARTNER_EVENTS)


def act(organised: Initiative, *, now: datetime) -> str:
    """All of it; how much, in words."""
    organiser = organised.author
    full = _fill(organised, organiser, now=now)
    messaging.write(full, MESSAGE, to_waiting=False, by=organiser)
    messaging.tell_untold()
    _post_weekly(organised, organiser, now=now)
    _move(organised, organiser, but=full)
    _read_partner(now=now)
    # Nobody hears of what never happened: those who could are told now, and what was written goes (acts).
    telling.announce()
    telling.tell_changes()
    return f"{MADE} events by the services"


def _new(organised: Initiative, kind: str, title: str, starts_at: datetime, ends_at: datetime, **fields) -> Event:
    commune = organised.commune
    return Event(
        initiative=organised,
        kind=kind,
        title=title,
        commune=commune,
        place_name="Maison de quartier",
        time_zone=commune.zone.key,
        precision=Event.Precision.HAND,
        starts_at=starts_at,
        ends_at=ends_at,
        checklist=[{"text": str(thing), "done": place == 0} for place, thing in enumerate(PRESETS[kind].to_prepare)],
        **fields,
    )


def _day(now: datetime, weekday: int, ahead: int, organised: Initiative) -> date:
    """The first such day of the week, at least so many days ahead, there."""
    first = (now + timedelta(days=ahead)).astimezone(organised.commune.zone).date()
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _fill(organised: Initiative, organiser: Member, *, now: datetime) -> Event:
    """Twelve people take its places, four wait, the first leaves: a place is offered."""
    commune = organised.commune
    times = hours(_day(now, 5, 2, organised), time(14, 30), time(17, 0), commune.zone)
    text = "Fil, aiguille, étain\u202f: deux bénévoles montrent, douze personnes essaient. Rien à savoir en arrivant."
    point = {"latitude": commune.latitude + 0.0031, "longitude": commune.longitude - 0.0027}
    new = _new(organised, Event.Kind.WORKSHOP, FULL, *times, capacity=PLACES, description=text, **point)
    event = posting.post(new, by=organiser)
    neighbours = Member.objects.filter(supports__initiative=organised, is_demonstration=True).exclude(pk=organiser.pk)
    people = list(neighbours.order_by("supports__id")[: PLACES + WAITING])
    for person in people:
        coming.attend(event, by=person)
    coming.leave(event, by=people[0])
    event.refresh_from_db()
    return event


def _post_weekly(organised: Initiative, organiser: Member, *, now: datetime) -> None:
    commune = organised.commune
    first = _day(now, 2, 5, organised)
    until = first + timedelta(weeks=WEEKS - 1)
    dates = [hours(day, time(18, 30), time(20, 0), commune.zone) for day in days(Series.Rhythm.WEEKLY, first, until)]
    text = "On répare, on trie, on forme les nouveaux. Passez quand vous voulez, même pour une demi-heure."
    point = {"latitude": commune.latitude - 0.0042, "longitude": commune.longitude + 0.0036}
    new = _new(organised, Event.Kind.WORKSHOP, WEEKLY, *dates[0], description=text, **point)
    posting.post(new, by=organiser, series=Series(rhythm=Series.Rhythm.WEEKLY, until=until), also=dates[1:])


def _move(organised: Initiative, organiser: Member, *, but: Event) -> None:
    """Another of its events is an hour later: whoever comes reads both hours."""
    found = Event.objects.coming().filter(initiative=organised, series=None, attendee_count__gt=0).exclude(pk=but.pk)
    event = found.order_by("starts_at", "pk").first()
    if event is not None:
        later = {"starts_at": event.starts_at + timedelta(hours=1), "ends_at": event.ends_at + timedelta(hours=1)}
        posting.edit(event, event.texts(), later, by=organiser)


def _read_partner(*, now: datetime) -> None:
    """As a task reads what a partner's server answers; nothing is asked of the network, now or later."""
    source = CalendarSource.objects.create(name=PARTNER_NAME, address=PARTNER_ADDRESS, is_active=False)
    calendar = Calendar()
    calendar.add("prodid", f"-//{PARTNER_NAME}//FR")
    calendar.add("version", "2.0")
    communes = Commune.objects.select_related("department").in_bulk([code for _title, code, *_rest in PARTNER_EVENTS])
    for number, (title, code, place, ahead, hour) in enumerate(PARTNER_EVENTS, start=1):
        commune = communes[code]
        start = datetime.combine((now + timedelta(days=ahead)).astimezone(commune.zone).date(), hour, commune.zone)
        entry = Entry()
        entry.add("uid", f"{number}@agenda.{DOMAIN}")
        entry.add("dtstamp", now)
        entry.add("summary", title)
        entry.add("dtstart", start)
        entry.add("dtend", start + timedelta(hours=2))
        entry.add("location", f"{place}, {commune.name}")
        entry.add("geo", (commune.latitude + 0.001 * number, commune.longitude))
        calendar.add_component(entry)
    partners.read_file(source, calendar.to_ical())
