"""Afterwards: the organiser is asked what came of it, tells it with photos; those who came and supporters read it."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.core import mail
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from pictures import a_photo

from events import tasks
from events.models import Attendance, Event, EventPhoto, EventReport
from events.services import reporting
from events.services.refusals import ReportRefused
from initiatives.models import CoOrganiser, Initiative, TimelineEntry
from initiatives.services.supports import support
from members.models import Member
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from notifications.tasks import deliver_due
from tests.moderation.desk import HATEFUL, TELEPHONE

TEXT = "Nous avons planté douze pommiers, et la pluie a attendu midi."


@pytest.fixture
def dan(db) -> Member:
    return new_member("dan")


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """`with commits():` what is to be done after the commit is done at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def initiative(alice, vitre) -> Initiative:
    return new_initiative(alice, vitre)


@pytest.fixture
def event(alice, vitre, initiative) -> Event:
    """It ended two hours ago."""
    return new_event(alice, vitre, initiative=initiative, starts_at=timezone.now() - timedelta(hours=4))


def tell_it(event: Event, by, text: str = TEXT, turnout: int | None = 12) -> EventReport:
    return reporting.write(event, text=text, turnout=turnout, by=by)[0]


def ends(hours: float, *events: Event) -> None:
    """They ended so many hours ago."""
    ended = timezone.now() - timedelta(hours=hours)
    Event.objects.filter(pk__in=[each.pk for each in events]).update(
        starts_at=ended - timedelta(hours=2), ends_at=ended
    )


def asked() -> list[str]:
    rows = Notification.objects.filter(kind="event_report_asked").order_by("pk")
    return [row.recipient.display_name for row in rows]


# --- The organiser is asked -------------------------------------------------------------------------------------------


def test_the_organiser_is_asked_an_hour_after_the_end_once_more_three_days_later_and_no_more(event, alice):
    ends(0.9, event)
    assert tasks.ask_for_reports() == 0
    ends(1.1, event)
    assert tasks.ask_for_reports() == 1 and tasks.ask_for_reports() == 0
    deliver_due()
    assert "combien étiez-vous" in mail.outbox[-1].subject
    assert reverse("event_report", args=[event.slug]) in mail.outbox[-1].body
    Event.objects.update(report_asked_at=timezone.now() - timedelta(days=3, minutes=1))
    assert tasks.ask_for_reports() == 1 and tasks.ask_for_reports() == 0
    deliver_due()
    assert asked() == ["Alice", "Alice"] and "Il manque" in mail.outbox[-1].subject


def test_nobody_is_asked_about_what_did_not_take_place_or_is_told_or_is_long_over(event, alice, vitre):
    cancelled = new_event(alice, vitre, cancelled_at=timezone.now())
    withheld = new_event(alice, vitre, withheld_at=timezone.now())
    waiting = new_event(alice, vitre, published_at=None)
    old = new_event(alice, vitre)
    ends(2, cancelled, withheld, waiting)
    ends(15 * 24, old)
    tell_it(event, alice)
    assert tasks.ask_for_reports() == 0 and asked() == []


def test_whoever_carries_the_initiative_is_asked_when_the_author_is_gone(event, bob, initiative):
    Event.objects.update(author=None)
    Initiative.objects.update(author=None)
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    tasks.ask_for_reports()
    assert asked() == ["Bob"]


def test_two_tasks_at_once_ask_once(at_once):
    event = new_event(new_member("alice"), None)
    ends(2, event)
    assert sum(at_once(lambda _n: tasks.ask_for_reports(), range(4))) == 1
    assert Notification.objects.filter(kind="event_report_asked").count() == 1


# --- It is told -------------------------------------------------------------------------------------------------------


def test_the_form_begins_with_who_was_counted_at_the_door(event, as_alice, bob):
    Attendance.objects.create(event=event, member=bob, guests=1, checked_in_at=timezone.now())
    Event.objects.update(walk_in_count=3)
    assert 'value="5"' in as_alice.get(reverse("event_report", args=[event.slug])).content.decode()


def test_a_report_with_its_photo_is_read_by_everyone(event, as_alice, visitor, commits):
    before = visitor.get(event.get_absolute_url()).content.decode()
    assert "n’a encore rien raconté" in before
    said = {"turnout": "12", "text": TEXT, "picture": a_photo(), "alternative": "Douze voisins plantent un pommier"}
    with commits():
        answer = as_alice.post(reverse("event_report", args=[event.slug]), said, follow=True)
    assert "Votre compte rendu est en ligne" in answer.content.decode()
    after = visitor.get(event.get_absolute_url()).content.decode()
    assert "douze pommiers" in after and "Douze voisins plantent un pommier" in after and "12" in after
    photo = EventPhoto.objects.get()
    assert photo.is_open and visitor.get(photo.narrowest).status_code == 200
    assert "douze pommiers" in visitor.get(reverse("event_reports")).content.decode()


def test_the_public_account_of_the_initiative_says_it_once(event, alice, initiative, visitor):
    report = tell_it(event, alice)
    report.publish()
    entry = TimelineEntry.objects.get(kind=TimelineEntry.Kind.REPORT)
    assert entry.details == {"event": event.pk, "turnout": 12}
    page = visitor.get(reverse("initiative_history", args=[initiative.slug])).content.decode()
    assert "personnes sont venues à un événement." in page


def test_a_second_report_is_refused_and_so_is_one_before_the_end(event, alice, as_alice, vitre):
    tell_it(event, alice)
    with pytest.raises(ReportRefused, match="déjà écrit"):
        tell_it(event, alice)
    coming = new_event(alice, vitre)
    assert "pas terminé" in as_alice.get(reverse("event_report", args=[coming.slug])).content.decode()
    answer = as_alice.post(reverse("event_report", args=[coming.slug]), {"text": TEXT, "turnout": "3"})
    assert "pas terminé" in answer.content.decode() and TEXT in answer.content.decode()
    assert EventReport.objects.count() == 1


def test_two_of_the_team_who_tell_it_at_once_write_one(at_once):
    alice = new_member("alice")
    event = new_event(alice, None)
    ends(2, event)

    def one(n: int) -> bool:
        try:
            tell_it(event, alice, f"{TEXT} ({n})")
        except ReportRefused:
            return False
        return True

    assert sorted(at_once(one, range(4))) == [False, False, False, True]


def test_a_refused_text_keeps_what_was_typed_and_nothing_is_written(event, as_alice):
    answer = as_alice.post(reverse("event_report", args=[event.slug]), {"text": f"{HATEFUL}, encore.", "turnout": "7"})
    assert 'value="7"' in answer.content.decode() and "Motif" in answer.content.decode()
    assert not EventReport.objects.exists()


def test_a_report_that_waits_is_read_by_its_team_alone_and_told_once_it_passed(
    event, alice, bob, chloe, initiative, as_bob, visitor
):
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    tell_it(event, alice, f"{TEXT} {TELEPHONE}")
    assert TEXT in as_bob.get(event.get_absolute_url()).content.decode()
    assert TEXT not in visitor.get(event.get_absolute_url()).content.decode()
    assert tasks.tell_reports() == 0
    moderation.publish(Case.objects.get(), by=chloe, reason="Le numéro de l’association.")
    assert TEXT in visitor.get(event.get_absolute_url()).content.decode()
    assert tasks.tell_reports() == 1


def test_the_number_and_the_text_are_mended(event, alice, as_alice, visitor):
    tell_it(event, alice)
    address = reverse("event_report", args=[event.slug])
    as_alice.post(address, {"text": "Nous avons planté quinze poiriers et un pommier.", "turnout": "20"})
    page = visitor.get(event.get_absolute_url()).content.decode()
    assert "quinze poiriers" in page and "douze pommiers" not in page and EventReport.objects.get().turnout == 20


def test_nobody_else_writes_or_mends_it(event, alice, as_bob, visitor):
    tell_it(event, alice)
    address = reverse("event_report", args=[event.slug])
    assert as_bob.get(address).status_code == 404 and as_bob.post(address, {"text": TEXT}).status_code == 404
    assert visitor.post(address, {"text": TEXT}).status_code == 302


# --- Photos -----------------------------------------------------------------------------------------------------------


def send_photo(client, event, **changes):
    sent = {"picture": a_photo(), "alternative": "Un pommier"} | changes
    return client.post(reverse("event_photo_add", args=[event.slug]), sent)


def test_six_photos_at_most_and_each_can_be_taken_away_with_its_files(event, alice, as_alice, monkeypatch, commits):
    monkeypatch.setattr(reporting, "MOST_PHOTOS", 2)
    tell_it(event, alice)
    with commits():
        for _each in range(2):
            assert send_photo(as_alice, event).status_code == 302
    assert "retirez-en une avant" in send_photo(as_alice, event, picture=a_photo()).content.decode()
    assert EventPhoto.objects.count() == 2
    photo = EventPhoto.objects.first()
    assert storages["default"].exists(photo.name + "-480.webp")
    with commits():
        as_alice.post(reverse("event_photo_remove", args=[event.slug, photo.pk]))
    assert not EventPhoto.objects.filter(pk=photo.pk).exists()
    assert not storages["default"].exists(photo.name + "-480.webp")


def test_a_photo_without_words_is_refused_and_the_words_of_another_stay(event, alice, as_alice):
    tell_it(event, alice)
    assert "pour qui ne la voit pas" in send_photo(as_alice, event, alternative="").content.decode()
    assert "Un pommier" in send_photo(as_alice, event, picture="").content.decode()
    assert not EventPhoto.objects.exists()


def test_a_veil_over_the_report_or_the_event_hides_the_files_of_its_photos(
    event, alice, chloe, as_alice, visitor, commits
):
    report = tell_it(event, alice)
    with commits():
        send_photo(as_alice, event)
    photo = EventPhoto.objects.get()
    for content in (report, event):
        with commits():
            moderation.withhold(content, by=chloe, ground="off_topic", reason="Rien à voir.")
        hidden = EventPhoto.objects.get()
        assert not hidden.is_open and not storages["default"].exists(photo.name + "-480.webp")
        assert visitor.get(reverse("event_photo_file", args=[event.slug, photo.pk, 480])).status_code == 404
        with commits():
            moderation.restore(content, by=chloe, reason="Après tout.")
        assert EventPhoto.objects.get().is_open


def test_files_that_a_failure_left_public_are_hidden_by_the_task(event, alice, as_alice, commits):
    tell_it(event, alice)
    with commits():
        send_photo(as_alice, event)
    EventPhoto.objects.update(withheld_at=timezone.now())
    assert tasks.place_report_photos() == 1 and not EventPhoto.objects.get().is_open
    assert tasks.place_report_photos() == 0


# --- It is heard ------------------------------------------------------------------------------------------------------


def test_those_who_came_read_it_at_once_and_the_other_supporters_in_their_digest(event, alice, bob, dan, initiative):
    emma = new_member("emma")
    for member in (bob, emma):
        support(initiative, by=member)
    for member in (bob, dan, alice):
        Attendance.objects.create(event=event, member=member)
    tell_it(event, alice)
    assert tasks.tell_reports() == 1 and tasks.tell_reports() == 0
    told = Notification.objects.filter(kind="event_reported").values_list("recipient__display_name", flat=True)
    assert sorted(told) == ["Bob", "Dan"]
    lines = Notification.objects.lines().filter(kind="event_report_published")
    assert [line.recipient.display_name for line in lines] == ["Emma"]
    deliver_due()
    letter = next(message for message in mail.outbox if message.to == [dan.email])
    assert "douze pommiers" in letter.body and "#compte-rendu" in letter.body


def test_who_waited_or_was_never_confirmed_is_told_nothing(event, alice, bob):
    Attendance.objects.create(event=event, member=bob, state="waiting", queue_number=1)
    tell_it(event, alice)
    tasks.tell_reports()
    assert not Notification.objects.filter(kind="event_reported").exists()


def test_a_report_withheld_before_the_digest_is_told_to_nobody_then_once_it_is_back(
    event, alice, bob, chloe, initiative
):
    support(initiative, by=bob)
    report = tell_it(event, alice)
    tasks.tell_reports()
    moderation.withhold(report, by=chloe, ground="off_topic", reason="Rien à voir.")
    assert not Notification.objects.lines().filter(kind="event_report_published").exists() and tasks.tell_reports() == 0
    moderation.restore(EventReport.objects.get(), by=chloe, reason="Après tout.")
    assert tasks.tell_reports() == 1
    assert Notification.objects.lines().filter(kind="event_report_published").count() == 1


def test_a_withheld_initiative_is_named_to_nobody(event, alice, bob, initiative):
    support(initiative, by=bob)
    Initiative.objects.update(withheld_at=timezone.now())
    tell_it(event, alice)
    tasks.tell_reports()
    assert not Notification.objects.lines().filter(kind="event_report_published").exists()


def test_two_tasks_at_once_tell_it_once(at_once):
    alice, bob = new_member("alice"), new_member("bob")
    event = new_event(alice, None)
    ends(2, event)
    Attendance.objects.create(event=event, member=bob)
    tell_it(event, alice)
    assert sum(at_once(lambda _n: tasks.tell_reports(), range(4))) == 1
    assert Notification.objects.filter(kind="event_reported").count() == 1


def test_the_page_of_an_event_costs_the_same_with_its_report_and_six_photos(
    event, alice, as_alice, bob, django_assert_max_num_queries
):
    Attendance.objects.create(event=event, member=bob)
    client = client_of(bob)
    tell_it(event, alice)
    # Session, member, event, team, where they stand, report, photos.
    with django_assert_max_num_queries(14):
        client.get(event.get_absolute_url())
    for _each in range(3):
        send_photo(as_alice, event)
    with django_assert_max_num_queries(14):
        client.get(event.get_absolute_url())


def test_reports_are_listed_by_pages_with_the_same_queries(alice, vitre, visitor, django_assert_max_num_queries):
    for n in range(12):
        event = new_event(alice, vitre, title=f"Rencontre {n}")
        ends(n + 1, event)
        tell_it(event, alice)
    with django_assert_max_num_queries(3):
        page = visitor.get(reverse("event_reports")).content.decode()
    assert page.count("Rencontre ") >= 10 and "Voir la suite" in page


def test_my_events_say_which_report_is_to_be_written_and_offer_to_begin_again(event, alice, as_alice, as_bob):
    page = as_alice.get(reverse("my_events")).content.decode()
    assert "compte rendu à faire" in page and reverse("event_report", args=[event.slug]) in page
    tell_it(event, alice)
    page = as_alice.get(reverse("my_events")).content.decode()
    assert "compte rendu à faire" not in page and reverse("event_again", args=[event.slug]) in page
    assert event.title not in as_bob.get(reverse("my_events")).content.decode()


def test_the_team_finds_the_events_of_its_initiative_among_its_own(event, bob, as_bob, initiative):
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    assert event.title in as_bob.get(reverse("my_events")).content.decode()


def test_after_the_report_the_one_act_of_the_organiser_is_to_begin_again(event, alice, as_alice, visitor):
    assert "Raconter ce qui s’est passé" in as_alice.get(event.get_absolute_url()).content.decode()
    tell_it(event, alice)
    page = as_alice.get(event.get_absolute_url()).content.decode()
    assert "On recommence" in page and reverse("event_again", args=[event.slug]) in page
    assert "On recommence" not in visitor.get(event.get_absolute_url()).content.decode()


def test_the_agenda_offers_what_happened_lately_in_its_place(event, alice, visitor):
    tell_it(event, alice)
    address = reverse("agenda")
    for asked in ({}, {"lieu": "vitre"}, {"lieu": "bretagne"}):
        assert "douze pommiers" in visitor.get(address, asked).content.decode(), asked
    assert "douze pommiers" not in visitor.get(address, {"lieu": "lille"}).content.decode()
    EventReport.objects.update(published_at=timezone.now() - timedelta(days=91))
    assert "douze pommiers" not in visitor.get(address).content.decode()
