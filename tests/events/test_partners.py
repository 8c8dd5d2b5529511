"""Partners' calendars: what is read of them, what becomes of it, and how it leaves."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from events import partners as reading
from events import tasks
from events.models import CalendarSource, Event
from events.services import partners
from moderation.models import Case
from moderation.services import withhold

SOON = (timezone.now() + timedelta(days=10)).replace(hour=18, minute=0, second=0, microsecond=0)


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def vevent(uid="a1", *lines: str, start: datetime = SOON, **changes: str) -> str:
    said = {
        "UID": uid,
        "DTSTAMP": "20260101T000000Z",
        "DTSTART": stamp(start),
        "DTEND": stamp(start + timedelta(hours=2)),
        "SUMMARY": "Atelier de réparation de vélos",
        "LOCATION": "Salle des fêtes\\, 3 rue de la Gare\\, 35500 Vitré",
        "URL": "https://partenaire.example/ateliers/1",
    } | changes
    return "\r\n".join(
        ["BEGIN:VEVENT", *(f"{name}:{value}" for name, value in said.items() if value), *lines, "END:VEVENT"]
    )


def calendar(*parts: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//essai//FR", *parts, "END:VCALENDAR", ""]).encode()


class Partner:
    """A real server of this machine: what it answers is its `body`, with an ETag of it."""

    def __init__(self) -> None:
        self.body = calendar(vevent())
        self.status = 200
        self.asked: list[dict] = []
        partner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                partner.asked.append(dict(self.headers))
                etag = f'"{hash(partner.body)}"'
                same = self.headers.get("If-None-Match") == etag and partner.status == 200
                body = b"" if same else partner.body
                self.send_response(304 if same else partner.status)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/agenda.ics"

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)


@pytest.fixture
def partner(settings):
    settings.PARTNER_NETWORKS = [ip_network("127.0.0.1/32")]
    partner = Partner()
    yield partner
    partner.end()


@pytest.fixture
def source(db, partner) -> CalendarSource:
    return CalendarSource.objects.create(name="Vélos de Vitré", address=partner.address)


def read_again(source: CalendarSource) -> CalendarSource:
    """The next hourly reading, now."""
    CalendarSource.objects.filter(pk=source.pk).update(next_fetch_at=timezone.now())
    assert tasks.read_partner_calendars() == 1
    source.refresh_from_db()
    return source


# --- What a file says ------------------------------------------------------------------------------------------------


def found(*parts: str, now: datetime | None = None) -> reading.Reading:
    return reading.read(calendar(*parts), now=now or timezone.now())


def test_a_file_is_read_as_it_says():
    (event,) = found(vevent("a1", DESCRIPTION="Apportez\\nvos outils\\, et <b>du thé</b>", GEO="48.12;-1.21")).events
    assert event.title == "Atelier de réparation de vélos"
    assert event.description == "Apportez\nvos outils, et du thé"
    assert (event.starts_at, event.ends_at) == (SOON, SOON + timedelta(hours=2))
    assert event.place == "Salle des fêtes, 3 rue de la Gare, 35500 Vitré"
    assert event.point == (48.12, -1.21)
    assert event.address == "https://partenaire.example/ateliers/1"


def test_what_is_over_what_is_private_and_what_lasts_for_weeks_is_left():
    read = found(
        vevent("over", start=timezone.now() - timedelta(days=3)),
        vevent("private", CLASS="PRIVATE"),
        vevent("long", DTEND=stamp(SOON + timedelta(days=15))),
        vevent("no title", SUMMARY=""),
        vevent("ends first", DTEND=stamp(SOON - timedelta(hours=1))),
        vevent("kept"),
    )
    assert [event.uid for event in read.events] == ["kept"]
    assert read.unreadable == 3


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://x.example/", "pas une adresse", "https://x\u202e/", ""]
)
def test_an_address_that_no_browser_should_open_is_not_kept(address):
    (event,) = found(vevent(URL=address)).events
    assert event.address == ""


def test_a_whole_day_ends_the_same_day(vitre):
    day = SOON.date()
    whole = vevent(DTSTART="", DTEND="").replace("SUMMARY", f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\nSUMMARY")
    (event,) = found(whole).events
    assert event.starts_at == datetime(day.year, day.month, day.day)
    assert event.ends_at == datetime(day.year, day.month, day.day, 23, 59)


def test_an_event_that_comes_again_is_taken_a_bounded_number_of_times():
    read = found(vevent("w", "RRULE:FREQ=DAILY"))
    assert len(read.events) == reading.MOST_TIMES
    assert len({event.uid for event in read.events}) == reading.MOST_TIMES
    assert read.events[1].starts_at - read.events[0].starts_at == timedelta(days=1)


def test_one_time_that_is_moved_stays_the_same_one():
    """And those that are taken out are not there."""
    series = vevent("w", "RRULE:FREQ=WEEKLY;COUNT=3", f"EXDATE:{stamp(SOON + timedelta(days=14))}")
    before = found(series).events
    second = SOON + timedelta(days=7)
    moved = vevent("w", f"RECURRENCE-ID:{stamp(second)}", start=second + timedelta(hours=3))
    after = found(series, moved).events
    assert [event.uid for event in after] == [event.uid for event in before]
    assert after[1].starts_at == second + timedelta(hours=3)


def test_hours_of_a_zone_are_those_of_that_zone_before_and_after_the_change_of_clocks():
    start = datetime(2027, 3, 24, 18, 30, tzinfo=ZoneInfo("Europe/Paris"))
    weekly = vevent("w", "RRULE:FREQ=WEEKLY;COUNT=2", DTSTART="", DTEND="", DURATION="PT1H").replace(
        "SUMMARY", "DTSTART;TZID=Europe/Paris:20270324T183000\r\nSUMMARY"
    )
    read = found(weekly, now=start - timedelta(days=1))
    assert [event.starts_at.astimezone(ZoneInfo("Europe/Paris")).hour for event in read.events] == [18, 18]
    assert read.events[1].starts_at - read.events[0].starts_at == timedelta(days=7) - timedelta(hours=1)


def test_the_zone_that_one_file_makes_up_is_not_that_of_the_next():
    def zoned(offset):
        local = vevent(DTSTART="", DTEND="").replace(
            "SUMMARY", f"DTSTART;TZID=Chez nous:{SOON:%Y%m%d}T120000\r\nSUMMARY"
        )
        return found(zone("Chez nous", offset), local).events[0].starts_at.astimezone(UTC).hour

    assert zoned("+0300") == 9
    assert zoned("-0500") == 17


def zone(name: str, offset: str, *lines: str) -> str:
    standard = ["BEGIN:STANDARD", "DTSTART:19700101T000000", *lines, f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}"]
    return "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *standard, "END:STANDARD", "END:VTIMEZONE"])


NO_CALENDARS = [
    b"",
    b"<!doctype html><title>Agenda</title>",
    bytes(range(256)) * 100,
    calendar(vevent())[:-20],
    b"BEGIN:VCALENDAR\r\n" * 50_000,
    # Its clocks would change every hour: to know the time, one would count for ever.
    calendar(zone("X", "+0100", "RRULE:FREQ=HOURLY"), vevent()),
    # The same, begun in another way that the library reads too.
    calendar(zone("X", "+0100", "RRULE:FREQ=HOURLY").replace("BEGIN:VTIMEZONE", "BEGIN;X=1:VTIMEZONE"), vevent()),
]


@pytest.mark.parametrize("body", NO_CALENDARS)
def test_what_is_no_calendar_is_refused(body):
    with pytest.raises(reading.Unreadable):
        reading.read(body, now=timezone.now())


def test_too_many_events_or_lines_are_not_read():
    for body in (
        calendar(*[vevent(str(n)) for n in range(reading.MOST_EVENTS + 1)]),
        calendar(*[vevent(str(n)).lower() for n in range(reading.MOST_EVENTS + 1)]),
        # Zones that never end, each of which is looked at until the end of the file.
        calendar(*["BEGIN:VTIMEZONE"] * (reading.MOST_ZONES + 1), vevent()),
        calendar(*["BEGIN:VTIME\r\n ZONE"] * (reading.MOST_ZONES + 1), vevent()),
        calendar(vevent("a", *["X-A:1"] * 100_001)),
    ):
        with pytest.raises(reading.TooHeavy):
            reading.read(body, now=timezone.now())


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=9",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=1,2",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=NEVER",
    ],
)
def test_a_rule_that_asks_for_too_much_costs_its_event_alone(rule):
    read = found(vevent("mad", f"RRULE:{rule}"), vevent("sane"))
    assert [event.uid for event in read.events] == ["sane"]


def test_an_event_of_many_rules_costs_itself_alone():
    rules = ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"]
    read = found(vevent("mad", *rules), vevent("twice", rules[0]), vevent("twice", rules[1]), vevent("sane"))
    assert [event.uid for event in read.events] == ["sane"]


def test_what_comes_again_without_saying_when_it_ends_lasts_two_hours():
    read = found(vevent("w", "RRULE:FREQ=DAILY;COUNT=3", DTEND=""))
    assert [event.ends_at - event.starts_at for event in read.events] == [timedelta(hours=2)] * 3


def test_rules_that_take_too_long_are_given_up(monkeypatch):
    monkeypatch.setattr(reading, "MOST_SECONDS", 0)
    with pytest.raises(reading.TooHeavy):
        found(vevent("a", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), vevent("b"))


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "nonsense", ""])
def test_accents_are_read_whatever_the_server_says_of_them(charset):
    for body in (
        calendar(vevent()),
        calendar(vevent()).decode().encode("cp1252"),
        b"\xef\xbb\xbf" + calendar(vevent()),
    ):
        (event,) = reading.read(body, charset=charset, now=timezone.now()).events
        assert event.title == "Atelier de réparation de vélos"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3 rue de la Gare, 35500 Vitré", "35360"),
        ("Salle des fêtes, Vitré", "35360"),
        ("Mairie de Nouméa, Nouméa", "98818"),
        ("12 quai, 13002 Marseille, France", "13202"),
        ("Chez Paul", None),
        ("", None),
        ("99999 Nulle-Part", None),
    ],
)
def test_an_address_names_its_commune(db, text, code):
    commune = partners.commune_in(text)
    assert (commune and commune.code) == code


# --- What becomes of it ----------------------------------------------------------------------------------------------


def test_a_partners_event_stands_among_ours_with_its_name_and_its_page(source, visitor, vitre):
    read_again(source)
    event = Event.objects.get()
    assert (event.title, event.commune, event.starts_at) == ("Atelier de réparation de vélos", vitre, SOON)
    assert (event.place_name, event.address) == ("Salle des fêtes", "3 rue de la Gare")
    assert event.is_public
    assert event.author is None
    for address in (reverse("agenda"), event.get_absolute_url()):
        assert "Agenda partenaire\u202f: Vélos de Vitré" in visitor.get(address).content.decode()
    found = {"bbox": "-3,47,0,49", "zoom": "10"}
    (marker,) = visitor.get(reverse("map_data"), found).json()["markers"]
    here = {"ici": f"{event.latitude:.5f},{event.longitude:.5f}"}
    (line,) = visitor.get(reverse("map_place"), here).json()["events"]
    assert marker["of"] == line["of"] == "Agenda partenaire\u202f: Vélos de Vitré"
    for address in (reverse("event_file", args=[event.slug]), reverse("agenda_calendar")):
        lines = visitor.get(address).content.decode().replace("\r\n ", "")
        assert "Agenda partenaire\u202f: Vélos de Vitré" in lines
    page = visitor.get(event.get_absolute_url()).content.decode()
    assert 'href="https://partenaire.example/ateliers/1" rel="nofollow ugc noopener' in page


def test_nobody_says_here_that_they_come_to_it(source, as_bob, bob):
    read_again(source)
    event = Event.objects.get()
    assert reverse("event_attend", args=[event.slug]) not in as_bob.get(event.get_absolute_url()).content.decode()
    as_bob.post(reverse("event_attend", args=[event.slug]))
    assert not bob.attendances.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(attendee_count=1)


def test_what_has_not_changed_is_not_sent_again(source, partner):
    read_again(source)
    assert source.etag
    read_again(source)
    assert partner.asked[1]["If-None-Match"] == source.etag
    assert Event.objects.count() == 1
    assert source.failures == 0


def test_what_changes_there_changes_here(source, partner, vitre):
    read_again(source)
    was = Event.objects.get()
    partner.body = calendar(
        vevent(start=SOON + timedelta(hours=1), SUMMARY="Atelier de couture", LOCATION="13200 Arles")
    )
    read_again(source)
    event = Event.objects.get()
    assert (event.pk, event.uid) == (was.pk, was.uid)
    assert event.title == "Atelier de couture"
    assert event.starts_at == SOON + timedelta(hours=1)
    assert event.commune.name == "Arles"
    assert event.department.code == "13"
    assert event.sequence > was.sequence


def test_what_is_cancelled_there_is_cancelled_here(source, partner):
    read_again(source)
    partner.body = calendar(vevent(STATUS="CANCELLED"))
    read_again(source)
    assert Event.objects.get().cancelled_at
    partner.body = calendar(vevent())
    read_again(source)
    assert Event.objects.get().cancelled_at is None


def test_calendars_that_follow_ours_hear_of_a_cancellation_there(source, partner):
    read_again(source)
    event = Event.objects.get()
    partner.body = calendar(vevent(STATUS="CANCELLED"))
    read_again(source)
    before = event.sequence
    event.refresh_from_db()
    assert event.cancelled_at and event.sequence == before + 1
    read_again(source)
    event.refresh_from_db()
    assert event.sequence == before + 1


def test_what_is_gone_there_is_gone_here_but_for_what_is_over(source, partner):
    partner.body = calendar(
        vevent("stays"), vevent("goes", SUMMARY="Autre chose"), vevent("past", SUMMARY="Une troisième")
    )
    read_again(source)
    over = timezone.now() - timedelta(days=1)
    Event.objects.filter(source_uid="past").update(starts_at=over, ends_at=over + timedelta(hours=1))
    partner.body = calendar(vevent("stays"))
    read_again(source)
    assert set(Event.objects.values_list("source_uid", flat=True)) == {"stays", "past"}


@pytest.mark.parametrize("body", [b"", b"<html>Maintenance</html>", calendar(vevent())[:-30]])
def test_a_server_that_answers_nonsense_takes_nothing_away(source, partner, body):
    read_again(source)
    partner.body = body
    read_again(source)
    assert Event.objects.count() == 1
    assert source.trouble == CalendarSource.Trouble.UNREADABLE


def test_the_same_event_in_two_calendars_is_taken_once(source, partner, db):
    read_again(source)
    other = CalendarSource.objects.create(name="Relais", address=f"{partner.address}?autre")
    assert tasks.read_partner_calendars() == 1
    other.refresh_from_db()
    assert Event.objects.count() == 1
    assert (other.taken, other.known_elsewhere) == (0, 1)


def test_our_own_event_that_comes_back_is_not_taken(source, partner, event):
    partner.body = calendar(vevent(event.uid))
    read_again(source)
    assert Event.objects.count() == 1
    assert source.known_elsewhere == 1


def test_an_event_without_a_place_is_left_aside_unless_staff_gave_one(source, partner, vitre):
    partner.body = calendar(vevent(LOCATION="Au local"))
    read_again(source)
    assert (Event.objects.count(), source.without_place) == (0, 1)
    source.commune, source.etag = vitre, ""
    source.save()
    read_again(source)
    assert Event.objects.get().commune == vitre
    assert source.without_place == 0


def test_an_event_online_has_no_place(source, partner):
    partner.body = calendar(vevent(LOCATION="En visio"))
    read_again(source)
    event = Event.objects.get()
    assert (event.kind, event.commune, event.latitude) == ("online", None, None)


def test_a_point_is_kept_when_it_is_near_its_commune(source, partner, vitre):
    partner.body = calendar(vevent("near", GEO="48.1300;-1.2200"), vevent("far", SUMMARY="Loin", GEO="43.3;5.4"))
    read_again(source)
    near, far = Event.objects.get(source_uid="near"), Event.objects.get(source_uid="far")
    assert (near.latitude, near.longitude) == (48.13, -1.22)
    assert (far.latitude, far.longitude) == (vitre.latitude, vitre.longitude)


def test_hours_without_a_zone_are_those_of_the_place(source, partner):
    floating = vevent(DTSTART=f"{SOON:%Y%m%d}T183000", DTEND=f"{SOON:%Y%m%d}T200000", LOCATION="98800 Nouméa")
    partner.body = calendar(floating)
    read_again(source)
    event = Event.objects.get()
    assert event.time_zone == "Pacific/Noumea"
    assert (event.local_start.hour, event.local_start.minute) == (18, 30)


def test_a_text_that_the_filter_holds_waits_for_a_moderator(source, partner, visitor):
    partner.body = calendar(vevent(SUMMARY="Appelez le 06 12 34 56 78 ou écrivez à jean.dupont@gmail.com"))
    read_again(source)
    event = Event.objects.get()
    assert not event.is_public
    assert Case.objects.open().of(event).count() == 1
    assert visitor.get(event.get_absolute_url()).status_code == 404


def test_what_a_moderator_withheld_stays_so_whatever_its_calendar_says(source, partner, chloe):
    read_again(source)
    withhold(Event.objects.get(), by=chloe, ground="spam", reason="Publicité.")
    for body in (calendar(vevent(SUMMARY="Un autre titre")), calendar(), calendar(vevent())):
        partner.body = body
        read_again(source)
        assert not Event.objects.get().is_public


def test_a_failing_event_keeps_no_other_from_its_turn(source, partner, monkeypatch, caplog):
    partner.body = calendar(
        vevent("a", SUMMARY="Premier essai"), vevent("b", SUMMARY="Deuxième essai"), vevent("c", SUMMARY="Troisième")
    )
    receive = partners.moderation.receive

    def failing(event, by):
        if event.source_uid == "b":
            raise ValueError(event.title)
        return receive(event, by=by)

    monkeypatch.setattr(partners.moderation, "receive", failing)
    read_again(source)
    assert set(Event.objects.values_list("source_uid", flat=True)) == {"a", "c"}
    assert (source.taken, source.unreadable) == (2, 1)
    assert "Deuxième" not in caplog.text


# --- Servers that fail -----------------------------------------------------------------------------------------------


def test_a_server_that_fails_is_asked_less_and_less_and_staff_see_why(source, partner):
    partner.status = 503
    waits = []
    for _ in range(3):
        read_again(source)
        waits.append(round((source.next_fetch_at - timezone.now()) / timedelta(hours=1)))
        assert source.trouble == CalendarSource.Trouble.REFUSED
    assert waits == [1, 2, 4]
    partner.status = 200
    read_again(source)
    assert (source.trouble, source.failures, source.taken) == ("", 0, 1)
    assert round((source.next_fetch_at - timezone.now()) / timedelta(hours=1)) == 1


def test_a_private_address_is_not_read(source, settings):
    settings.PARTNER_NETWORKS = []
    read_again(source)
    assert source.trouble == CalendarSource.Trouble.ADDRESS


def test_a_calendar_that_is_not_due_or_is_stopped_is_not_read(source, partner):
    read_again(source)
    assert tasks.read_partner_calendars() == 0
    CalendarSource.objects.update(is_active=False, next_fetch_at=timezone.now())
    assert tasks.read_partner_calendars() == 0
    assert len(partner.asked) == 1


def test_two_workers_read_it_once(partner, at_once):
    source = CalendarSource.objects.create(name="Vélos", address=partner.address)
    assert sorted(at_once(partners.read_again, [source.pk] * 4)) == [False, False, False, True]
    assert len(partner.asked) == 1
    assert Event.objects.count() == 1


def test_a_reading_that_is_killed_is_begun_again(source, partner, monkeypatch):
    """What the server said of its version is kept last, so that the next reading is whole."""

    def killed(*_all):
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(partners, "_take", killed)
        partners.read_again(source.pk)
    source.refresh_from_db()
    assert source.etag == ""
    read_again(source)
    assert Event.objects.count() == 1


# --- Staff -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_staff(as_chloe, chloe):
    type(chloe).objects.filter(pk=chloe.pk).update(is_superuser=True)
    return as_chloe


def test_staff_see_what_a_calendar_would_bring_before_it_is_read(as_staff, partner, db):
    added = as_staff.post(
        reverse("admin:events_calendarsource_add"), {"name": "Vélos", "address": partner.address, "commune": ""}
    )
    source = CalendarSource.objects.get()
    assert added.url == reverse("admin:events_calendarsource_preview", args=[source.pk])
    page = as_staff.get(added.url).content.decode()
    assert "Atelier de réparation de vélos" in page
    assert "1 événement à venir serait pris" in page
    assert not Event.objects.exists()
    assert tasks.read_partner_calendars() == 0
    as_staff.post(added.url)
    source.refresh_from_db()
    assert source.is_active
    assert source.added_by.display_name == "Chloé"


def test_the_address_of_a_calendar_is_one_of_the_web(as_staff):
    add = reverse("admin:events_calendarsource_add")
    as_staff.post(add, {"name": "Vélos", "address": "webcal://partenaire.example/agenda.ics", "commune": ""})
    assert CalendarSource.objects.get().address == "https://partenaire.example/agenda.ics"
    for address in ("ftp://partenaire.example/", "file:///etc/passwd", "javascript:alert(1)"):
        assert as_staff.post(add, {"name": "Autre", "address": address, "commune": ""}).status_code == 200
    assert CalendarSource.objects.count() == 1


def test_staff_read_why_a_calendar_cannot_be_read(as_staff, source, partner):
    partner.body = b"<html>"
    page = as_staff.get(reverse("admin:events_calendarsource_preview", args=[source.pk])).content.decode()
    assert "ce n’est pas un agenda que l’on sait lire" in page


def test_a_calendar_leaves_with_all_its_events_in_one_act(as_staff, source, partner, event):
    partner.body = calendar(
        *[vevent(str(n), SUMMARY=f"Rencontre numéro {n}") for n in range(5)],
        vevent("held", SUMMARY="Appelez le 06 12 34 56 78"),
    )
    read_again(source)
    assert source.events.count() == 6
    page = as_staff.get(reverse("admin:events_calendarsource_remove", args=[source.pk])).content.decode()
    assert "6 événements disparaissent" in page
    as_staff.post(reverse("admin:events_calendarsource_remove", args=[source.pk]))
    assert tasks.read_partner_calendars() == 0
    tasks.remove_partner_calendars()
    assert list(Event.objects.all()) == [event]
    assert not CalendarSource.objects.exists()
    assert not Case.objects.open().exists()


def test_only_those_who_may_change_calendars_reach_them(as_chloe, as_bob, source):
    for client in (as_chloe, as_bob):
        for name in ("preview", "stop", "remove"):
            for ask in (client.get, client.post):
                assert ask(reverse(f"admin:events_calendarsource_{name}", args=[source.pk])).status_code in (302, 403)
    source.refresh_from_db()
    assert source.is_active
    assert source.removal_asked_at is None
