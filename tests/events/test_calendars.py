"""Calendars that leave the site: read by another library, and by the rules of RFC 5545."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from events import calendars
from events.models import Attendance, Event, OwnCalendar
from events.services import calendars as own_calendars
from initiatives.models import Tag
from notifications.services import tell
from notifications.tasks import deliver_due
from territories.models import Commune

#: A commune of each of the clocks of the country.
ZONES = {
    "Europe/Paris": "35360",
    "America/Miquelon": "97502",
    "America/Guadeloupe": "97105",
    "America/Martinique": "97209",
    "America/Cayenne": "97302",
    "Indian/Reunion": "97411",
    "Indian/Mayotte": "97611",
    "America/St_Barthelemy": "97701",
    "America/Marigot": "97801",
    "Pacific/Wallis": "98613",
    "Pacific/Tahiti": "98735",
    "Pacific/Noumea": "98818",
}


def parsed(body: bytes):
    """As another library reads it."""
    return IcsCalendarStream.calendar_from_ics(body.decode())


def check_rules(body: bytes) -> list[str]:
    """RFC 5545, 3.1 (lines), 3.6 (components) and 3.8.4.7 (identifiers). Returns the unfolded lines."""
    assert body.endswith(b"\r\n")
    raw = body[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in raw)
    assert max(map(len, raw)) <= 75
    for line in raw:
        # A letter of several bytes is never cut.
        line.decode()
    lines = re.sub(r"\r\n[ \t]", "", body.decode()).rstrip("\r\n").split("\r\n")
    assert all(re.fullmatch(r"[A-Z0-9-]+(;[A-Z0-9-]+=[^:;]*)*:[^\x00-\x08\x0a-\x1f\x7f]*", line) for line in lines)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    text = "\n".join(lines)
    head = text.split("BEGIN:V", 2)[1]
    assert head.count("\nVERSION:2.0") == 1
    assert head.count("\nPRODID:") == 1
    events = re.findall(r"BEGIN:VEVENT\n(.*?)\nEND:VEVENT", text, re.DOTALL)
    for event in events:
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"):
            assert len(re.findall(rf"^{name}[;:]", event, re.MULTILINE)) == 1, name
        assert not re.search(r"^(ORGANIZER|ATTENDEE|CONTACT)", event, re.MULTILINE)
        assert re.search(r"^DTSTAMP:\d{8}T\d{6}Z$", event, re.MULTILINE)
    uids = re.findall(r"^UID:(.*)$", text, re.MULTILINE)
    assert len(set(uids)) == len(uids) == len(events)
    described = set(re.findall(r"^TZID:(.*)$", text, re.MULTILINE))
    assert set(re.findall(r";TZID=([^:]*):", text)) == described
    return lines


def file_of(client, event: Event):
    return client.get(reverse("event_file", args=[event.slug]))


# --- One event -------------------------------------------------------------------------------------------------------


def test_an_event_is_a_file_for_any_calendar(visitor, event):
    event.description = "On choisit les **arbres**.\n\n- un mètre\n- des gants"
    event.address, event.sequence = "2, rue de la Gare", 3
    event.save()
    answer = file_of(visitor, event)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'inline; filename="{event.slug}.ics"'
    check_rules(answer.content)
    (found,) = parsed(answer.content).events
    assert (found.uid, found.sequence, found.status) == (event.uid, 3, "CONFIRMED")
    assert found.summary == event.title
    assert found.dtstart == event.starts_at.replace(microsecond=0)
    assert found.dtend == event.ends_at.replace(microsecond=0)
    assert found.location == "Salle des fêtes, 2, rue de la Gare, Vitré (Ille-et-Vilaine)"
    assert found.description == f"On choisit les arbres.\n\nun mètre\ndes gants\n\n{event.full_address}"
    assert str(found.url) == event.full_address
    assert (found.geo.lat, found.geo.lng) == (event.latitude, event.longitude)


def test_nobody_is_named_in_a_calendar(visitor, event, alice):
    assert alice.display_name.encode() not in file_of(visitor, event).content


def test_the_link_of_an_online_meeting_is_in_no_public_calendar(visitor, alice, initiative):
    event = new_event(alice, None, initiative=initiative, online_url="https://visio.exemple.fr/cle-secrete")
    for address in (
        reverse("event_file", args=[event.slug]),
        reverse("initiative_calendar", args=[initiative.slug]),
        reverse("agenda_calendar"),
    ):
        answer = visitor.get(address)
        assert event.uid.encode() in answer.content
        assert b"visio.exemple.fr" not in answer.content


def test_a_cancelled_event_says_so_in_its_file(visitor, event):
    event.cancelled_at = timezone.now()
    event.save()
    (found,) = parsed(file_of(visitor, event).content).events
    assert found.status == "CANCELLED"
    assert found.uid == event.uid


@pytest.mark.parametrize("hidden", [{"published_at": None}, {"withheld_at": timezone.now()}])
def test_what_is_not_public_is_in_no_calendar(visitor, as_alice, event, initiative, hidden):
    Event.objects.update(**hidden)
    for client in (visitor, as_alice):
        assert file_of(client, event).status_code == 404
        for address in (reverse("initiative_calendar", args=[initiative.slug]), reverse("agenda_calendar")):
            assert event.uid.encode() not in client.get(address).content


# --- Clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("month", [1, 7])
@pytest.mark.parametrize(("zone", "code"), ZONES.items())
def test_hours_are_those_of_the_place_in_winter_and_in_summer(visitor, alice, zone, code, month):
    commune = Commune.objects.select_related("department").get(code=code)
    assert str(commune.zone) == zone
    start = datetime(2027, month, 15, 18, 30, tzinfo=ZoneInfo(zone))
    event = new_event(alice, commune, starts_at=start, ends_at=start + timedelta(hours=2), time_zone=zone)
    body = file_of(visitor, event).content
    assert f"DTSTART;TZID={zone}:2027{month:02}15T183000" in check_rules(body)
    (found,) = parsed(body).events
    assert found.dtstart.astimezone(UTC) == start.astimezone(UTC)


CHANGES = {"Europe/Paris": [(2027, 3, 28), (2027, 10, 31)], "America/Miquelon": [(2027, 3, 14), (2027, 11, 7)]}


@pytest.mark.parametrize(("zone", "day"), [(zone, day) for zone, days in CHANGES.items() for day in days])
def test_the_described_zone_says_the_right_offset_on_both_sides_of_a_change(zone, day):
    """By the VTIMEZONE alone, as a program that does not know the name of the zone would."""
    body = calendars._zone(zone, 2026, 2027).to_ical().decode()
    changes = []
    for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\r\n(.*?)END:", body, re.DOTALL):
        before, after = (_offset(re.search(rf"{name}:(\S+)", part)[1]) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        starts = re.findall(r"(?:DTSTART|RDATE):(\S+)", part)
        for each in ",".join(starts).split(","):
            changes.append((datetime.strptime(each, "%Y%m%dT%H%M%S") - before, after))
    for hour in range(48):
        moment = datetime(*day) - timedelta(hours=12) + timedelta(hours=hour)
        said = max(change for change in changes if change[0] <= moment)[1]
        assert said == moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset(), moment


def _offset(text: str) -> timedelta:
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))


@pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31)])
def test_an_event_over_a_change_of_clocks_lasts_what_it_lasts(visitor, alice, vitre, day):
    start = datetime(*day, 0, 30, tzinfo=UTC)
    event = new_event(alice, vitre, starts_at=start, ends_at=start + timedelta(hours=2))
    (found,) = parsed(file_of(visitor, event).content).events
    assert found.dtend.astimezone(UTC) - found.dtstart.astimezone(UTC) == timedelta(hours=2)


# --- Hostile texts ---------------------------------------------------------------------------------------------------

_anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


@given(title=_anything, description=_anything, place=_anything)
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_is_written_stays_in_its_place(title, description, place):
    start = datetime(2027, 3, 1, 18, tzinfo=UTC)
    event = Event(
        pk=1,
        title=title,
        description=description,
        place_name=place,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        kind="online",
        published_at=start,
        updated_at=start,
    )
    lines = check_rules(calendars.of_one(event))
    assert sum(line.startswith("BEGIN:VEVENT") for line in lines) == 1
    assert sum(line.startswith("ATTENDEE") for line in lines) == 0


@pytest.mark.parametrize(
    "title",
    [
        "Fin\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:pirate",
        'Points ; virgules, deux-points : barres \\ « guillemets " »',
        "œ" * 100,
        "👩‍🌾" * 30,
    ],
)
def test_a_title_is_read_back_as_it_was_written(visitor, event, title):
    Event.objects.update(title=title)
    body = file_of(visitor, Event.objects.get()).content
    check_rules(body)
    (found,) = parsed(body).events
    assert found.summary == title.replace("\r\n", "\n")


# --- Calendars to subscribe to ---------------------------------------------------------------------------------------


def test_an_initiative_a_place_and_a_kind_have_their_calendar(visitor, alice, vitre, initiative, event):
    far = new_event(alice, Commune.objects.select_related("department").get(code="13004"), kind="debate")

    def uids(address):
        answer = visitor.get(address)
        check_rules(answer.content)
        return {each.uid for each in parsed(answer.content).events}

    assert uids(reverse("initiative_calendar", args=[initiative.slug])) == {event.uid}
    agenda = reverse("agenda_calendar")
    assert uids(agenda) == {event.uid, far.uid}
    assert uids(f"{agenda}?lieu={vitre.path}") == {event.uid}
    assert uids(f"{agenda}?lieu=35-ille-et-vilaine") == {event.uid}
    assert uids(f"{agenda}?sorte=debate") == {far.uid}
    assert visitor.get(f"{agenda}?lieu=xqzxqzxqz").status_code == 404


def test_a_calendar_has_a_name_and_says_when_to_ask_again(visitor, initiative, event):
    lines = check_rules(visitor.get(reverse("initiative_calendar", args=[initiative.slug])).content)
    name = f"{initiative.title} · Les Créateurs de possibles"
    for line in (
        f"X-WR-CALNAME:{name}",
        f"NAME:{name}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert line in lines


def test_a_calendar_keeps_thirty_days_of_what_is_over_or_cancelled(visitor, alice, vitre):
    now = timezone.now()
    kept = {
        new_event(alice, vitre, starts_at=now - timedelta(days=29)).uid: "CONFIRMED",
        new_event(alice, vitre, cancelled_at=now - timedelta(days=29)).uid: "CANCELLED",
        new_event(alice, vitre).uid: "CONFIRMED",
    }
    new_event(alice, vitre, starts_at=now - timedelta(days=31))
    new_event(alice, vitre, cancelled_at=now - timedelta(days=31))
    found = parsed(visitor.get(reverse("agenda_calendar")).content).events
    assert {event.uid: event.status for event in found} == kept


def test_a_calendar_is_bounded(visitor, alice, vitre, monkeypatch):
    monkeypatch.setattr(calendars, "MOST", 3)
    soon = [new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=day)) for day in range(1, 6)]
    found = parsed(visitor.get(reverse("agenda_calendar")).content).events
    assert [event.uid for event in found] == [event.uid for event in soon[:3]]


def test_a_calendar_costs_the_same_with_two_events_and_with_fifteen(visitor, alice, vitre, query_bill):
    # What is to come, what is over, what was cancelled.
    query_bill(visitor, reverse("agenda_calendar"), lambda n: [new_event(alice, vitre) for _ in range(n)], most=3)


def test_a_calendar_that_has_not_changed_is_not_sent_again(visitor, initiative, event):
    address = reverse("initiative_calendar", args=[initiative.slug])
    first = visitor.get(address)
    assert "public" in first["Cache-Control"]
    assert "s-maxage=60" in first["Cache-Control"]
    assert not first.cookies
    assert visitor.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    event.title = "Un autre titre"
    event.save()
    assert visitor.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_calendar_of_an_initiative_that_is_not_public_does_not_exist(visitor, alice, vitre):
    draft = new_initiative(alice, vitre, state="draft", published_at=None)
    assert visitor.get(reverse("initiative_calendar", args=[draft.slug])).status_code == 404


# --- A member's own --------------------------------------------------------------------------------------------------


def own_address(member) -> str:
    own_calendars.renew(by=member)
    return own_calendars.address_of(member).removeprefix("http://127.0.0.1:8000")


def test_a_members_calendar_holds_what_they_come_to_wait_for_and_organise(visitor, alice, bob, vitre):
    comes, waits, other = (new_event(alice, vitre, title=f"Rencontre {n}") for n in range(3))
    organises = new_event(bob, None, online_url="https://visio.exemple.fr/a-bob")
    online = new_event(alice, None, online_url="https://visio.exemple.fr/ou-va-bob")
    full = new_event(alice, None, online_url="https://visio.exemple.fr/ou-attend-bob")
    for event in (comes, online):
        Attendance.objects.create(event=event, member=bob)
    Attendance.objects.create(event=waits, member=bob, state="waiting", queue_number=1)
    Attendance.objects.create(event=full, member=bob, state="waiting", queue_number=1)
    answer = visitor.get(own_address(bob))
    check_rules(answer.content)
    found = {event.uid: event for event in parsed(answer.content).events}
    assert set(found) == {comes.uid, waits.uid, organises.uid, online.uid, full.uid}
    assert other.uid not in found
    assert found[waits.uid].status == "TENTATIVE"
    assert found[comes.uid].status == "CONFIRMED"
    assert "visio.exemple.fr/a-bob" in found[organises.uid].description
    assert "visio.exemple.fr/ou-va-bob" in found[online.uid].description
    assert "visio.exemple.fr" not in found[full.uid].description


def test_a_members_calendar_is_kept_by_nobody_else(visitor, bob):
    answer = visitor.get(own_address(bob))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "ETag" not in answer
    assert not answer.cookies


def test_a_members_calendar_costs_the_same_with_two_events_and_with_fifteen(visitor, alice, bob, vitre, query_bill):
    def fill(n):
        for _ in range(n):
            Attendance.objects.create(event=new_event(alice, vitre), member=bob)
            new_event(bob, vitre)

    # Who it is, what waits, then three as any calendar.
    query_bill(visitor, own_address(bob), fill, most=5)


def test_a_new_address_kills_the_old_one(visitor, as_bob, bob):
    old = own_address(bob)
    assert visitor.get(old).status_code == 200
    page = as_bob.post(reverse("my_calendar_renew"), follow=True).content.decode()
    assert "L’ancienne ne mène plus nulle part" in page
    assert visitor.get(old).status_code == 404
    new = own_calendars.address_of(bob)
    assert new in page
    assert visitor.get(new.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_a_closed_calendar_never_opens_again_by_its_old_address(visitor, as_bob, bob):
    old = own_address(bob)
    as_bob.post(reverse("my_calendar_stop"))
    assert visitor.get(old).status_code == 404
    own_address(bob)
    assert visitor.get(old).status_code == 404


def test_nobody_has_an_address_before_asking_for_it(as_bob, bob):
    page = as_bob.get(reverse("my_calendar")).content.decode()
    assert "Créer mon adresse" in page
    assert not OwnCalendar.objects.exists()
    assert own_calendars.address_of(bob) == ""


def test_what_the_database_holds_opens_nothing(visitor, bob):
    address = own_address(bob)
    number = OwnCalendar.objects.get().number
    assert visitor.get(address).status_code == 200
    for forged in (
        f"{number}",
        f"{number}.",
        f"{number}.x",
        f"{number + 1}.{address.rpartition('.')[0][-43:]}",
        "x" * 5000,
    ):
        assert visitor.get(reverse("own_calendar", args=[forged])).status_code == 404


def test_with_another_secret_every_address_is_dead(visitor, bob, settings):
    address = own_address(bob)
    settings.SECRET_KEY = "another"
    assert visitor.get(address).status_code == 404


def test_an_address_that_fails_is_not_written_in_the_log(bob, monkeypatch, caplog):
    def failing(*_all, **_more):
        raise RuntimeError

    address = own_address(bob)
    monkeypatch.setattr(own_calendars, "own", failing)
    assert Client(raise_request_exception=False).get(address).status_code == 500
    assert "/calendrier/…" in caplog.text
    assert address.removeprefix("/calendrier/")[:30] not in caplog.text


def test_whoever_leaves_takes_their_calendar_away(visitor, bob):
    address = own_address(bob)
    bob.delete()
    assert visitor.get(address).status_code == 404


def test_a_calendar_of_somebody_who_is_shut_out_is_shut(visitor, db):
    member = new_member("dan")
    address = own_address(member)
    type(member).objects.filter(pk=member.pk).update(is_active=False)
    assert visitor.get(address).status_code == 404


def test_the_page_of_an_event_leads_to_its_file(visitor, as_bob, event):
    for client in (visitor, as_bob):
        page = client.get(event.get_absolute_url()).content.decode()
        assert f'href="{reverse("event_file", args=[event.slug])}"' in page


@pytest.mark.parametrize("kind", ["event_joined", "event_moved", "event_cancelled"])
def test_messages_about_an_event_lead_to_its_file(event, bob, kind):
    tell(bob, kind=kind, key="once", context=event.message_context | {"stands": event.stands})
    deliver_due()
    (message,) = mail.outbox
    html = message.alternatives[0][0]
    link = f"http://127.0.0.1:8000{reverse('event_file', args=[event.slug])}"
    assert link in message.body
    assert f'href="{link}"' in html


def test_whoever_says_that_they_come_is_offered_its_file(as_bob, event):
    answer = as_bob.post(reverse("event_attend", args=[event.slug]), headers={"HX-Request": "true"})
    assert f'href="{reverse("event_file", args=[event.slug])}"' in answer.content.decode()


def test_the_page_of_ones_events_leads_to_ones_calendar(as_bob):
    assert f'href="{reverse("my_calendar")}"' in as_bob.get(reverse("my_events")).content.decode()


def test_a_theme_has_its_calendar(visitor, alice, vitre):
    theme, other = Tag.objects.order_by("slug")[:2]
    asked = new_event(alice, vitre, theme=theme)
    new_event(alice, vitre, theme=other, title="Une autre rencontre")
    found = parsed(visitor.get(f"{reverse('agenda_calendar')}?theme={theme.slug}").content).events
    assert [event.uid for event in found] == [asked.uid]


def test_no_page_of_somebody_else_shows_an_address(as_bob, alice, bob):
    own_calendars.renew(by=alice)
    page = as_bob.get(reverse("my_calendar")).content.decode()
    assert "/calendrier/" not in page
    assert client_of(alice).get(reverse("my_calendar")).content.decode().count("/calendrier/") >= 2


def test_the_agenda_and_an_initiative_lead_to_their_calendars(visitor, vitre, initiative, event):
    page = visitor.get(f"{reverse('agenda')}?lieu={vitre.path}&quand=mois&sorte=meeting").content.decode()
    path = f"{reverse('agenda_calendar')}?lieu={vitre.path}&amp;sorte=meeting"
    assert f'href="webcal://127.0.0.1:8000{path}"' in page
    assert f'href="{path}"' in page
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert f'href="{reverse("initiative_calendar", args=[initiative.slug])}"' in page
