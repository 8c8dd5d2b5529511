"""/mon-fil/: what concerns one member, one next act, and what happens near their home."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member, new_need
from django.urls import reverse
from django.utils import timezone

from events.models import Attendance, Series
from events.services import coming, reporting
from initiatives.models import Initiative
from initiatives.services import letters, updates
from initiatives.services.supports import support, withdraw_support
from members.models import Member
from notifications.services import preferences
from pages.feed import feed_of
from territories.models import Commune

FEED = "/mon-fil/"


@pytest.fixture
def rennes(db) -> Commune:
    return Commune.objects.get(code="35238")


def news(initiative):
    return updates.write(
        initiative, title="Le terrain est prêté", text="La mairie nous le prête dix ans.", by=initiative.author
    )[0]


# --- Never empty ---


def test_a_visitor_is_sent_to_the_door(visitor):
    assert visitor.get(FEED).url == f"/compte/connexion/?next={FEED}"


def test_who_did_nothing_yet_reads_what_happens_near_home(as_bob, initiative, event):
    page = as_bob.get(FEED)
    assert initiative.title in page.content.decode() and event.title in page.content.decode()
    assert page.headers["Cache-Control"].startswith("max-age=0")


def test_on_an_empty_site_the_one_act_is_to_open_an_initiative(as_bob):
    page = as_bob.get(FEED).content.decode()
    assert f'<a class="button" href="{reverse("initiative_new")}">Ouvrir une initiative</a>' in page


def test_who_has_not_said_where_they_live_is_asked_and_reads_of_the_whole_country(initiative, event):
    zoe = new_member("zoé")
    page = client_of(zoe).get(FEED).content.decode()
    assert "Dire où j’habite" in page and initiative.title in page and event.title in page


def test_the_nearest_stand_first(bob, alice, vitre, rennes):
    far = new_event(alice, Commune.objects.get(code="29019"), starts_at=timezone.now() + timedelta(days=1))
    near = new_event(alice, rennes, starts_at=timezone.now() + timedelta(days=2))
    here = new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=3))
    feed = feed_of(bob)
    assert (feed.act.address, feed.events) == (here.get_absolute_url(), [near, far])
    elsewhere = new_initiative(alice, rennes, title="Une halle pour les maraîchers")
    ours = new_initiative(alice, vitre, title="Un banc public de plus, rue du Port")
    assert feed_of(bob).discoveries == [ours, elsewhere]


def test_what_the_next_act_says_is_not_said_twice(bob, as_bob, event, initiative):
    assert feed_of(bob).act.address == event.get_absolute_url()
    assert as_bob.get(FEED).content.decode().count(event.get_absolute_url()) == 1


def test_an_announced_event_that_took_place_since_is_no_news(bob, initiative):
    support(initiative, by=bob)
    now = timezone.now()
    for days in (-1, 1):
        starts_at = (now + timedelta(days=days)).isoformat()
        details = {"event": 1, "starts_at": starts_at, "time_zone": "Europe/Paris"}
        initiative.timeline.create(kind="event", details=details, happened_at=now - timedelta(days=1 - days))
        assert [entry.details["starts_at"] for entry in feed_of(bob).moved] == ([] if days < 0 else [starts_at])


def test_of_a_series_that_they_organise_the_next_one_stands_alone(alice, vitre):
    series = Series.objects.create(rhythm="weekly", until="2100-01-01")
    times = [timezone.now() + timedelta(days=days) for days in (7, 14, 21)]
    first, *_others = [new_event(alice, vitre, starts_at=each, series=series) for each in times]
    assert [meeting.event for meeting in feed_of(alice).meetings] == [first]


def test_whoever_may_not_act_is_asked_for_nothing(bob, as_bob, event):
    assert 'class="next-act"' in as_bob.get(FEED).content.decode()
    Member.objects.filter(pk=bob.pk).update(restriction=Member.Restriction.SUSPENDED)
    page = as_bob.get(FEED).content.decode()
    assert "Votre compte est suspendu." in page and 'class="next-act"' not in page


def test_the_party_invites_once_and_only_who_reads_the_page(bob, as_bob):
    Member.objects.filter(pk=bob.pk).update(joined_at=timezone.now() - timedelta(days=365))
    as_bob.head(FEED)
    as_bob.get(FEED, headers={"Sec-Purpose": "prefetch"})
    assert "nouvelles-du-parti" in as_bob.get(FEED).content.decode()
    assert "nouvelles-du-parti" not in as_bob.get(FEED).content.decode()


def test_what_is_theirs_already_is_not_proposed_again(bob, alice, vitre, event, initiative):
    support(initiative, by=bob)
    coming.attend(event, by=bob)
    own = new_initiative(bob, vitre, title="Un banc public de plus, rue du Port")
    mine = new_event(bob, vitre)
    feed = feed_of(bob)
    assert feed.events == [] and feed.discoveries == []
    assert {meeting.event for meeting in feed.meetings} == {event, mine} and own in feed.initiatives


# --- What is theirs ---


def test_what_they_support_shows_its_latest_move_and_no_other(bob, as_bob, initiative):
    support(initiative, by=bob)
    initiative.timeline.create(kind="woken", happened_at=timezone.now() - timedelta(days=1))
    assert "Elle reprend." in as_bob.get(FEED).content.decode()
    news(initiative)
    page = as_bob.get(FEED).content.decode()
    assert "Le terrain est prêté" in page and "Elle reprend." not in page
    withdraw_support(initiative, by=bob)
    assert "Le terrain est prêté" not in as_bob.get(FEED).content.decode()


def test_of_what_they_muted_nothing_is_said_nor_proposed(bob, alice, vitre, event, initiative):
    support(initiative, by=bob)
    news(initiative)
    other = new_initiative(alice, vitre, title="Un banc public de plus, rue du Port")
    feed = feed_of(bob)
    assert feed.moved and feed.discoveries == [other] and feed.act.address == event.get_absolute_url()
    for each in (initiative, other, event):
        preferences.mute(bob, each)
    feed = feed_of(bob)
    assert feed.moved == [] and feed.discoveries == [] and feed.act.address == reverse("initiative_new")


def test_what_moved_long_ago_is_no_news(bob, initiative):
    support(initiative, by=bob)
    day = timedelta(days=1)
    initiative.timeline.create(kind="woken", happened_at=timezone.now() - 31 * day)
    assert feed_of(bob).moved == []
    initiative.timeline.create(kind="woken", happened_at=timezone.now() - 29 * day)
    assert [entry.kind for entry in feed_of(bob).moved] == ["woken"]


def test_nothing_is_said_of_what_a_moderator_withheld(bob, as_bob, initiative):
    support(initiative, by=bob)
    update = news(initiative)
    update.withhold()
    assert "Le terrain est prêté" not in as_bob.get(FEED).content.decode()
    initiative.refresh_from_db()
    initiative.withhold()
    assert initiative.title not in as_bob.get(FEED).content.decode()


def test_what_they_carry_is_among_their_own_and_not_among_what_they_support(alice, initiative):
    support(initiative, by=alice)
    news(initiative)
    feed = feed_of(alice)
    assert feed.initiatives == [initiative] and feed.moved == []


def test_an_event_that_is_over_cancelled_or_withheld_is_no_meeting(bob, event, alice, vitre):
    over = new_event(alice, vitre, starts_at=timezone.now() - timedelta(hours=5))
    Attendance.objects.create(event=over, member=bob)
    Attendance.objects.create(event=new_event(alice, vitre, cancelled_at=timezone.now()), member=bob)
    Attendance.objects.create(event=new_event(alice, vitre, withheld_at=timezone.now()), member=bob)
    coming.attend(event, by=bob)
    assert [meeting.event for meeting in feed_of(bob).meetings] == [event]


# --- One next act, and what else waits ---


def test_a_place_that_is_kept_comes_before_everything_else(bob, as_bob, event, initiative):
    letters.write(new_initiative(bob, None, title="Un train de nuit"), "Bonjour, je peux aider ?", by=new_member("dan"))
    Attendance.objects.create(
        event=event,
        member=bob,
        state=Attendance.State.OFFERED,
        queue_number=1,
        offer_ends_at=timezone.now() + timedelta(hours=3),
    )
    feed = feed_of(bob)
    assert feed.act.words == "Prendre ma place" and feed.act.about == event.title
    assert [act.words for act in feed.waiting] == ["Lire et répondre"]
    page = as_bob.get(FEED).content.decode()
    assert page.partition("<main")[2].count('class="button"') == 1


def test_a_letter_waits_until_it_is_answered(alice, initiative):
    letter = letters.write(initiative, "Bonjour, je peux aider ?", by=new_member("dan"))
    assert feed_of(alice).act.address == reverse("initiative_letters", args=[initiative.slug])
    letters.answer(letter, "Avec joie.", by=alice)
    assert feed_of(alice).act.address != reverse("initiative_letters", args=[initiative.slug])


def test_an_offer_of_help_waits_for_its_team(alice, initiative):
    need = new_need(initiative)
    need.offers.create(member=new_member("dan"), message="J’en ai une.")
    assert feed_of(alice).act.address == reverse("need", args=[initiative.slug, need.pk])
    need.offers.update(is_accepted=True, answered_at=timezone.now())
    assert feed_of(alice).act.address != reverse("need", args=[initiative.slug, need.pk])


def test_an_event_that_is_over_is_to_be_told_of(alice, vitre):
    over = new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=1))
    assert feed_of(alice).act.address == reverse("event_report", args=[over.slug])
    reporting.write(over, text="Nous étions nombreux, et les haies sont plantées.", turnout=12, by=alice)
    assert feed_of(alice).act.address != reverse("event_report", args=[over.slug])


def test_what_began_is_finished_before_anything_is_discovered(bob, event, initiative):
    draft = Initiative.objects.create(author=bob, kind="debate", title="Un débat sur les haies")
    assert feed_of(bob).act.address == reverse("initiative_resume", args=[draft.slug])


def test_what_waits_for_a_team_does_not_wait_for_others(bob, initiative):
    letters.write(initiative, "Bonjour, je peux aider ?", by=new_member("dan"))
    feed = feed_of(bob)
    assert feed.waiting == [] and feed.act.words != "Lire et répondre"


# --- Its price ---


def test_it_costs_the_same_with_two_rows_and_with_many(bob, as_bob, alice, vitre, django_assert_max_num_queries):
    def fill(rows: int) -> None:
        for number in range(rows):
            theirs = new_initiative(alice, vitre, title=f"Planter des haies, rue {number}")
            support(theirs, by=bob)
            news(theirs)
            own = new_initiative(bob, vitre, title=f"Un banc de plus, rue {number}")
            letters.write(own, "Bonjour, je peux aider ?", by=new_member(f"dan{own.pk}"))
            coming.attend(new_event(alice, vitre), by=bob)
            new_event(bob, vitre)
            new_event(alice, vitre)

    fill(2)
    # Session, member, home; carried, organised, attended; near events, and those of the country while they are few;
    # near initiatives; what moved; whether the site is a demonstration.
    with django_assert_max_num_queries(11):
        as_bob.get(FEED)
    fill(10)
    with django_assert_max_num_queries(11):
        as_bob.get(FEED)
