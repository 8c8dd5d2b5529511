"""The demonstration, loaded once for all of these tests and taken back at their end."""

import re
from collections import Counter
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from cast import new_event, new_initiative
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from tables import empty_tables

from events import agenda
from events.models import Attendance, CalendarSource, Event, EventMessage, EventPhoto, EventReport, Series
from initiatives.models import (
    Action,
    AdoptionRequest,
    Commitment,
    Contribution,
    ContributionVote,
    CoOrganiser,
    Initiative,
    Letter,
    Merge,
    Milestone,
    Need,
    Offer,
    Photo,
    Support,
    SupportDelta,
    Tag,
    TimelineEntry,
    Update,
    Version,
)
from initiatives.services import merging
from initiatives.services.counting import reconcile_supports
from initiatives.services.succession import pass_on_all
from initiatives.services.supports import support
from members.models import Member
from members.services import current_totp
from moderation import services as moderation
from moderation.models import Appeal, Case, Decision, Notice, TrustedFlagger
from notifications.models import Notification
from pages.demo import NEIGHBOUR_EMAIL, ORGANISED, ORGANISER_EMAIL, STAFF_EMAIL, drawing, gatherings, loading, texts
from pages.demo.acts import INVITED, RESTORED
from pages.demo.afterwards import PICTURED
from pages.demo.atlas import COAST, ISLAND, MOUNTAIN, PLACES_OF_WORDS, RIVER, SUBURB, Atlas
from pages.demo.country import CITIES, EVENTS, SUPPORTS, WITHHELD, imagine
from pages.demo.desk import MADE, WAITING
from pages.places.living import EVENT, Circle, living
from search.finding import Asked, find
from territories import lookup
from territories.models import Commune, Department, Region

pytestmark = pytest.mark.django_db

State = Initiative.State


def _nothing(step: str) -> None:
    """No progress to show."""


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    """Where its pictures are written: nowhere that lasts."""
    return tmp_path_factory.mktemp("media")


def _storages_in(media: Path) -> dict:
    backend = "django.core.files.storage.FileSystemStorage"
    places = {name: {"BACKEND": backend, "OPTIONS": {"location": media / name}} for name in ("default", "private")}
    return site.STORAGES | places


@pytest.fixture(scope="module")
def country(django_db_setup, django_db_blocker, media):
    """Loaded as on a developer's machine, in a transaction that these tests share."""
    with django_db_blocker.unblock():
        empty_tables(anew=True)
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEVELOPMENT", True)
        with override_settings(STORAGES=_storages_in(media)):
            loaded = loading.load(_nothing)
        # Deferred constraints are checked here, once, instead of at the end of each test.
        connection.check_constraints()
        yield loaded
        transaction.set_rollback(True)


@pytest.fixture
def pictures(settings, media, country) -> Path:
    """The site reads and erases the pictures that were loaded."""
    settings.STORAGES = _storages_in(media)
    return media


@pytest.fixture
def in_development(settings):
    settings.DEVELOPMENT = True


def digest(*real: Initiative) -> tuple:
    """What the country is, without the dates, nor these, which real people opened."""
    invented = Member.objects.filter(is_demonstration=True).exclude(email=STAFF_EMAIL)
    initiatives = Initiative.objects.exclude(pk__in=[each.pk for each in real])
    events = Event.objects.exclude(author__is_demonstration=False)
    return (
        list(invented.order_by("email").values_list("display_name", "home_commune")),
        list(initiatives.order_by("title").values_list("title", "state", "place_label", "support_count")),
        list(events.order_by("title", "latitude").values_list("title", "latitude", "attendee_count")),
        # Numbers of initiatives and of events follow each other anew at each loading. What was reported is answered by
        # staff, or waits where there is none.
        list(Case.objects.filter(notices=None).order_by("content_type", "object_id").values_list("rule", "gravity")),
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
    # Ten sleep, one joined another.
    assert states["succeeded"] > 20 and states["closed"] >= 16 and states["archived"] == 11 and states["draft"] > 5
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
        # One has nobody to carry it.
        row.clean_fields(exclude=["author", "online_url", "updated_at"])


def test_every_initiative_is_found_by_its_themes_and_its_words(country):
    for initiative in Initiative.objects.prefetch_related("tags"):
        names = [tag.name for tag in initiative.tags.all()]
        assert sorted(initiative.keywords.split(", ")) == sorted(names)
        assert 1 <= sum(tag.theme_rank is not None for tag in initiative.tags.all()) <= 3
    assert find(Asked("composteur")).numbers


def test_at_once_a_misspelt_word_is_understood_and_a_word_of_every_day_is_no_village(country, visitor):
    assert "<strong>«\u202fbibliothèque\u202f»</strong>" in visitor.get("/recherche/?q=biblioteque").text
    gardens = visitor.get("/recherche/?q=jardin+partagé").text
    assert "Jardin (Isère)" not in gardens
    assert "/initiatives/des-jardins-partages" in gardens


def test_authors_live_where_they_act(country):
    local = Initiative.objects.exclude(region=None, department=None).exclude(author=None)
    local = local.select_related("author__home_commune__department")
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
    # Some more are behind what is in preparation, or stayed with what joined another; a few came with it.
    assert SUPPORTS < Support.objects.given().count() < SUPPORTS + 50
    assert not SupportDelta.objects.exists()
    counted = Initiative.objects.annotate(rows=Count("supports", filter=~Q(supports__state="pending")))
    assert not counted.exclude(rows=F("support_count"), supports_told=F("support_count")).exists()
    coming = Q(attendances__state="coming")
    people = Coalesce(Sum(1 + F("attendances__guests"), filter=coming), 0)
    counted = Event.objects.annotate(people=people)
    assert not counted.exclude(people=F("attendee_count")).exists()
    assert not counted.exclude(title=gatherings.FULL).exclude(attendees_told=F("attendee_count")).exists()
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
    assert not supports.filter(created_at__lt=F("initiative__launched_at")).exists()
    assert not supports.filter(created_at__gt=F("initiative__frozen_at")).exists()
    assert not supports.filter(created_at__gt=F("initiative__ended_at")).exists()
    assert not supports.filter(created_at__gt=timezone.now()).exists()
    # Who has not confirmed has no account yet.
    assert not supports.exclude(state=Support.State.PENDING).exclude(commune=F("member__home_commune")).exists()
    assert not Attendance.objects.filter(
        Q(created_at__lt=F("member__joined_at"))
        | Q(created_at__lt=F("event__published_at"))
        | Q(created_at__gt=F("event__starts_at"))
        | Q(created_at__gt=timezone.now())
    ).exists()


# --- Their life ------------------------------------------------------------------------------------------------------

Kind = TimelineEntry.Kind


def test_what_the_database_counts_is_what_was_written(country):
    assert not reconcile_supports()
    assert not Action.objects.annotate(rows=Count("commitments")).exclude(rows=F("taken")).exists()
    readable = Q(replies__published_at__isnull=False, replies__withheld_at=None, replies__erased_at=None)
    counted = Contribution.objects.annotate(rows=Count("replies", filter=readable))
    assert not counted.exclude(rows=F("reply_count")).exists()
    useful, useless = Count("votes", filter=Q(votes__is_useful=True)), Count("votes", filter=Q(votes__is_useful=False))
    counted = Contribution.objects.annotate(useful=useful, useless=useless)
    assert not counted.exclude(useful=F("useful_count"), useless=F("useless_count")).exists()
    assert ContributionVote.objects.count() > 4000


def test_what_is_in_preparation_is_read_by_its_link_alone(country, visitor):
    gathering = Initiative.objects.filter(state=State.PREPARING)
    assert {initiative.support_count for initiative in gathering} == {1, 2, 3, 4}
    for initiative in gathering:
        assert initiative.next_step == 5
        assert visitor.get(initiative.get_absolute_url()).status_code == 200
        assert visitor.get(initiative.get_absolute_url().replace(f".{initiative.nursery_key}", "")).status_code == 404


def test_five_people_made_each_of_them_public(country):
    before = Count("supports", filter=Q(supports__created_at__lte=F("submitted_at")))
    alone = Initiative.objects.public().filter(merged_into=None, merged=None).annotate(before=before)
    assert alone.count() > 300 and not alone.exclude(before=5).exists()


def test_each_step_was_reached_by_the_supports_that_it_asks_for(country):
    merged = Q(initiative__merged_into__isnull=False) | Q(initiative__merged__isnull=False)
    for milestone in Milestone.objects.exclude(merged).select_related("initiative"):
        assert (milestone.reached_at is not None) == (milestone.threshold <= milestone.initiative.support_count)
        if milestone.reached_at and milestone.reached_at > milestone.initiative.published_at:
            before = milestone.initiative.supports.filter(created_at__lt=milestone.reached_at + timedelta(minutes=1))
            assert before.count() >= milestone.threshold


def test_promises_are_kept_or_due_and_one_is_late_for_all_to_see(country):
    assert Milestone.objects.late().count() == 1
    assert Milestone.objects.due().count() > 3
    kept = Milestone.objects.exclude(kept_at=None)
    assert kept.filter(kept_at__gt=F("reached_at")).count() > 100
    assert not kept.filter(Q(answer="") | Q(kept_at__gt=F("due_at")) | Q(kept_at__gt=timezone.now())).exists()
    assert len(set(kept.values_list("answer", flat=True))) > 8


def test_there_is_something_to_do_and_something_was_done(country):
    actions = Action.objects.public()
    assert actions.wanting().count() > 15
    assert actions.open().filter(taken=F("places")).count() >= 3
    assert actions.filter(is_done=True).exclude(report="").count() > 10
    assert actions.filter(is_done=False, closed_at__isnull=False).exclude(report="").exists()
    assert not [action for action in actions.open() if action.is_past]
    assert not Commitment.objects.filter(
        Q(created_at__lt=F("member__joined_at")) | Q(created_at__gt=timezone.now()) | Q(told_at=None)
    ).exists()
    assert {need.sort for need in Need.objects.open()} == set(Need.Sort.values)
    assert Need.objects.exclude(met_at=None).exists()
    assert Offer.objects.filter(is_accepted=None).exists() and Offer.objects.filter(is_accepted=True).exists()


def test_organisers_tell_what_happens_once_a_day_at_most(country):
    assert Update.objects.public().count() > 80
    assert not Update.objects.filter(told_at=None).exists()
    told = Update.objects.filter(initiative__title=ORGANISED)
    assert told.count() == 3 and len({update.day for update in told}) == 3


def test_people_discuss_and_one_discussion_has_pages(country, visitor):
    threads = Contribution.objects.threads()
    assert {contribution.stance for contribution in threads} == set(Contribution.Stance)
    assert threads.exclude(pinned_at=None).count() > 8 and threads.exclude(erased_at=None).exists()
    crowded = Initiative.objects.annotate(said=Count("contributions")).order_by("-said").first()
    texts_of_it = list(crowded.contributions.threads().filter(erased_at=None).values_list("text", flat=True))
    assert len(texts_of_it) > 300 and len(texts_of_it) == len(set(texts_of_it))
    assert not Contribution.objects.filter(parent__created_at__gt=F("created_at")).exists()
    assert not Contribution.objects.filter(created_at__lt=F("author__joined_at")).exists()
    page = visitor.get(reverse("discussion", args=[crowded.slug])).content.decode()
    assert "Voir la suite" in page


def test_what_was_edited_shows_its_difference(country):
    versions = Version.objects.all()
    assert versions.filter(is_shown=True).count() > 3
    for version in versions:
        ((field, (before, after)),) = version.changes.items()
        assert before != after == getattr(version.initiative, field)
        assert version.is_shown == (version.support_count >= 25)


def test_one_joined_another_and_one_would(country, visitor):
    done, proposed = Merge.objects.exclude(done_at=None).get(), Merge.objects.get(agreed_at=None)
    assert done.source.merged_into == done.target == proposed.target
    assert done.source_count == done.carried_count + done.source.support_count
    assert visitor.get(done.source.get_absolute_url())["Location"] == done.target.get_absolute_url()
    assert proposed.target.author.email == ORGANISER_EMAIL and proposed.is_under_way and proposed.agreed_at is None


def test_one_agreed_to_join_another_and_its_supporters_have_a_week_to_object(country, visitor):
    agreed = Merge.objects.agreed().get()
    assert agreed.is_open_to_objections and agreed.told_at is not None
    supporter = agreed.source.supports.confirmed().exclude(member__in=[agreed.source.author_id]).first().member
    visitor.force_login(supporter)
    page = visitor.get(reverse("merge_notice", args=[agreed.source.slug]))
    assert page.status_code == 200 and agreed.target.title in page.content.decode()
    assert merging.object_to(agreed, by=supporter)


def test_three_people_are_asked_to_carry_the_fullest_one_with_its_team(country, client):
    fullest = Initiative.objects.get(title=ORGANISED)
    assert [bool(each.email) for each in fullest.invitations.open()] == [True, True, False]
    client.force_login(fullest.author)
    page = client.get(reverse("initiative_team", args=[fullest.slug])).content.decode()
    assert all(address in page for address in INVITED)


def test_one_was_withheld_and_given_back_as_it_was(country, visitor):
    restored = Initiative.objects.get(title=RESTORED)
    assert restored.is_public
    lines = list(restored.timeline.order_by("happened_at", "id").values_list("kind", flat=True))
    assert lines[-2:] == [Kind.WITHHELD, Kind.RESTORED]
    page = visitor.get(reverse("initiative_history", args=[restored.slug])).content.decode()
    assert "Retirée par un modérateur." in page and "Rétablie par un modérateur" in page


def test_one_waits_for_somebody_to_carry_it(country):
    orphan = Initiative.objects.get(author=None)
    assert orphan.frozen_at and orphan.published_at < orphan.frozen_at
    requests = AdoptionRequest.objects.filter(decided_at=None)
    assert {request.initiative for request in requests} == {orphan} and requests.count() == 2
    for request in requests:
        assert orphan.supports.confirmed().filter(member=request.member).exists()
    assert not orphan.events.filter(starts_at__gt=orphan.frozen_at).exists()


def test_what_came_of_it_has_its_proof(country):
    ended = Initiative.objects.filter(state__in=["succeeded", "closed"])
    assert ended.exclude(proof="").count() >= 2 and ended.exclude(lessons="").count() >= 3


def test_each_account_is_in_order_and_tells_everything(country):
    assert set(TimelineEntry.objects.values_list("kind", flat=True)) >= {
        Kind.OPENED, Kind.LAUNCHED, Kind.SUBMITTED, Kind.PUBLISHED, Kind.STEP, Kind.ANSWERED, Kind.EDITED, Kind.UPDATE,
        Kind.ACTION, Kind.EVENT, Kind.JOINED, Kind.FROZEN, Kind.MERGED, Kind.ABSORBED, Kind.SUCCEEDED, Kind.CLOSED,
        Kind.ARCHIVED, Kind.WITHHELD, Kind.RESTORED,
    }  # fmt: skip
    begun = [Kind.OPENED, Kind.LAUNCHED, Kind.SUBMITTED, Kind.PUBLISHED]
    for initiative in Initiative.objects.public().prefetch_related("timeline"):
        lines = sorted(initiative.timeline.all(), key=lambda line: (line.happened_at, line.pk))
        assert [line.kind for line in lines[:4]] == begun, initiative
        assert [line.pk for line in lines] == sorted(line.pk for line in lines)
        assert lines[-1].happened_at < timezone.now()
        if initiative.state != State.PUBLISHED:
            last = Kind.MERGED if initiative.merged_into_id else initiative.state
            assert last in {line.kind for line in lines}
    numbers = {line.details["update"] for line in TimelineEntry.objects.filter(kind=Kind.UPDATE)}
    assert numbers == set(Update.objects.values_list("pk", flat=True))


def test_pictures_are_drawn_and_say_that_they_are(country, visitor):
    covers = Photo.objects.filter(use=Photo.Use.COVER)
    assert covers.count() >= 12
    assert not Photo.objects.exclude(alternative__startswith="Illustration").exists()


def test_every_landscape_can_be_drawn_and_is_always_the_same():
    written = texts.read().initiatives
    scenes = {story.cover.scene for text in written if (story := text.story) and story.cover}
    assert scenes <= set(drawing.SCENES)
    for scene in drawing.SCENES:
        picture = drawing.draw(scene, seed="x")
        assert picture.files == drawing.draw(scene, seed="x").files
        assert sum(map(len, picture.files.values())) < 25_000


def test_every_story_is_that_of_an_initiative():
    written = {text.title: text for text in texts.read().initiatives}
    for title, story in texts.stories().items():
        for version in story.versions:
            assert version.now in getattr(written[title], version.field)


def test_whoever_signs_in_as_the_organiser_finds_everything_to_do(country, client):
    organiser = Member.objects.get(email=ORGANISER_EMAIL)
    states = set(Initiative.objects.carried_by(organiser).values_list("state", flat=True))
    assert states >= {State.DRAFT, State.PREPARING, State.PUBLISHED}
    fullest = Initiative.objects.get(title=ORGANISED)
    assert fullest.author == organiser and CoOrganiser.objects.filter(initiative=fullest).count() == 3
    assert Letter.objects.filter(initiative=fullest).count() == 3
    assert Offer.objects.filter(need__initiative=fullest, is_accepted=None).count() == 2
    client.force_login(organiser)
    assert client.get(fullest.get_absolute_url()).status_code == 200


def test_the_neighbour_took_part_in_it(country):
    neighbour = Member.objects.get(email=NEIGHBOUR_EMAIL)
    fullest = Initiative.objects.get(title=ORGANISED)
    assert fullest.supports.confirmed().filter(member=neighbour).exists()
    assert Commitment.objects.filter(member=neighbour, action__initiative=fullest).exists()
    assert Offer.objects.filter(member=neighbour, need__initiative=fullest).exists()
    assert Letter.objects.filter(member=neighbour, initiative=fullest, is_answer=True).exists()


# --- Events ----------------------------------------------------------------------------------------------------------


def test_events_are_everywhere_past_and_coming(country):
    public = Event.objects.public()
    assert public.count() == EVENTS + gatherings.MADE
    coming = Event.objects.coming()
    assert 0.35 * EVENTS < coming.count() < 0.45 * EVENTS
    regions = set(coming.exclude(department=None).values_list("department__region", flat=True))
    assert regions >= set(Region.objects.values_list("pk", flat=True))
    departments = set(coming.exclude(department=None).values_list("department", flat=True))
    assert departments == set(Department.objects.values_list("pk", flat=True))


def test_no_large_city_is_empty(country):
    for city in Commune.objects.filter(kind="commune").order_by("-population")[:CITIES]:
        assert agenda.coming(place=city).exists(), city


def test_nowhere_in_france_is_a_page_empty(country):
    """What the page of every commune, arrondissement, département and région shows, as it finds it."""
    communes = Commune.objects.current().select_related("department__region").order_by("code")
    places = [*Region.objects.all(), *Department.objects.select_related("region"), *communes]
    assert len(places) > 35_000
    with connection.cursor() as cursor:
        # As the database of a site knows its tables, it plans.
        cursor.execute("ANALYZE events_event, initiatives_initiative")
    for start in range(0, len(places), 2000):
        for path, found in living(places[start : start + 2000]).items():
            assert len({(each.sort == EVENT, each.pk) for each in found}) == len(found) >= 5, path
            elsewhere = (Circle.KM_10, Circle.KM_30, Circle.KM_100, Circle.BEYOND)
            assert all((each.km is not None) == (each.circle in elsewhere) for each in found), path


@pytest.mark.parametrize(
    "path",
    [
        "48149-sainte-eulalie",
        "976-mayotte",
        "97502-saint-pierre",
        "986-wallis-et-futuna",
        "75111-paris-11e",
        "53-mayenne",
        "r53-bretagne",
    ],
)
def test_the_page_of_a_place_says_how_far_the_others_are(country, client, path):
    answer = client.get(f"/territoires/{path}/")
    text = answer.content.decode()
    assert answer.status_code == 200
    cards = re.findall(r'<article class="(?:initiative|event)-card.*?</article>', text, re.DOTALL)
    assert len(cards) >= 5
    [found] = living([lookup.from_path(path)]).values()
    far = [each for each in found if each.km is not None]
    assert sum(bool(re.search(r", à [\d,\s]+k?m</", card)) for card in cards) == len(far)


def test_some_events_are_full_some_cancelled_some_online(country):
    public = Event.objects.public()
    assert public.filter(attendee_count=F("capacity"), starts_at__gt=timezone.now()).count() == 12
    assert public.exclude(cancelled_at=None).count() == 10
    assert public.filter(kind="online").count() > 30
    assert not public.filter(kind="online").exclude(commune=None, latitude=None, place_name="").exists()


def test_what_is_over_is_told_by_most_organisers_and_the_latest_with_pictures(country, visitor):
    over = Event.objects.public().filter(ends_at__lt=timezone.now(), cancelled_at=None)
    reports = EventReport.objects.public()
    assert 0.6 < reports.count() / over.count() < 0.75 and EventPhoto.objects.public().count() == PICTURED
    assert not reports.filter(published_at__lt=F("event__ends_at")).exists()
    assert not reports.exclude(told_at__isnull=False).exists()
    told = TimelineEntry.objects.filter(kind=TimelineEntry.Kind.REPORT).count()
    assert told == reports.exclude(event__initiative=None).count()
    page = visitor.get(reports.order_by("-published_at").first().event.get_absolute_url()).content.decode()
    assert "Ce qui s’est passé" in page and "selon l’organisateur" in page
    assert Attendance.objects.filter(checked_in_at__isnull=False).count() > 500


def test_one_is_full_with_people_who_wait_and_a_place_that_is_offered(country):
    full = Event.objects.get(title=gatherings.FULL)
    assert (full.attendee_count, full.held_count, full.waiting_count) == (
        gatherings.PLACES - 1,
        1,
        gatherings.WAITING - 1,
    )
    assert full.checklist and full.messages.get().is_public


def test_one_comes_every_week_one_moved_and_a_partner_brings_its_own(country, visitor):
    assert Event.objects.coming().filter(title=gatherings.WEEKLY).count() == gatherings.WEEKS
    assert Event.objects.filter(sequence__gt=0).exists()
    assert Event.objects.public().filter(source__name=gatherings.PARTNER_NAME).count() == 4


def test_the_organiser_has_something_to_tell(country, client):
    client.force_login(Member.objects.get(email=ORGANISER_EMAIL))
    assert "compte rendu à faire" in client.get(reverse("my_events")).content.decode()


def test_events_begin_at_sensible_hours_of_the_place(country):
    for event in Event.objects.public():
        start, end = event.starts_at.astimezone(event.tz), event.local_end
        assert 8 <= start.hour <= 21
        assert end.date() == start.date()
        assert start.weekday() >= 5 or start.hour >= 17 or event.kind != "meeting" or start.hour == 8
    assert Event.objects.get(title__startswith="Lever la première").time_zone == "America/Miquelon"


def test_events_of_a_town_do_not_stack_on_the_map(country):
    placed = Event.objects.exclude(latitude=None).exclude(published_at=None).filter(series=None)
    points = Counter(placed.values_list("latitude", "longitude"))
    assert max(points.values()) == 1
    for event in placed.select_related("commune"):
        assert abs(event.latitude - event.commune.latitude) <= 0.02


# --- Moderators and messages -----------------------------------------------------------------------------------------


def test_the_filter_itself_holds_every_text_of_the_queue(country):
    written = texts.read().queue
    held = Case.objects.filter(notices=None)
    assert held.count() == len(written) == 24
    assert held.open().count() == len(written) - WITHHELD
    assert not Case.objects.filter(ground="").exists()
    assert {case.content._meta.model_name for case in held.open()} == {"initiative", "event"}
    assert not Initiative.objects.filter(state=State.SUBMITTED).exclude(published_at=None).exists()


def test_what_was_withheld_says_why(country):
    decisions = Decision.objects.filter(verb="withhold", case__notices=None).exclude(case=None)
    assert decisions.count() == WITHHELD == Initiative.objects.exclude(withheld_at=None).count()
    for decision in decisions:
        assert decision.content.withheld_at == decision.made_at == decision.case.closed_at
        assert decision.reason and decision.ground


def test_notices_and_appeals_are_at_every_stage(country):
    assert Notice.objects.count() == MADE
    assert Case.objects.open().exclude(notices=None).count() == WAITING
    assert set(Notice.objects.values_list("outcome", flat=True)) == {"", "kept", "acted"}
    assert Notice.objects.filter(is_trusted=True).count() == 1
    assert sorted(Appeal.objects.values_list("verdict", flat=True)) == ["", "", "reversed", "upheld"]


def test_bells_ring_but_no_message_is_written_and_none_remains_to_be(country):
    assert not Notification.objects.exclude(mail="none", in_bell=True).exists()
    assert Notification.objects.exists()
    assert not Event.objects.public().filter(announced_at=None).exists()
    assert not Event.objects.exclude(cancelled_at=None).filter(cancellation_told_at=None).exists()


# --- The staff -------------------------------------------------------------------------------------------------------


def test_in_development_one_account_opens_the_administration(country, in_development):
    staff = Member.objects.get(is_staff=True)
    assert staff.email == STAFF_EMAIL and staff.is_superuser and staff.is_demonstration
    assert [group.name for group in staff.groups.all()] == ["Modérateurs"]
    assert staff.emailaddress_set.get().verified
    assert len(current_totp(staff)) == 6
    said = _said("load_demo", "--once").splitlines()
    assert said[0] == f"Staff:       {STAFF_EMAIL} (its codes are among the messages)"
    assert [line.split()[1] for line in said] == [STAFF_EMAIL, ORGANISER_EMAIL, NEIGHBOUR_EMAIL]


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


def test_flush_removes_all_of_it_and_only_it(pictures, visitor, alice, bob, chloe, vitre, settings, afterwards):
    """And in production the country that comes back is the same, without staff."""
    before = digest()
    shown = Photo.objects.count() + EventPhoto.objects.count()
    assert len(list(pictures.rglob("*.webp"))) == 2 * shown > 20 + 2 * PICTURED
    assert "demonstration-banner" in visitor.get("/").content.decode()
    organiser, neighbour = (Member.objects.get(email=email) for email in (ORGANISER_EMAIL, NEIGHBOUR_EMAIL))
    staff = Member.objects.get(is_staff=True, is_demonstration=True)
    invented = Initiative.objects.listed().filter(tags__theme_rank=None).exclude(author=organiser).first()

    real = new_initiative(alice, vitre)
    real.tags.add("verger", "Environnement", invented.tags.filter(theme_rank=None).first())
    shared = {tag.pk for tag in real.tags.filter(theme_rank=None)}
    themes = Tag.objects.filter(theme_rank__isnull=False).count()
    meeting = new_event(alice, vitre, initiative=invented)
    support(real, by=bob)
    support(real, by=neighbour)
    support(invented, by=bob)
    moderation.withhold(invented, by=chloe, ground="off_topic", reason="Doublon.")
    decision = moderation.withhold(real, by=chloe, ground="off_topic", reason="Doublon.")
    # What a real person wrote stays, though invented people had a hand in it.
    hers = _said_beside(neighbour, alice, real)
    judged = new_initiative(alice, vitre, title="Un four à pain au lavoir")
    by_them = moderation.withhold(judged, by=staff, ground="off_topic", reason="Essai.")
    left = new_initiative(alice, vitre, title="Une haie à planter")
    Initiative.objects.filter(pk=left.pk).update(author=None)
    # What an invented person left without anybody goes.
    CoOrganiser.objects.filter(initiative__author=organiser).delete()
    pass_on_all(organiser)
    organiser.delete()

    with afterwards():
        assert "Members removed" in _said("load_demo", "--flush")

    assert set(Member.objects.all()) == {alice, bob, chloe}
    assert set(Initiative.objects.all()) == {real, judged, left}
    assert list(Event.objects.all()) == [meeting]
    meeting.refresh_from_db()
    assert meeting.initiative is None
    assert list(Support.objects.values_list("initiative", "member")) == [(real.pk, bob.pk)]
    assert set(Decision.objects.all()) == {decision, by_them} and not Case.objects.exists()
    by_them.refresh_from_db()
    assert by_them.content == judged and by_them.by is None
    assert not Notice.objects.exists() and not Appeal.objects.exists() and not TrustedFlagger.objects.exists()
    assert set(Tag.objects.filter(theme_rank=None).values_list("pk", flat=True)) == shared
    assert Tag.objects.filter(theme_rank__isnull=False).count() == themes
    assert not Attendance.objects.exists() and not Series.objects.exists() and not CalendarSource.objects.exists()
    assert not EventReport.objects.exists() and not EventMessage.objects.exists()
    assert not Merge.objects.exists()
    for model in (Action, Letter, Milestone, Need, Photo, TimelineEntry, Update, Version):
        assert not model.objects.exclude(initiative__author=alice).exists(), model
    assert list(Contribution.objects.all()) == [hers]
    assert not Commitment.objects.exists() and not Offer.objects.exists() and not ContributionVote.objects.exists()
    assert not list(pictures.rglob("*.webp"))
    assert "demonstration-banner" not in visitor.get("/").content.decode()

    settings.DEVELOPMENT = False
    # `make run` prints what --once says beside the address of the site: nothing but an account.
    assert _said("load_demo", "--once") == ""
    assert not Member.objects.filter(is_staff=True).exclude(pk=chloe.pk).exists()
    assert digest(real, judged, left) == before


def _said_beside(invented: Member, alice: Member, real: Initiative) -> Contribution:
    """What Alice says on her own, where somebody invented speaks and she answers them."""
    said = {"initiative": real, "published_at": timezone.now()}
    theirs = Contribution.objects.create(author=invented, text="Bonjour.", **said)
    Contribution.objects.create(author=alice, text="Merci.", parent=theirs, **said)
    return Contribution.objects.create(author=alice, text="À tous.", **said)


@pytest.fixture
def afterwards(django_capture_on_commit_callbacks):
    """What waits for the commit is done: pictures are erased then."""
    return partial(django_capture_on_commit_callbacks, execute=True)


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
