"""The demonstration, loaded once for all of these tests and taken back at their end."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from cast import new_event, new_initiative
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from events import agenda
from events.models import Attendance, Event
from initiatives.models import Initiative, Support, SupportDelta, Tag
from initiatives.services.supports import support
from members.models import Member
from members.services import current_totp
from moderation import services as moderation
from moderation.models import Case, Decision
from notifications.models import Notification
from pages.demo import STAFF_EMAIL, loading, texts
from pages.demo.atlas import COAST, ISLAND, MOUNTAIN, PLACES_OF_WORDS, RIVER, SUBURB, Atlas
from pages.demo.country import CITIES, EVENTS, SUPPORTS, WITHHELD, imagine
from territories.models import Commune, Department, Region

pytestmark = pytest.mark.django_db

State = Initiative.State


def _nothing(step: str) -> None:
    """No progress to show."""


@pytest.fixture(scope="module")
def country(django_db_setup, django_db_blocker):
    """Loaded as on a developer's machine, in a transaction that these tests share."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEVELOPMENT", True)
        loaded = loading.load(_nothing)
        # Deferred constraints are checked here, once, instead of at the end of each test.
        connection.check_constraints()
        yield loaded
        transaction.set_rollback(True)


@pytest.fixture
def in_development(settings):
    settings.DEVELOPMENT = True


def digest() -> tuple:
    """What the country is, without the dates."""
    return (
        list(Member.objects.exclude(email=STAFF_EMAIL).order_by("email").values_list("display_name", "home_commune")),
        list(Initiative.objects.order_by("title").values_list("title", "state", "place_label", "support_count")),
        list(Event.objects.order_by("title", "latitude").values_list("title", "latitude", "attendee_count")),
        # Numbers of initiatives and of events follow each other anew at each loading.
        list(Case.objects.order_by("content_type", "object_id").values_list("rule", "gravity")),
    )


# --- What is there ---------------------------------------------------------------------------------------------------


def test_three_thousand_people_live_where_the_french_live(country):
    members = Member.objects.filter(is_demonstration=True, is_staff=False)
    assert members.count() == 3000
    assert not members.filter(home_commune=None).exists()
    assert not members.exclude(email__endswith="@demonstration.invalid").exists()
    departments = members.values("home_commune__department").annotate(people=Count("pk"))
    assert departments.count() == Department.objects.count()
    by_code = {row["home_commune__department"]: row["people"] for row in departments}
    assert by_code["59"] > 60 > by_code["35"] > 20 > by_code["48"] >= 3


def test_initiatives_of_every_kind_and_state(country):
    states = Counter(Initiative.objects.values_list("state", flat=True))
    kinds = Counter(Initiative.objects.exclude(published_at=None).values_list("kind", flat=True))
    assert sum(states.values()) > 400
    assert set(states) == set(State)
    assert set(kinds) == set(Initiative.Kind) and min(kinds.values()) > 80
    assert states["succeeded"] > 20 and states["closed"] >= 16 and states["archived"] == 10 and states["draft"] > 5
    ended = Initiative.objects.filter(state__in=["succeeded", "closed"])
    assert not ended.filter(Q(outcome="") | Q(ended_at=None) | Q(ended_at__lte=F("published_at"))).exists()


def test_they_were_published_over_ten_months_the_last_of_them_today_or_yesterday(country):
    ages = [timezone.now() - date for date in Initiative.objects.public().values_list("published_at", flat=True)]
    assert timedelta(days=270) < max(ages) < timedelta(days=310)
    assert min(ages) < timedelta(days=2)


def test_no_two_initiatives_share_a_title_and_no_placeholder_is_left(country):
    titles = list(Initiative.objects.values_list("title", flat=True))
    assert len(titles) == len(set(titles))
    rows = [*Initiative.objects.all(), *Event.objects.all()]
    assert not [row for row in rows if any("{" in text for text in row.texts().values())]
    for row in rows:
        row.clean_fields(exclude=["online_url", "updated_at"])


def test_every_initiative_is_found_by_its_themes_and_its_words(country):
    for initiative in Initiative.objects.prefetch_related("tags"):
        names = [tag.name for tag in initiative.tags.all()]
        assert sorted(initiative.keywords.split(", ")) == sorted(names)
        assert 1 <= sum(tag.theme_rank is not None for tag in initiative.tags.all()) <= 3
    assert Initiative.objects.matching("composteur").exists()


def test_authors_live_where_they_act(country):
    local = Initiative.objects.exclude(region=None, department=None).select_related("author__home_commune__department")
    for initiative in local:
        home = initiative.author.home_commune
        if initiative.department_id:
            assert home.department_id == initiative.department_id
        else:
            assert home.department.region_id == initiative.region_id
    assert local.count() > 200


@pytest.mark.parametrize(
    ("title", "departments"),
    [
        ("Chlordécone", {"971", "972"}),
        ("La pirogue scolaire", {"973"}),
        ("À Mayotte", {"976"}),
        ("Citernes d’atoll", {"987"}),
        ("Des jardins partagés entre tribus", {"988"}),
        ("Les doris", {"975"}),
        ("Des mouillages doux", {"13", "83"}),
    ],
)
def test_a_project_stands_where_its_subject_is(country, title, departments):
    assert Initiative.objects.get(title__startswith=title).department_id in departments


# --- Supports --------------------------------------------------------------------------------------------------------


def test_the_numbers_shown_are_those_of_the_rows(country):
    assert Support.objects.count() == SUPPORTS
    assert not SupportDelta.objects.exists()
    counted = Initiative.objects.annotate(rows=Count("supports"))
    assert not counted.exclude(rows=F("support_count"), supports_told=F("support_count")).exists()
    counted = Event.objects.annotate(rows=Count("attendances"))
    assert not counted.exclude(rows=F("attendee_count"), attendees_told=F("attendee_count")).exists()
    assert Attendance.objects.count() > 5000


def test_a_few_initiatives_are_known_by_all_and_most_by_their_neighbours(country):
    counts = sorted(Initiative.objects.public().values_list("support_count", flat=True), reverse=True)
    assert 800 <= counts[0] <= 900
    assert 20 <= sum(count >= 200 for count in counts) <= 50
    assert counts[len(counts) // 2] < 40
    local = Support.objects.filter(initiative__department__isnull=False)
    near = local.filter(commune__department=F("initiative__department"))
    assert near.count() > 0.6 * local.count()


def test_nobody_supports_before_joining_or_outside_the_life_of_an_initiative(country):
    supports = Support.objects.all()
    assert not supports.filter(created_at__lt=F("member__joined_at")).exists()
    assert not supports.filter(created_at__lt=F("initiative__published_at")).exists()
    assert not supports.filter(created_at__gt=F("initiative__ended_at")).exists()
    assert not supports.filter(created_at__gt=timezone.now()).exists()
    assert not supports.exclude(commune=F("member__home_commune")).exists()
    assert not Attendance.objects.filter(
        Q(created_at__lt=F("member__joined_at"))
        | Q(created_at__lt=F("event__published_at"))
        | Q(created_at__gt=F("event__starts_at"))
        | Q(created_at__gt=timezone.now())
    ).exists()


# --- Events ----------------------------------------------------------------------------------------------------------


def test_events_are_everywhere_past_and_coming(country):
    public = Event.objects.public()
    assert public.count() == EVENTS
    coming = Event.objects.coming()
    assert 0.35 * EVENTS < coming.count() < 0.45 * EVENTS
    regions = set(coming.exclude(department=None).values_list("department__region", flat=True))
    assert regions >= set(Region.objects.values_list("pk", flat=True))
    departments = set(coming.exclude(department=None).values_list("department", flat=True))
    assert departments == set(Department.objects.values_list("pk", flat=True))


def test_no_large_city_is_empty(country):
    for city in Commune.objects.filter(kind="commune").order_by("-population")[:CITIES]:
        assert agenda.coming(place=city).exists(), city


def test_some_events_are_full_some_cancelled_some_online(country):
    public = Event.objects.public()
    assert public.filter(attendee_count=F("capacity"), starts_at__gt=timezone.now()).count() == 12
    assert public.exclude(cancelled_at=None).count() == 10
    assert public.filter(kind="online").count() > 30
    assert not public.filter(kind="online").exclude(commune=None, latitude=None, place_name="").exists()


def test_events_begin_at_sensible_hours_of_the_place(country):
    for event in Event.objects.public():
        start, end = event.starts_at.astimezone(event.tz), event.local_end
        assert 8 <= start.hour <= 21
        assert end.date() == start.date()
        assert start.weekday() >= 5 or start.hour >= 17 or event.kind != "meeting" or start.hour == 8
    assert Event.objects.get(title__startswith="Lever la première").time_zone == "America/Miquelon"


def test_events_of_a_town_do_not_stack_on_the_map(country):
    placed = Event.objects.exclude(latitude=None).exclude(published_at=None)
    points = Counter(placed.values_list("latitude", "longitude"))
    assert max(points.values()) == 1
    for event in placed.select_related("commune"):
        assert abs(event.latitude - event.commune.latitude) <= 0.02


# --- Moderators and messages -----------------------------------------------------------------------------------------


def test_the_filter_itself_holds_every_text_of_the_queue(country):
    written = texts.read().queue
    assert Case.objects.count() == len(written) == 24
    assert Case.objects.open().count() == len(written) - WITHHELD
    assert not Case.objects.filter(ground="").exists()
    assert {case.content._meta.model_name for case in Case.objects.open()} == {"initiative", "event"}
    assert not Initiative.objects.filter(state=State.SUBMITTED).exclude(published_at=None).exists()


def test_what_was_withheld_says_why(country):
    decisions = Decision.objects.filter(verb="withhold")
    assert decisions.count() == WITHHELD == Initiative.objects.exclude(withheld_at=None).count()
    for decision in decisions:
        assert decision.content.withheld_at == decision.made_at == decision.case.closed_at
        assert decision.reason and decision.ground


def test_no_message_is_written_and_none_remains_to_be(country):
    assert not Notification.objects.exists()
    assert not Event.objects.public().filter(announced_at=None).exists()
    assert not Event.objects.exclude(cancelled_at=None).filter(cancellation_told_at=None).exists()


# --- The staff -------------------------------------------------------------------------------------------------------


def test_in_development_one_account_opens_the_administration(country, in_development):
    staff = Member.objects.get(is_staff=True)
    assert staff.email == STAFF_EMAIL and staff.is_superuser and staff.is_demonstration
    assert [group.name for group in staff.groups.all()] == ["Modérateurs"]
    assert staff.emailaddress_set.get().verified
    assert len(current_totp(staff)) == 6
    said = f"Staff:       {STAFF_EMAIL} (its codes are among the messages)"
    assert _said("load_demo", "--once").splitlines() == [said]


def test_in_production_nobody_invented_is_staff(country, settings):
    before = digest()
    assert "Members removed" in _said("load_demo", "--flush")
    settings.DEVELOPMENT = False
    # `make run` prints what --once says beside the address of the site: nothing but an account.
    assert _said("load_demo", "--once") == ""
    assert not Member.objects.filter(is_staff=True).exists()
    assert digest() == before


# --- Once, again, away -----------------------------------------------------------------------------------------------


def test_the_country_of_another_day_is_the_same(country):
    later = imagine(texts.read(), now=country.now + timedelta(days=3, hours=5))
    for one, other in zip(country.initiatives, later.initiatives, strict=True):
        assert (one.text, one.place, one.state, one.author.email) == (
            other.text,
            other.place,
            other.state,
            other.author.email,
        )
        assert [who.email for who, _ in one.supporters] == [who.email for who, _ in other.supporters]
    for one, other in zip(country.events, later.events, strict=True):
        assert (one.text, one.latitude, one.capacity) == (other.text, other.latitude, other.capacity)
        assert [who.email for who, _ in one.attendees] == [who.email for who, _ in other.attendees]
        assert timedelta(days=-4) < other.starts_at - one.starts_at < timedelta(days=25)


def test_once_loaded_it_is_not_loaded_again(country, in_development):
    counted = Initiative.objects.count()
    _said("load_demo", "--once")
    with pytest.raises(CommandError, match="--flush"):
        _said("load_demo")
    assert Initiative.objects.count() == counted


def test_flush_removes_all_of_it_and_only_it(country, alice, bob, chloe, vitre):
    invented = Initiative.objects.listed().filter(tags__theme_rank=None).first()
    real = new_initiative(alice, vitre)
    real.tags.add("verger", "Environnement", invented.tags.filter(theme_rank=None).first())
    shared = {tag.pk for tag in real.tags.all()}
    themes = Tag.objects.filter(theme_rank__isnull=False).count()
    meeting = new_event(alice, vitre, initiative=invented)
    support(real, by=bob)
    support(invented, by=bob)
    moderation.withhold(invented, by=chloe, ground="off_topic", reason="Doublon.")
    decision = moderation.withhold(real, by=chloe, ground="off_topic", reason="Doublon.")

    loading.flush(_nothing)

    assert set(Member.objects.all()) == {alice, bob, chloe}
    assert list(Initiative.objects.all()) == [real]
    assert list(Event.objects.all()) == [meeting]
    meeting.refresh_from_db()
    assert meeting.initiative is None
    assert list(Support.objects.values_list("initiative", "member")) == [(real.pk, bob.pk)]
    assert list(Decision.objects.all()) == [decision] and not Case.objects.exists()
    assert {tag.pk for tag in Tag.objects.filter(theme_rank=None)} == {
        pk for pk in shared if Tag.objects.get(pk=pk).theme_rank is None
    }
    assert Tag.objects.filter(theme_rank__isnull=False).count() == themes
    assert not Attendance.objects.exists()


def test_a_real_person_s_decisions_survive_the_staff_who_took_them(country, alice):
    real = new_initiative(alice)
    moderation.withhold(real, by=Member.objects.get(is_staff=True), ground="off_topic", reason="Essai.")
    loading.flush(_nothing)
    decision = Decision.objects.get()
    assert decision.content == real and decision.by is None


def test_flush_of_nothing_does_nothing(alice, vitre):
    initiative = new_initiative(alice, vitre)
    call_command("load_demo", "--flush", verbosity=0)
    assert list(Initiative.objects.all()) == [initiative] and list(Member.objects.all()) == [alice]


# --- The banner ------------------------------------------------------------------------------------------------------


def test_every_page_says_that_it_is_a_demonstration_while_it_is(country, visitor):
    assert "demonstration-banner" in visitor.get("/").content.decode()
    loading.flush(_nothing)
    assert "demonstration-banner" not in visitor.get("/").content.decode()


# --- What it is made of ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def atlas(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Atlas()


def test_every_code_of_the_atlas_is_a_place(atlas):
    for code in (*COAST, *MOUNTAIN, *RIVER, *ISLAND, *SUBURB):
        assert code in atlas.communes
    for codes in PLACES_OF_WORDS.values():
        for code in codes:
            assert code in atlas.communes or code in atlas.departments or code.removeprefix("r") in atlas.regions


def test_every_text_names_known_themes_and_kinds():
    known = set(Tag.objects.filter(theme_rank__isnull=False).values_list("slug", flat=True))
    written = texts.read()
    for text in written.initiatives:
        assert set(text.themes) <= known and 1 <= len(text.themes) <= 3
        assert text.kind in set(Initiative.Kind)
        assert (text.level == "country") or text.kind != "national_project"
    for event in [*written.events, *(event for text in written.initiatives for event in text.events)]:
        assert event.kind in set(Event.Kind)


def _said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()
