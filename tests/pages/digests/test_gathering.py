"""What moves near home, in a digest that is never empty and never says the same thing twice."""

from datetime import date, timedelta

import pytest
from cast import new_event, new_initiative, new_member
from django.utils import timezone

from core import french
from events.models import CalendarSource, EventReport, Series
from initiatives.models import Action, Initiative, Support
from members.models import Block, Member
from notifications import services
from notifications.kinds import DIGEST
from notifications.models import MailSettings, Mute, Notification, Rhythm
from pages.digests import activity, gathering, happenings
from pages.models import DepartmentActivity, DigestRound, Happening
from territories.lookup import within
from territories.models import Commune, ElectionWindow
from tests.pages.digests.evenings import agree, by_sevens, evening, gather, people, send, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def carole(vitre) -> Member:
    """She opened nothing, lives in Vitré, and asked for what moves there."""
    carole = new_member("carole", home_commune=vitre)
    agree(carole)
    return carole


@pytest.fixture
def rachid(quimper) -> Member:
    """He opens things elsewhere."""
    return new_member("rachid", home_commune=quimper)


def near(commune: str, km: float) -> Commune:
    """A commune about so far from another."""
    home = Commune.objects.get(code=commune)
    return min(within(home.latitude, home.longitude, km + 15), key=lambda each: abs(each.km - km))


def shown_to(member: Member, days: int = 1) -> list[str]:
    """The keys of what their digest of that day names near home, in its order."""
    key = f"{DIGEST}-{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"
    row = Notification.objects.filter(recipient=member, key=key).first()
    keys = dict(Happening.objects.values_list("pk", "key"))
    return [keys[int(each["about"].split()[1])] for each in row.context["near"]] if row else []


# --- What ------------------------------------------------------------------------------------------------------------


def test_what_moved_near_home_is_told_with_one_act(carole, rachid, vitre, mailoutbox):
    new_initiative(rachid, vitre, title="Un four à pain")
    there = near("35360", 5)
    new_event(rachid, there, title="Fête du pain")
    assert gather() == 1
    assert send() == 1
    [message] = mailoutbox
    assert message.to == [carole.email]
    assert message.subject.startswith("2 nouvelles près de chez vous")
    [(html, _mime)] = message.alternatives
    for text in (message.body, html):
        assert "Un four à pain" in text and "Fête du pain" in text and "Autour de Vitré" in text
        assert f"Réunion publique, {french.distance(round(there.km, 1))}" in text
        assert "parce que vous avez demandé à savoir ce qui se passe près de chez vous" in text
    assert html.count('class="act"') == 1 and ">Je viens</a>" in html


def test_whoever_did_not_agree_hears_of_what_they_support_alone(alice, bob, rachid, vitre, mailoutbox):
    new_initiative(rachid, vitre, title="Un four à pain")
    told(bob, number=7)
    assert gather() == send() == 1
    [message] = mailoutbox
    assert "nouvelles/7/" in message.body and "four à pain" not in message.body


def test_an_agreement_taken_back_counts_at_once(carole, rachid, vitre):
    new_initiative(rachid, vitre)
    carole.consents.update(withdrawn_at=timezone.now())
    assert gather() == 0


def test_what_they_support_comes_first_and_leaves_room_for_what_is_near(carole, rachid, vitre, mailoutbox):
    for number in range(4):
        new_initiative(rachid, vitre, title=f"Initiative {number}")
    for _ in range(9):
        told(carole)
    gather()
    send()
    [message] = mailoutbox
    assert message.body.count("/nouvelles/") == 5 and message.body.count("Initiative ") == 2 + 1  # its act names one
    assert message.body.index("/nouvelles/") < message.body.index("Initiative ")
    assert "Et 4 autres nouvelles." in message.body


def test_a_digest_shows_seven_things_at_most(carole, rachid, vitre):
    for number in range(12):
        new_initiative(rachid, vitre, title=f"Initiative {number}")
    gather()
    assert len(shown_to(carole)) == 7


@pytest.mark.parametrize(("at_5_km", "at_20_km", "at_60_km", "told_of"), [
    (5, 3, 3, (5, 0, 0)),
    (6, 3, 3, (6, 0, 0)),
    (2, 4, 3, (2, 4, 0)),
    (1, 1, 9, (1, 1, 5)),
    (0, 0, 1, (0, 0, 1)),
])  # fmt: skip
def test_the_circle_widens_until_there_are_five(carole, rachid, at_5_km, at_20_km, at_60_km, told_of):
    for km, number in ((5, at_5_km), (20, at_20_km), (60, at_60_km)):
        for _ in range(number):
            new_initiative(rachid, near("35360", km), title=f"À {km} km")
    gather()
    row = Notification.objects.get(recipient=carole)
    km = [each["km"] for each in row.context["near"]]
    assert tuple(sum(low < each <= high for each in km) for low, high in ((-1, 10), (10, 30), (30, 100))) == told_of
    assert km == sorted(km, key=lambda each: (each > 10) + (each > 30))


def test_the_nearest_is_read_first(carole, rachid, mailoutbox):
    new_initiative(rachid, near("35360", 3), title="Au bout de la rue")
    new_initiative(rachid, near("35360", 8), title="Un peu plus loin")
    gather()
    send()
    assert mailoutbox[0].body.index("Au bout de la rue") < mailoutbox[0].body.index("Un peu plus loin")


def test_beyond_a_hundred_kilometres_nothing_is_near(carole, rachid, quimper):
    new_initiative(rachid, quimper)
    assert gather() == 0


def test_what_is_of_the_departement_or_the_region_is_near_after_what_is_closer(carole, rachid, vitre, quimper):
    region, department, elsewhere, here = (new_initiative(rachid, each) for each in (vitre, vitre, quimper, vitre))
    Initiative.objects.filter(pk__in=[department.pk, elsewhere.pk]).update(commune=None)
    Initiative.objects.filter(pk=region.pk).update(commune=None, department=None)
    gather()
    assert shown_to(carole) == [f"initiative-{each.pk}" for each in (here, department, region)]


def test_reports_actions_and_successes_are_news_too(carole, rachid, vitre):
    initiative = new_initiative(rachid, vitre)
    now = timezone.now()
    past = new_event(rachid, vitre, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=2, hours=-1))
    report = EventReport.objects.create(event=past, author=rachid, text="Dix venus.", published_at=now)
    action = Action.objects.create(initiative=initiative, author=rachid, title="Bêcher", places=3, published_at=now)
    done = new_initiative(rachid, vitre, state="succeeded", outcome="La mairie a dit oui.")
    gather()
    assert set(shown_to(carole)) == {
        f"initiative-{initiative.pk}", f"report-{report.pk}", f"action-{action.pk}", f"success-{done.pk}"
    }  # fmt: skip


def test_the_dates_of_a_series_are_one_thing(carole, rachid, vitre):
    series = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(weeks=4))
    soon = timezone.now()
    for week in range(1, 4):
        new_event(rachid, vitre, series=series, starts_at=soon + timedelta(weeks=week))
    gather()
    assert shown_to(carole) == [f"series-{series.pk}"]
    happenings.refresh(timezone.now() + timedelta(weeks=1, days=1))
    assert gather(9) == 0


def test_an_event_that_begins_at_once_or_is_over_is_no_news(carole, rachid, vitre):
    new_event(rachid, vitre, starts_at=evening() + timedelta(hours=1))
    new_event(rachid, vitre, starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now())
    assert gather() == 0


def test_what_is_old_is_no_news(carole, rachid, vitre):
    new_initiative(rachid, vitre, published_at=timezone.now() - timedelta(days=32))
    assert gather() == 0


def test_a_partners_agenda_comes_after_what_was_made_here(carole, rachid, vitre):
    ours = new_initiative(rachid, vitre, published_at=timezone.now() - timedelta(days=9))
    source = CalendarSource.objects.create(name="Vélos de Vitré", address="https://velos.example/agenda.ics")
    new_event(None, vitre, source=source, source_uid="x@velos")
    gather()
    assert shown_to(carole)[0] == f"initiative-{ours.pk}" and len(shown_to(carole)) == 2


# --- Never twice -----------------------------------------------------------------------------------------------------


def test_nobody_reads_of_the_same_thing_twice_in_a_month(carole, rachid, vitre):
    always_there(carole)
    seen: list[str] = []
    for day in range(1, 31):
        for _ in range(day % 4):
            new_event(rachid, near("35360", (day * 7) % 60), starts_at=evening(day) + timedelta(days=5))
        if day % 10 == 0:
            told(carole)
        gather(day)
        seen += shown_to(carole, day)
    assert len(seen) == len(set(seen)) > 30


def test_what_was_cut_off_comes_the_next_day(carole, rachid, vitre):
    for number in range(9):
        new_initiative(rachid, vitre, title=f"Initiative {number}")
    assert gather(1) == gather(2) == 1
    assert len(shown_to(carole, 1)) == 7 and len(shown_to(carole, 2)) == 2
    assert gather(3) == 0


def test_what_was_hidden_and_comes_back_is_not_told_again(carole, rachid, vitre):
    initiative = new_initiative(rachid, vitre)
    assert gather(1) == 1
    initiative.withhold()
    gather(2)
    assert not Happening.objects.get().is_shown
    initiative.restore()
    assert gather(3) == 0
    assert Happening.objects.get().is_shown


def test_what_is_gone_for_good_is_forgotten_in_what_was_shown(carole, rachid, vitre):
    event = new_event(rachid, vitre)
    gather(1)
    assert Rhythm.objects.get().shown
    event.delete()
    new_initiative(rachid, vitre)
    gather(2)
    assert Rhythm.objects.get().shown == [Happening.objects.get().pk]


def test_what_nobody_may_read_of_any_more_is_forgotten_after_two_months(carole, rachid, vitre):
    new_event(rachid, vitre)
    gather()
    happenings.refresh(timezone.now() + timedelta(days=30))
    assert happenings.forget() == 0
    assert happenings.forget(timezone.now() + timedelta(days=91)) == 1
    gathering.forget(timezone.now() + timedelta(days=91))
    assert not DigestRound.objects.exists()
    assert Rhythm.objects.get().shown == []


# --- Not theirs ------------------------------------------------------------------------------------------------------


def test_nobody_is_told_of_what_is_theirs_already(carole, rachid, vitre):
    new_initiative(carole, vitre)
    new_event(carole, vitre)
    supported = new_initiative(rachid, vitre)
    Support.objects.create(initiative=supported, member=carole, confirmed_at=timezone.now())
    new_event(rachid, vitre, initiative=supported)
    joined = new_event(rachid, vitre)
    joined.attendances.create(member=carole)
    assert gather() == 0
    new_initiative(rachid, vitre)
    assert gather() == 0, "The round of this evening is over."
    assert gather(2) == 1


@pytest.mark.parametrize("turn_away", [
    lambda reader, initiative: Mute.objects.create(member=reader, about=f"initiatives.initiative {initiative.pk}"),
    lambda reader, initiative: Mute.objects.create(member=reader, about=f"members.member {initiative.author_id}"),
    lambda reader, initiative: Block.objects.create(blocker=reader, blocked=initiative.author),
    lambda reader, initiative: Block.objects.create(blocker=initiative.author, blocked=reader),
])  # fmt: skip
def test_nobody_is_told_of_what_or_whom_they_turned_away_from(carole, rachid, vitre, turn_away):
    initiative = new_initiative(rachid, vitre)
    turn_away(carole, initiative)
    assert gather() == 0


def test_what_is_withheld_before_it_leaves_is_not_said_and_no_digest_is_empty(carole, rachid, vitre, mailoutbox):
    first, second = new_initiative(rachid, vitre, title="Un four"), new_initiative(rachid, vitre, title="Un lavoir")
    gather()
    first.withhold()
    assert send() == 1
    assert (
        "Un four" not in mailoutbox[0].body
        and mailoutbox[0].subject == "Près de chez vous\u202f: «\u202fUn lavoir\u202f»"
    )
    gather(2)
    new_initiative(rachid, vitre, title="Un puits")
    assert gather(3) == 1
    second.withhold()
    Happening.objects.filter(initiative__title="Un puits").first().initiative.withhold()
    assert send() == 0
    assert Notification.objects.latest("pk").failure == "plus rien à dire"


# --- How often -------------------------------------------------------------------------------------------------------


def test_there_is_no_digest_without_something_new(carole):
    assert gather() == 0
    assert not Notification.objects.exists() and not Rhythm.objects.exists()


def days_of(member: Member, rachid: Member, days: int, **fields) -> list[int]:
    """On which of the coming days they get a digest, when something moves on each."""
    for day in range(1, days + 1):
        new_event(rachid, member.home_commune, starts_at=evening(day) + timedelta(days=3))
        gather(day)
    keys = Notification.objects.filter(recipient=member, kind=DIGEST).order_by("key").values_list("key", flat=True)
    today = timezone.localdate()
    return [(date.fromisoformat(key.removeprefix("digest-")) - today).days for key in keys]


def always_there(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(active_on=timezone.localdate() + timedelta(days=400))


def test_a_young_departement_hears_of_itself_every_day_then_every_week(carole, rachid):
    always_there(carole)
    people(48, carole.home_commune)
    activity.count()
    assert DepartmentActivity.objects.get(code="35").members == 49
    assert days_of(carole, rachid, 3) == [1, 2, 3]
    people(1, carole.home_commune)
    activity.count()
    Notification.objects.all().delete()
    Rhythm.objects.all().delete()
    DigestRound.objects.all().delete()
    assert days_of(carole, rachid, 9) == [1, 8]


def test_only_members_who_were_there_lately_make_a_departement_alive(carole, vitre):
    people(3, vitre, active_on=timezone.localdate() - timedelta(days=31))
    people(3, vitre, is_staff=True)
    people(3, vitre, is_demonstration=True)
    people(3, None)
    activity.count()
    counts = dict(DepartmentActivity.objects.values_list("code", "members"))
    assert counts["35"] == 1 and counts[""] == 3 and counts["29"] == 0


@pytest.mark.parametrize(("choice", "days"), [("daily", [1, 2, 3, 4, 5, 6, 7, 8]), ("weekly", [1, 8]), ("monthly", [1]),
                                              ("never", [])])  # fmt: skip
def test_a_member_chooses_how_often(carole, rachid, choice, days):
    MailSettings.objects.create(member=carole, digest=choice)
    assert days_of(carole, rachid, 8) == days


def test_after_three_digests_without_a_visit_they_come_each_month(carole, rachid, mailoutbox):
    Member.objects.filter(pk=carole.pk).update(active_on=timezone.localdate() - timedelta(days=1))
    assert days_of(carole, rachid, 36) == [1, 2, 3, 33]
    rows = Notification.objects.filter(kind=DIGEST).order_by("key")
    assert [row.context["slows"] for row in rows] == [False, False, True, True]
    rows.exclude(pk=rows.last().pk).delete()
    send()
    assert "le prochain viendra dans un mois" in mailoutbox[0].body and "/resume/" in mailoutbox[0].body


def test_a_visit_brings_the_rhythm_back(carole, rachid):
    Member.objects.filter(pk=carole.pk).update(active_on=timezone.localdate() - timedelta(days=1))
    assert days_of(carole, rachid, 5) == [1, 2, 3]
    Member.objects.filter(pk=carole.pk).update(active_on=timezone.localdate() + timedelta(days=5))
    new_event(rachid, carole.home_commune, starts_at=evening(20))
    assert gather(6) == 1


def test_each_place_has_its_digests_at_its_own_hour(rachid):
    saint_denis = Commune.objects.get(code="97411")
    reader = new_member("réunion", home_commune=saint_denis)
    agree(reader)
    new_initiative(rachid, saint_denis)
    in_paris = evening()
    assert gathering.gather(in_paris.replace(hour=14)) == 0
    assert gathering.gather(in_paris.replace(hour=17)) == 1, "It is past six there."
    assert gathering.gather(in_paris) == 0


def test_nobody_is_written_to_late_in_the_evening(carole, rachid, vitre):
    new_initiative(rachid, vitre)
    assert gathering.gather(evening().replace(hour=21)) == 0
    assert gather(2) == 1


def test_where_a_vote_is_near_digests_wait_for_the_polls_to_close(carole, rachid, quimper, vitre):
    elsewhere = new_member("ewen", home_commune=quimper)
    nowhere = new_member("nour")
    vote = ElectionWindow.objects.create(name="Municipale", day=timezone.localdate() + timedelta(days=1))
    vote.departments.set(["35"])
    told(carole, elsewhere, nowhere)
    assert gather() == 2
    assert gathering.gather(evening().replace(hour=20, minute=1)) == 1, "The polls have closed."
    assert set(Notification.objects.filter(kind=DIGEST).values_list("recipient", flat=True)) == {
        carole.pk, elsewhere.pk, nowhere.pk
    }  # fmt: skip


def test_a_national_vote_holds_for_whoever_gave_no_place(carole):
    nowhere = new_member("nour")
    ElectionWindow.objects.create(name="Présidentielle", day=timezone.localdate() + timedelta(days=1))
    told(carole, nowhere)
    assert gather() == 0


def test_a_closed_account_gets_nothing(carole, rachid, vitre):
    new_initiative(rachid, vitre)
    Member.objects.update(is_active=False)
    assert gather() == 0


# --- After a year ----------------------------------------------------------------------------------------------------


def test_after_a_year_one_last_question_then_silence_until_they_come_back(carole, rachid, vitre, mailoutbox, visitor):
    new_initiative(rachid, vitre)
    gather()
    send()
    Member.objects.filter(pk=carole.pk).update(active_on=timezone.localdate() - timedelta(days=366))
    assert services.ask_the_absent() == 1
    assert services.ask_the_absent() == 0
    send()
    question = mailoutbox[-1]
    assert question.subject == "Voulez-vous encore de nos nouvelles\u202f?"
    new_initiative(rachid, vitre)
    told(carole)
    assert gather(40) == 0
    path = question.body.partition("http://127.0.0.1:8000/resume/")[2].split()[0]
    assert visitor.get(f"/resume/{path}").status_code == 200
    assert gather(41) == 0, "Opening a link keeps nothing: mailboxes open them too."
    assert visitor.post(f"/resume/{path}").status_code == 302
    assert gather(42) == 1


def test_nobody_is_asked_who_gets_nothing(carole, bob):
    Member.objects.update(active_on=timezone.localdate() - timedelta(days=400))
    assert services.ask_the_absent() == 0


def test_a_link_that_this_site_did_not_write_keeps_nothing(visitor, carole):
    assert visitor.get(f"/resume/{carole.pk}.abc/").status_code == 404
    assert visitor.post("/resume/x/").status_code == 404


# --- What it costs ---------------------------------------------------------------------------------------------------


def test_a_hundred_readers_cost_as_many_statements_as_two(rachid, vitre, django_assert_num_queries):
    for day, some in ((1, 2), (2, 100)):
        agree(*people(some, vitre))
        new_initiative(rachid, vitre)
        with django_assert_num_queries(30):
            gather(day)
    assert Notification.objects.filter(kind=DIGEST).count() == 2 + 102


def test_slices_follow_one_another_without_leaving_anybody_out(rachid, vitre, quimper, rennes, monkeypatch):
    by_sevens(monkeypatch)
    for home in (vitre, quimper, rennes):
        agree(*people(9, home))
        new_initiative(rachid, home)
    told(*people(5))
    assert gather() == 27 + 5
    assert DigestRound.objects.get(zone="Europe/Paris").made == 32
