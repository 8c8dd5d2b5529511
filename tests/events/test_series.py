"""Events that come again: one text, many dates, each an event of its own; and doing one again."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from events import series, tasks
from events.models import Event, Series
from events.services import coming, posting
from initiatives.models import TimelineEntry
from initiatives.services.supports import support
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from territories.models import Commune

NEW = "/evenements/nouveau/"
PARIS = ZoneInfo("Europe/Paris")


def errors(answer) -> dict:
    return answer.context["form"].errors if answer.context and "form" in answer.context else {}


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind)
    return sorted(rows.values_list("recipient__display_name", flat=True))


@pytest.fixture
def weekly(as_bob, answers, soon):
    """`weekly(5)`: so many dates of Bob's, a week apart, the first in nine days."""

    def post(count: int = 5, **changes) -> list[Event]:
        until = (soon + timedelta(weeks=count - 1)).isoformat()
        answer = as_bob.post(NEW, answers(repeats="weekly", until=until, **changes))
        assert not errors(answer)
        return list(Event.objects.order_by("starts_at"))

    return post


def edit(client, event, answers, **changes):
    """What the form sends, as it shows it, with these changes."""
    shown = {
        "title": event.title,
        "description": event.description,
        "day": event.local_start.date().isoformat(),
        "starts": f"{event.local_start:%H:%M}",
        "ends": f"{event.local_end:%H:%M}",
        "place_name": event.place_name,
        "address": event.address,
        "capacity": event.capacity or "",
        "latitude": str(event.latitude),
        "longitude": str(event.longitude),
        "scope": "one",
    }
    return client.post(reverse("event_edit", args=[event.slug]), answers(**shown | changes), follow=True)


# --- Which days ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "first", "until", "expected"),
    [
        ("weekly", date(2027, 3, 1), date(2027, 3, 22), ["01-03", "08-03", "15-03", "22-03"]),
        ("fortnightly", date(2027, 3, 1), date(2027, 3, 31), ["01-03", "15-03", "29-03"]),
        # The second Tuesday.
        ("monthly", date(2027, 1, 12), date(2027, 4, 30), ["12-01", "09-02", "09-03", "13-04"]),
        # A fourth one is the fourth, also in months that have five.
        ("monthly", date(2027, 2, 22), date(2027, 5, 31), ["22-02", "22-03", "26-04", "24-05"]),
        # A fifth one is the last.
        ("monthly", date(2027, 1, 29), date(2027, 4, 30), ["29-01", "26-02", "26-03", "30-04"]),
        # The 29th of February is the last Tuesday of that month.
        ("monthly", date(2028, 2, 29), date(2028, 5, 31), ["29-02", "28-03", "25-04", "30-05"]),
        ("weekly", date(2028, 2, 29), date(2028, 3, 7), ["29-02", "07-03"]),
        ("weekly", date(2027, 12, 27), date(2028, 1, 3), ["27-12", "03-01"]),
    ],
)
def test_the_days_of_a_rhythm(rhythm, first, until, expected):
    assert [f"{day:%d-%m}" for day in series.days(rhythm, first, until)] == expected


@given(some.sampled_from(Series.Rhythm.values), some.dates(date(2024, 1, 1), date(2040, 1, 1)), some.integers(0, 366))
def test_whatever_the_rhythm_the_days_follow_one_another_on_the_same_weekday(rhythm, first, length):
    days = series.days(rhythm, first, first + timedelta(days=length))
    assert days[0] == first and days == sorted(set(days)) and len(days) <= series.MOST_DATES + 1
    assert {day.weekday() for day in days} == {first.weekday()}
    if rhythm == "monthly":
        months = [(day.year, day.month) for day in days]
        assert len(set(months)) == len(months)


@pytest.mark.parametrize("code", ["35360", "97502", "98613", "98731", "97411"])
def test_the_hour_is_the_same_on_the_clocks_of_the_place_summer_and_winter(as_bob, answers, clock_change, code):
    day = clock_change(3) - timedelta(days=14)
    day = max(day, timezone.localdate() + timedelta(days=2))
    commune = Commune.objects.select_related("department").get(code=code)
    changes = {"day": day.isoformat(), "repeats": "weekly", "until": (day + timedelta(days=300)).isoformat()}
    assert not errors(as_bob.post(NEW, answers(commune=commune, **changes)))
    events = Event.objects.all()
    assert len(events) == 43
    assert {(event.local_start.time(), event.local_end.time()) for event in events} == {(time(18, 30), time(20, 0))}
    offsets = {event.local_start.utcoffset() for event in events}
    assert len(offsets) == (2 if code in ("35360", "97502") else 1)


def test_in_the_night_that_spring_shortens_it_begins_as_long_after_midnight(clock_change):
    day = clock_change(3)
    start, end = series.hours(day, time(2, 30), time(4, 0), PARIS)
    assert (end - start.astimezone(PARIS)).total_seconds() >= 0
    assert f"{start.astimezone(ZoneInfo('UTC')).astimezone(PARIS):%H:%M}" == "03:30"
    assert end.astimezone(ZoneInfo("UTC")) > start.astimezone(ZoneInfo("UTC"))


def test_in_the_hour_that_autumn_plays_twice_the_first_is_meant(clock_change):
    start, end = series.hours(clock_change(10), time(2, 30), time(3, 30), PARIS)
    assert start.fold == 0
    assert end.astimezone(ZoneInfo("UTC")) - start.astimezone(ZoneInfo("UTC")) == timedelta(hours=2)


# --- Posting ---------------------------------------------------------------------------------------------------------


def test_a_series_is_posted_in_one_go_each_date_an_event_of_its_own(weekly, soon, bob):
    events = weekly(5)
    assert [event.local_start.date() for event in events] == [soon + timedelta(weeks=n) for n in range(5)]
    assert len({event.uid for event in events}) == len({event.pk for event in events}) == 5
    assert {(event.author, event.is_public, event.commune_id) for event in events} == {(bob, True, "35360")}
    assert len({event.series_id for event in events}) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": ""}, "until"),
        ({"until": "demain"}, "until"),
        ({"until": "2027-02-30"}, "until"),
        ({"until_in": 0}, "until"),
        ({"until_in": -7}, "until"),
        ({"until_in": 367}, "until"),
        ({"until_in": 5}, "until"),
        ({"repeats": "daily", "until_in": 10}, "repeats"),
    ],
)
def test_a_series_that_makes_no_sense_is_refused(as_bob, answers, soon, changes, field):
    if "until_in" in changes:
        changes = changes | {"until": (soon + timedelta(days=changes.pop("until_in"))).isoformat()}
    answer = as_bob.post(NEW, answers(**{"repeats": "weekly"} | changes))
    assert set(errors(answer)) == {field}
    assert not Event.objects.exists() and not Series.objects.exists()


def test_a_series_has_fifty_two_dates_at_most(as_bob, answers, soon):
    for weeks, most in ((52, False), (51, True)):
        until = (soon + timedelta(weeks=weeks)).isoformat()
        answer = as_bob.post(NEW, answers(repeats="weekly", until=until))
        assert ("until" in errors(answer)) is not most
    assert Event.objects.count() == 52


def test_a_day_given_without_a_rhythm_makes_one_event(as_bob, answers, soon):
    as_bob.post(NEW, answers(until=(soon + timedelta(days=30)).isoformat()))
    assert Event.objects.get().series is None


def test_a_double_click_posts_one_series(as_bob, answers, soon):
    data = answers(repeats="weekly", until=(soon + timedelta(days=30)).isoformat())
    first, second = as_bob.post(NEW, data), as_bob.post(NEW, data)
    assert first.url == second.url
    assert (Event.objects.count(), Series.objects.count()) == (5, 1)


def test_the_texts_of_a_series_are_read_once(weekly, monkeypatch, answers):
    read = []
    real = moderation.screen_texts
    monkeypatch.setattr(
        moderation.receiving, "screen_texts", lambda texts, **more: read.append(texts) or real(texts, **more)
    )
    weekly(10)
    assert len(read) == 1


def test_supporters_hear_of_a_series_once(as_alice, initiative, bob, answers, soon):
    support(initiative, by=bob)
    data = answers(repeats="weekly", until=(soon + timedelta(days=70)).isoformat())
    as_alice.post(f"{NEW}?initiative={initiative.pk}", data)
    assert tasks.announce_events() == 1
    assert tasks.announce_events() == 0
    [row] = Notification.objects.filter(kind="event_announced")
    assert row.context["more_dates"] == 10 and row.context["last_date"]
    assert TimelineEntry.objects.filter(kind="event").count() == 1


def test_a_date_that_is_published_after_the_others_is_not_told_as_a_new_event(as_alice, initiative, bob, answers, soon):
    support(initiative, by=bob)
    data = answers(repeats="weekly", until=(soon + timedelta(days=28)).isoformat())
    as_alice.post(f"{NEW}?initiative={initiative.pk}", data)
    late = Event.objects.order_by("starts_at")[2]
    Event.objects.filter(pk=late.pk).update(published_at=None)
    tasks.announce_events()
    Event.objects.filter(pk=late.pk).update(published_at=timezone.now())
    assert tasks.announce_events() == 0
    assert Notification.objects.filter(kind="event_announced").count() == 1
    assert TimelineEntry.objects.filter(kind="event").count() == 1
    assert not Event.objects.filter(announced_at=None).exists()


def test_ten_sweeps_at_once_tell_of_a_series_once(at_once, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    initiative = new_initiative(alice, vitre_committed)
    support(initiative, by=bob)
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=90))
    for n in range(8):
        starts_at = timezone.now() + timedelta(days=7 + n * 7)
        new_event(alice, vitre_committed, series=one, starts_at=starts_at, initiative=initiative)
    assert sum(at_once(lambda _sweep: tasks.announce_events(), range(10))) == 1
    assert told("event_announced") == ["Bob"]
    assert Notification.objects.get(kind="event_announced").context["more_dates"] == 7
    assert TimelineEntry.objects.filter(kind="event").count() == 1


def test_a_series_that_waits_has_one_case_whose_decision_holds_for_all(weekly, chloe, visitor):
    events = weekly(4, description="Tu es un connard, et tu le sais.")
    assert not any(event.is_public for event in events)
    case = Case.objects.open().get()
    moderation.publish(case, by=chloe, reason="C’est le numéro de la mairie.")
    assert Event.objects.public().count() == 4


def test_a_moderator_reads_how_many_dates_a_verdict_is_about(weekly, as_bob, as_chloe, answers):
    events = weekly(4, description="Tu es un connard, et tu le sais.")
    case = reverse("admin:moderation_case_change", args=[Case.objects.open().get().pk])
    assert (
        "La décision vaut pour les 4 dates de la série qui disent la même chose." in as_chloe.get(case).content.decode()
    )
    edit(as_bob, events[2], answers, description="Tu es un abruti, et tout le monde le sait.")
    assert "La décision vaut pour les 3 dates" in as_chloe.get(case).content.decode()
    own = reverse("admin:moderation_case_change", args=[Case.objects.open().latest("pk").pk])
    assert "la seule qui dise cela" in as_chloe.get(own).content.decode()


@pytest.mark.parametrize(("scope", "said"), [("one", "vaut pour elle seule"), ("following", "\u202f: 3 en tout")])
def test_a_moderator_reads_how_many_dates_an_edit_is_about(weekly, as_bob, as_chloe, answers, scope, said):
    events = weekly(4)
    edit(as_bob, events[1], answers, description="Tu es un connard, et tu le sais.", scope=scope)
    page = as_chloe.get(reverse("admin:moderation_case_change", args=[Case.objects.open().get().pk])).content.decode()
    assert said in page


def test_a_moderator_reads_nothing_of_dates_about_an_event_alone(as_alice, as_chloe, answers):
    as_alice.post(NEW, answers(description="Tu es un connard, et tu le sais."))
    page = as_chloe.get(reverse("admin:moderation_case_change", args=[Case.objects.open().get().pk])).content.decode()
    assert "dates de la série" not in page and "date d’une série" not in page


def test_a_series_withheld_from_the_queue_stays_hidden_and_comes_back_whole(weekly, chloe, as_bob):
    events = weekly(4, description="Tu es un connard, et tu le sais.")
    case = Case.objects.open().get()
    moderation.withhold(case, by=chloe, ground="privacy", reason="Numéro d’un particulier.")
    assert Event.objects.filter(withheld_at__isnull=False).count() == 4
    for event in events:
        assert as_bob.get(reverse("event_edit", args=[event.slug])).status_code == 404
    moderation.restore(case.content, by=chloe, reason="Numéro public, après examen.")
    assert Event.objects.public().count() == 4


def test_one_date_withheld_withholds_those_that_say_the_same_and_no_other(weekly, chloe, as_bob, answers):
    events = weekly(4)
    edit(as_bob, events[1], answers, title="Une matinée toute différente")
    moderation.withhold(events[2], by=chloe, ground="spam", reason="Publicité.")
    assert list(Event.objects.public().values_list("title", flat=True)) == ["Une matinée toute différente"]
    events[0].refresh_from_db()
    moderation.restore(events[0], by=chloe, reason="Ce n’en était pas.")
    assert Event.objects.public().count() == 4


def test_a_date_that_says_something_else_while_its_series_waits_is_read_for_itself(weekly, as_bob, answers, chloe):
    events = weekly(4, description="Tu es un connard, et tu le sais.")
    edit(as_bob, events[2], answers, description="Tu es un abruti, et tout le monde le sait.")
    assert Case.objects.open().count() == 2
    first = Case.objects.open().of(events[0]).get()
    moderation.publish(first, by=chloe, reason="Numéro de la mairie.")
    assert set(Event.objects.public()) == {events[0], events[1], events[3]}
    edit(as_bob, events[2], answers, description="Venez nombreux.")
    assert Event.objects.public().count() == 4


# --- Changing one, or all that follow --------------------------------------------------------------------------------


def test_one_date_is_changed_alone(weekly, as_bob, answers):
    events = weekly(5)
    edit(as_bob, events[1], answers, title="Une matinée toute différente", starts="10:00", ends="11:00", scope="one")
    assert list(Event.objects.order_by("starts_at").values_list("title", flat=True)).count("Matinée de plantation") == 4
    assert [f"{each.local_start:%H:%M}" for each in Event.objects.order_by("starts_at")].count("10:00") == 1


def test_a_date_and_those_that_follow_are_changed_together(weekly, as_bob, answers):
    events = weekly(5)
    changes = {"title": "Une matinée toute différente", "starts": "10:00", "ends": "11:30", "place_name": "Au lavoir"}
    edit(as_bob, events[2], answers, scope="following", capacity="12", **changes)
    after = list(Event.objects.order_by("starts_at"))
    facts = [
        (each.title, f"{each.local_start:%H:%M}", f"{each.local_end:%H:%M}", each.place_name, each.capacity)
        for each in after
    ]
    assert facts[:2] == [("Matinée de plantation", "18:30", "20:00", "Derrière la gare", None)] * 2
    assert facts[2:] == [("Une matinée toute différente", "10:00", "11:30", "Au lavoir", 12)] * 3
    assert [each.local_start.date() for each in after] == [each.local_start.date() for each in events]


def test_a_new_day_moves_those_that_follow_by_as_many_days(weekly, as_bob, answers, soon):
    events = weekly(4)
    edit(as_bob, events[1], answers, day=(soon + timedelta(days=9)).isoformat(), scope="following")
    days = [(each.local_start.date() - soon).days for each in Event.objects.order_by("pk")]
    assert days == [0, 9, 16, 23]


def test_what_a_date_has_of_its_own_is_kept_when_something_else_changes(weekly, as_bob, answers):
    events = weekly(4)
    edit(as_bob, events[2], answers, place_name="Sous la halle", scope="one")
    edit(as_bob, events[0], answers, starts="09:00", ends="10:00", scope="following")
    after = Event.objects.order_by("starts_at")
    assert [each.place_name for each in after][2] == "Sous la halle"
    assert {f"{each.local_start:%H:%M}" for each in after} == {"09:00"}


def test_an_edit_of_all_that_follow_waits_once_and_is_published_for_all(weekly, as_bob, answers, chloe):
    events = weekly(4)
    edit(as_bob, events[1], answers, description="Tu es un connard, et tu le sais.", scope="following")
    case = Case.objects.open().get()
    assert Event.objects.filter(description__contains="connard").count() == 0
    moderation.publish(case, by=chloe, reason="C’est une réplique de la pièce.")
    said = [("connard" in each.description) for each in Event.objects.order_by("starts_at")]
    assert said == [False, True, True, True]


def test_an_edit_of_one_that_waits_is_published_for_it_alone(weekly, as_bob, answers, chloe):
    events = weekly(4)
    edit(as_bob, events[1], answers, description="Tu es un connard, et tu le sais.", scope="following")
    edit(as_bob, events[1], answers, description="Tu es une ordure, et tu le sais.", scope="one")
    moderation.publish(Case.objects.open().get(), by=chloe, reason="C’est une réplique de la pièce.")
    assert Event.objects.filter(description__contains="une ordure").count() == 1


def test_an_edit_of_all_replaces_what_one_of_them_was_waiting_for(weekly, as_bob, answers):
    events = weekly(4)
    edit(as_bob, events[2], answers, title="Tu es un connard", scope="one")
    edit(as_bob, events[1], answers, title="Une matinée toute différente", scope="following")
    assert not Case.objects.open().exists()
    assert Event.objects.filter(title="Une matinée toute différente").count() == 3


def test_places_too_few_for_one_that_follows_change_none(weekly, as_bob, answers):
    events = weekly(3)
    for n in range(3):
        coming.attend(events[2], by=new_member(f"voisin{n}"))
    answer = edit(as_bob, events[0], answers, capacity="2", title="Une matinée toute différente", scope="following")
    assert "3 personnes viennent déjà" in str(errors(answer)["capacity"])
    assert not Event.objects.filter(title="Une matinée toute différente").exists()
    assert not Event.objects.filter(capacity=2).exists()


def test_past_and_cancelled_dates_do_not_change(weekly, as_bob, bob, answers):
    events = weekly(4)
    posting.cancel(events[3], by=bob)
    Event.objects.filter(pk=events[0].pk).update(
        starts_at=timezone.now() - timedelta(days=3), ends_at=timezone.now() - timedelta(days=3, hours=-1)
    )
    edit(as_bob, events[1], answers, title="Une matinée toute différente", scope="following")
    titles = [each.title == "Une matinée toute différente" for each in Event.objects.order_by("pk")]
    assert titles == [False, True, True, False]


def test_the_last_date_asks_nothing_of_what_follows(weekly, as_bob):
    events = weekly(3)
    asks = [
        b"les 2 suivantes" in page.content or b"la suivante" in page.content
        for page in (as_bob.get(reverse("event_edit", args=[event.slug])) for event in events)
    ]
    assert asks == [True, True, False]


# --- Cancelling ------------------------------------------------------------------------------------------------------


def test_all_that_follow_are_cancelled_in_one_message_to_each_person(weekly, as_bob):
    events = weekly(5)
    emma, dora = new_member("emma"), new_member("dora")
    for event in events[1:4]:
        coming.attend(event, by=emma)
    coming.attend(events[4], by=dora)
    coming.attend(events[0], by=dora)
    page = as_bob.get(reverse("event_cancel", args=[events[1].slug])).content.decode()
    assert "Annuler cette date et les 3 suivantes" in page
    as_bob.post(reverse("event_cancel", args=[events[1].slug]), {"scope": "following"})
    assert [bool(each.cancelled_at) for each in Event.objects.order_by("starts_at")] == [False, True, True, True, True]
    assert tasks.tell_cancellations() == 4 and tasks.tell_cancellations() == 0
    assert told("event_cancelled") == ["Dora", "Emma"]
    rows = {row.recipient.display_name: row.context for row in Notification.objects.filter(kind="event_cancelled")}
    assert len(rows["Emma"]["dates"]) == 3 and rows["Dora"]["dates"] == []
    assert rows["Dora"]["url"] == events[4].get_absolute_url()


def test_one_date_is_cancelled_alone(weekly, as_bob):
    events = weekly(3)
    as_bob.post(reverse("event_cancel", args=[events[1].slug]))
    assert [bool(each.cancelled_at) for each in Event.objects.order_by("starts_at")] == [False, True, False]


def test_ten_sweeps_at_once_tell_each_person_once(at_once, vitre_committed):
    bob, emma = new_member("bob"), new_member("emma")
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=90))
    for n in range(8):
        starts_at = timezone.now() + timedelta(days=7 + n * 7)
        event = new_event(bob, vitre_committed, series=one, starts_at=starts_at)
        coming.attend(event, by=emma)
    Event.objects.update(cancelled_at=timezone.now())
    assert sum(at_once(lambda _sweep: tasks.tell_cancellations(), range(10))) == 8
    assert told("event_cancelled") == ["Emma"]


def test_whoever_changes_a_series_and_moderators_who_decide_on_it_do_not_wait_for_each_other(at_once, vitre_committed):
    bob, chloe = new_member("bob"), new_member("chloé", is_staff=True, is_superuser=True)
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=90))
    events = [
        new_event(bob, vitre_committed, series=one, starts_at=timezone.now() + timedelta(days=7 + n * 7))
        for n in range(6)
    ]
    for round_ in range(8):

        def act(who, n=round_):
            event = Event.objects.get(pk=events[who].pk)
            try:
                if who % 3 == 0:
                    return posting.edit(
                        event, {"title": f"Rencontre n° {n}"}, {"capacity": 50 + n}, by=bob, following=True
                    )
                if who % 3 == 1:
                    return posting.edit(
                        event, {"title": f"Appelez le 06 12 34 56 {n + 10}"}, {}, by=bob, following=True
                    )
                if event.withheld_at:
                    return moderation.restore(event, by=chloe, reason="Rien à redire.")
                return moderation.withhold(event, by=chloe, ground="spam", reason="Publicité.")
            except moderation.DecisionRefused:
                return None

        at_once(act, range(6))
    assert Event.objects.filter(series=one).count() == 6


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_of_a_date_names_a_few_of_the_next(weekly, visitor):
    events = weekly(12)
    page = visitor.get(events[3].get_absolute_url()).content.decode()
    assert "Les prochaines dates" in page and "Chaque semaine" in page
    named = [event for event in events if f'<a href="{event.get_absolute_url()}"><time' in page]
    assert named == [*events[:3], *events[4:7]]


def test_the_page_of_a_date_costs_the_same_whatever_the_series(weekly, visitor, django_assert_max_num_queries):
    events = weekly(3)
    visitor.get(events[0].get_absolute_url())
    with django_assert_max_num_queries(14):
        visitor.get(events[0].get_absolute_url())


# --- Doing it again --------------------------------------------------------------------------------------------------


@pytest.fixture
def past(alice, vitre, initiative) -> Event:
    starts_at = (timezone.localtime() - timedelta(days=10)).replace(hour=18, minute=30, second=0, microsecond=0)
    things = [{"text": "Réserver la salle", "done": True}]
    point = {"latitude": 48.11001, "longitude": -1.20002, "precision": "hand"}
    fields = {
        "initiative": initiative,
        "capacity": 30,
        "address": "3 rue Neuve",
        "kind": "workshop",
        "checklist": things,
    }
    return new_event(alice, vitre, starts_at=starts_at, **fields | point)


def test_a_past_event_is_done_again_on_the_next_day_of_the_same_name(as_alice, past, answers):
    answer = as_alice.get(reverse("event_again", args=[past.slug]))
    initial = answer.context["form"].initial
    day = initial["day"]
    assert day.weekday() == past.local_start.weekday()
    assert timezone.localdate() < day <= timezone.localdate() + timedelta(days=7)
    page = answer.content.decode()
    for kept in (
        'value="18:30"',
        'value="20:30"',
        past.title,
        "3 rue Neuve",
        'value="30"',
        "Réserver la salle",
        "48.11001",
    ):
        assert kept in page, kept
    point = {"latitude": "48.11001", "longitude": "-1.20002"}
    data = answers(kind="workshop", title=past.title, day=day.isoformat(), checklist="Réserver la salle", **point)
    as_alice.post(reverse("event_again", args=[past.slug]), data)
    again = Event.objects.exclude(pk=past.pk).get()
    assert (again.initiative, again.latitude, again.precision) == (past.initiative, 48.11001, "hand")
    assert again.checklist == [{"text": "Réserver la salle", "done": False}]
    assert again.uid != past.uid and again.attendee_count == 0
    past.refresh_from_db()
    assert past.checklist[0]["done"]


def test_whoever_carries_the_initiative_does_it_again(past, initiative, bob):
    assert client_of(bob).get(reverse("event_again", args=[past.slug])).status_code == 404
    initiative.co_organisers.create(member=bob)
    assert client_of(bob).get(reverse("event_again", args=[past.slug])).status_code == 200


def test_an_event_of_an_initiative_that_ended_is_done_again_on_its_own(as_alice, past, initiative, answers):
    initiative.state, initiative.ended_at = "closed", timezone.now()
    initiative.save()
    as_alice.post(reverse("event_again", args=[past.slug]), answers(title="Encore une fois"))
    assert Event.objects.get(title="Encore une fois").initiative is None


def test_what_is_withheld_is_not_done_again(as_alice, past):
    past.withhold()
    assert as_alice.get(reverse("event_again", args=[past.slug])).status_code == 404
