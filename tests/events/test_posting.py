"""Posting an event: when, where, who, at the clocks of the place."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.models import Event, Series
from events.services import coming, posting, refusals
from moderation.models import Case, Decision
from notifications.models import Notification
from territories.models import Commune, Region
from tests.moderation.desk import TO_BE_READ

NEW = "/evenements/nouveau/"


def commune(code: str) -> Commune:
    return Commune.objects.select_related("department").get(code=code)


def errors(answer) -> dict:
    return answer.context["form"].errors if answer.context and "form" in answer.context else {}


# --- Who, and by which door ------------------------------------------------------------------------------------------


def test_a_visitor_is_asked_who_they_are_before_they_write(visitor, db):
    for address in (NEW, "/mes-evenements/"):
        answer = visitor.get(address)
        assert answer.status_code == 302 and answer.url.startswith("/compte/connexion/?next=")


def test_an_event_is_posted_in_one_go(as_bob, bob, answers, soon):
    answer = as_bob.post(NEW, answers(), follow=True)
    event = Event.objects.get()
    assert answer.redirect_chain == [(event.get_absolute_url(), 302)]
    assert "Votre événement est en ligne" in answer.content.decode()
    assert (event.author, event.initiative, event.commune_id, event.department_id) == (bob, None, "35360", "35")
    assert (event.local_start.date(), event.local_start.hour, event.local_end.hour) == (soon, 18, 20)
    assert event.is_public


def test_a_double_click_posts_one_event(as_bob, answers):
    first, second = as_bob.post(NEW, answers()), as_bob.post(NEW, answers())
    assert first.url == second.url
    assert Event.objects.count() == 1


def test_two_clicks_at_the_same_moment_post_one_event(at_once, vitre_committed):
    bob = new_member("bob")
    starts_at = timezone.now() + timedelta(days=3)

    def click(_):
        facts = {"commune": vitre_committed, "latitude": 48.12, "longitude": -1.21, "kind": "meeting"}
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
        return posting.post(Event(title="Matinée de plantation", **facts, **times), by=bob).pk

    assert len(set(at_once(click, range(10)))) == 1
    assert Event.objects.count() == 1


def test_the_same_title_in_two_towns_is_two_events(as_bob, answers):
    as_bob.post(NEW, answers())
    as_bob.post(NEW, answers(commune=commune("35238")))
    assert Event.objects.count() == 2


def test_an_author_posts_for_their_initiative(as_alice, initiative, answers):
    address = f"{NEW}?initiative={initiative.pk}"
    assert initiative.title in as_alice.get(address).content.decode()
    as_alice.post(address, answers())
    assert Event.objects.get().initiative == initiative


@pytest.mark.parametrize("number", ["abc", "0", "99999999", "9" * 400, "-1", "1.5", "١٢", "1 OR 1"])
def test_an_initiative_that_does_not_exist_is_not_found(as_alice, number):
    assert as_alice.get(NEW, {"initiative": number}).status_code == 404


def test_nobody_posts_for_the_initiative_of_another(as_bob, initiative, answers):
    address = f"{NEW}?initiative={initiative.pk}"
    assert as_bob.get(address).status_code == as_bob.post(address, answers()).status_code == 404
    assert not Event.objects.exists()


def test_nobody_posts_for_an_initiative_that_is_withheld(as_alice, initiative, answers):
    initiative.withhold()
    assert as_alice.post(f"{NEW}?initiative={initiative.pk}", answers()).status_code == 404


def test_an_empty_form_says_what_is_missing(as_bob):
    answer = as_bob.post(NEW, {})
    assert set(errors(answer)) >= {"title", "day", "starts", "ends", "commune"}
    assert "points à reprendre" in answer.content.decode()


def test_what_was_typed_is_kept_when_something_is_missing(as_bob, answers):
    page = as_bob.post(NEW, answers(title="Non", latitude="48.12", longitude="-1.2")).content.decode()
    assert "Derrière la gare" in page and 'value="Vitré (Ille-et-Vilaine)"' in page and 'value="48.12"' in page
    assert not Event.objects.exists()


# --- When ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("35360", "Europe/Paris"),
        ("98818", "Pacific/Noumea"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("97411", "Indian/Reunion"),
        ("97502", "America/Miquelon"),
        ("98613", "Pacific/Wallis"),
    ],
)
def test_an_hour_is_that_of_the_place(as_bob, answers, code, zone):
    answer = as_bob.post(NEW, answers(commune=commune(code)), follow=True)
    event = Event.objects.get()
    assert event.time_zone == zone
    assert event.starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "18:30"
    page = answer.content.decode()
    assert "18\u00a0h\u00a030" in page
    assert ("heure d" in page) == (zone != "Europe/Paris")


def test_an_hour_stays_the_same_when_the_event_is_edited(as_bob, bob, answers):
    as_bob.post(NEW, answers(commune=commune("98818")))
    event = Event.objects.get()
    page = as_bob.get(reverse("event_edit", args=[event.slug])).content.decode()
    assert 'value="18:30"' in page and 'value="20:00"' in page


def test_an_end_before_the_start_is_on_the_next_day(as_bob, answers, soon):
    as_bob.post(NEW, answers(starts="21:00", ends="01:30"))
    event = Event.objects.get()
    assert event.local_end.date() == soon + timedelta(days=1)
    assert event.ends_at - event.starts_at == timedelta(hours=4, minutes=30)


def test_an_hour_that_spring_leaves_out_is_refused(as_bob, answers, clock_change):
    day = clock_change(3)
    assert "starts" in errors(as_bob.post(NEW, answers(day=day, starts="02:30", ends="04:00")))
    assert "ends" in errors(as_bob.post(NEW, answers(day=day, starts="01:30", ends="02:30")))
    as_bob.post(NEW, answers(day=day, starts="01:30", ends="03:30"))
    event = Event.objects.get()
    assert event.ends_at - event.starts_at == timedelta(hours=1)


def test_the_hour_that_autumn_plays_twice_lasts(as_bob, answers, clock_change):
    as_bob.post(NEW, answers(day=clock_change(10), starts="02:30", ends="02:15"))
    event = Event.objects.get()
    assert event.ends_at - event.starts_at == timedelta(minutes=45)


def test_an_event_of_the_second_hour_stays_there_when_it_is_edited(as_bob, bob, answers, vitre, clock_change):
    day = clock_change(10)
    starts_at = timezone.datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)  # 2:30 for the second time
    event = new_event(bob, vitre, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=45))
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(day=day, starts="02:30", ends="02:50"))
    event.refresh_from_db()
    assert event.starts_at == starts_at
    assert event.ends_at - starts_at == timedelta(minutes=20)


@pytest.mark.parametrize("days", [-1, -1000, 732, 40_000])
def test_a_day_that_is_past_or_too_far_is_refused(as_bob, answers, days):
    day = timezone.localdate() + timedelta(days=days)
    assert set(errors(as_bob.post(NEW, answers(day=day.isoformat())))) == {"day"}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2027-02-30", "demain", "", "\x00"])
def test_a_day_that_no_clock_shows_is_refused(as_bob, answers, day):
    assert set(errors(as_bob.post(NEW, answers(day=day, starts="23:00", ends="01:00")))) == {"day"}


def test_an_event_that_has_begun_may_still_be_edited(as_bob, bob, vitre, answers):
    starts_at = timezone.now() - timedelta(minutes=30)
    event = new_event(bob, vitre, starts_at=starts_at)
    kept = event.starts_at
    local = event.local_start
    changes = {"day": local.date(), "starts": f"{local:%H:%M}", "ends": f"{event.local_end:%H:%M}"}
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(title="Déjà commencée", **changes))
    event.refresh_from_db()
    assert (event.title, event.starts_at) == ("Déjà commencée", kept)


# --- Where -----------------------------------------------------------------------------------------------------------


def test_a_point_set_by_hand_is_kept(as_bob, answers):
    as_bob.post(NEW, answers(latitude="48.11001", longitude="-1.20002"))
    event = Event.objects.get()
    assert (event.latitude, event.longitude) == (48.11001, -1.20002)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("", ""),
        ("48.12", ""),
        ("NaN", "NaN"),
        ("inf", "-inf"),
        ("nord", "ouest"),
        ("1e999", "0"),
        ("91", "-1.2"),
        ("48.12", "181"),
        ("-1.2", "48.12"),  # swapped
        ("43.3", "5.4"),  # Marseille
        ("\x00", "<script>"),
    ],
)
def test_a_point_that_is_none_of_the_commune_s_falls_back_to_its_centre(as_bob, answers, vitre, latitude, longitude):
    answer = as_bob.post(NEW, answers(latitude=latitude, longitude=longitude))
    assert not errors(answer)
    event = Event.objects.get()
    assert (event.latitude, event.longitude) == (vitre.latitude, vitre.longitude)


@pytest.mark.parametrize("code", ["35238", "35015"])  # Rennes, and Balazé next door
def test_the_point_follows_when_the_commune_changes_without_a_map(as_bob, bob, vitre, answers, code):
    event = new_event(bob, vitre)
    point = {"latitude": str(event.latitude), "longitude": str(event.longitude)}
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(commune=commune(code), **point))
    event.refresh_from_db()
    assert (event.latitude, event.longitude) == (commune(code).latitude, commune(code).longitude)
    assert event.department_id == "35"


def test_the_department_is_that_of_the_commune(as_bob, bob, vitre, answers):
    event = new_event(bob, vitre)
    as_bob.post(reverse("event_edit", args=[event.slug]), answers(commune=commune("13055")))
    event.refresh_from_db()
    assert event.department_id == "13"


def test_an_event_needs_a_commune_or_to_be_online(as_bob, answers):
    assert set(errors(as_bob.post(NEW, answers(commune="")))) == {"commune"}
    assert set(errors(as_bob.post(NEW, answers(commune="", kind="pique-nique")))) == {"kind", "commune"}
    assert not errors(as_bob.post(NEW, answers(commune="", kind="online")))


def test_an_online_event_forgets_the_place_that_was_typed(as_bob, answers):
    place = {"commune": "Xyzzy", "place_name": "Salle des fêtes", "latitude": "48.1", "longitude": "-1.2"}
    assert not errors(as_bob.post(NEW, answers(kind="online", online_url="https://visio.exemple.fr/verger") | place))
    event = Event.objects.get()
    assert (event.commune, event.department, event.latitude, event.place_name) == (None, None, None, "")
    assert event.place_line == "en ligne"


def test_an_event_goes_online_and_back(as_bob, bob, vitre, answers):
    event = new_event(bob, vitre)
    address = reverse("event_edit", args=[event.slug])
    as_bob.post(address, answers(kind="online", online_url="https://visio.exemple.fr/verger"))
    event.refresh_from_db()
    assert (event.kind, event.commune, event.latitude) == ("online", None, None)
    as_bob.post(address, answers(kind="debate"))
    event.refresh_from_db()
    assert (event.kind, event.commune, event.latitude) == ("debate", vitre, vitre.latitude)


def test_an_online_event_is_on_the_clocks_of_its_initiative_s_territory(as_alice, alice, answers):
    noumea = commune("98818")
    initiative = new_initiative(alice, noumea)
    answer = as_alice.post(f"{NEW}?initiative={initiative.pk}", answers(kind="online"), follow=True)
    event = Event.objects.get()
    assert event.time_zone == "Pacific/Noumea"
    assert event.local_start.hour == 18
    assert "heure de Nouméa" in answer.content.decode() and "à Paris" in answer.content.decode()


def test_an_online_event_of_an_overseas_region_is_on_its_clocks(as_alice, alice, answers):
    initiative = new_initiative(alice, kind="local_project", region=Region.objects.get(code="04"))
    as_alice.post(f"{NEW}?initiative={initiative.pk}", answers(kind="online"))
    assert Event.objects.get().time_zone == "Indian/Reunion"


def test_an_online_event_on_its_own_is_on_the_clocks_of_its_organiser_s_home(answers):
    teva = new_member("teva", home_commune=commune("98735"))
    client_of(teva).post(NEW, answers(kind="online"))
    assert Event.objects.get().time_zone == "Pacific/Tahiti"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://exemple.fr/x", "data:text/html,x", "https://", "//x"])
def test_a_link_that_is_no_web_address_is_refused(as_bob, answers, url):
    assert "online_url" in errors(as_bob.post(NEW, answers(kind="online", online_url=url)))


def test_the_long_link_of_a_meeting_is_kept(as_bob, answers):
    url = f"https://visio.exemple.fr/reunion/{'a1B2' * 100}"
    assert not errors(as_bob.post(NEW, answers(kind="online", online_url=url)))
    assert Event.objects.get().online_url == url


@pytest.mark.parametrize("capacity", ["0", "-3", "beaucoup", "99999999999", "1.5"])
def test_a_number_of_places_that_is_none_is_refused(as_bob, answers, capacity):
    assert set(errors(as_bob.post(NEW, answers(capacity=capacity)))) == {"capacity"}


# --- What is written -------------------------------------------------------------------------------------------------

QUEUED = {
    "title": TO_BE_READ,
    "description": f"Bonjour. {TO_BE_READ}",
    "place_name": "Tu es un connard",
    "address": "Tu es un connard",
    "online_url": "https://bit.ly/3verger",
}


@pytest.mark.parametrize("field", QUEUED)
def test_each_text_is_read_before_an_event_is_published(as_bob, visitor, answers, field):
    kind = {"kind": "online"} if field == "online_url" else {}
    answer = as_bob.post(NEW, answers(**kind, **{field: QUEUED[field]}), follow=True)
    event = Event.objects.get()
    assert not event.is_public and Case.objects.open().of(event).exists()
    assert "Un modérateur relit votre événement" in answer.content.decode()
    assert visitor.get(event.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("field", QUEUED)
def test_each_text_is_read_again_when_an_event_is_edited(as_bob, bob, vitre, answers, field):
    kind = {"kind": "online"} if field == "online_url" else {}
    event = new_event(bob, vitre)
    address = reverse("event_edit", args=[event.slug])
    answer = as_bob.post(address, answers(**kind, **{field: QUEUED[field]}, capacity="12"), follow=True)
    assert "Un modérateur relit votre modification" in answer.content.decode()
    before = getattr(event, field)
    event.refresh_from_db()
    assert event.is_public and getattr(event, field) == before
    assert event.capacity == 12
    assert QUEUED[field] in Case.objects.open().of(event).get().proposed.values()


def test_a_refused_text_is_not_saved_and_says_why(as_bob, answers):
    answer = as_bob.post(NEW, answers(description="On va tous les tuer, ces sales bougnoules."))
    assert "description" in errors(answer)
    assert not Event.objects.exists() and Decision.objects.filter(verb="refuse").exists()


def test_what_passes_is_published_at_once_when_an_event_is_edited(as_bob, bob, vitre, answers):
    event = new_event(bob, vitre)
    answer = as_bob.post(reverse("event_edit", args=[event.slug]), answers(title="Un autre titre"), follow=True)
    event.refresh_from_db()
    assert event.title == "Un autre titre" and answer.redirect_chain[-1][0] == event.get_absolute_url()


# --- Editing and cancelling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["event_edit", "event_cancel"])
def test_the_event_of_another_cannot_be_changed(as_bob, chloe, event, answers, name):
    address = reverse(name, args=[event.slug])
    for client in (as_bob, client_of(chloe)):
        assert client.get(address).status_code == client.post(address, answers()).status_code == 404
    event.refresh_from_db()
    assert event.cancelled_at is None and event.title != "Matinée de plantation"


def test_a_visitor_cannot_change_an_event(visitor, event, answers):
    for name in ("event_edit", "event_cancel", "event_again"):
        answer = visitor.post(reverse(name, args=[event.slug]), answers())
        assert answer.status_code == 302 and answer.url.startswith("/compte/connexion/")


def test_an_event_without_an_author_has_no_organiser(visitor, as_bob, event):
    Event.objects.update(author=None)
    for client in (visitor, as_bob):
        page = client.get(event.get_absolute_url())
        assert page.status_code == 200
        assert "Votre événement" not in page.content.decode()


def test_places_cannot_be_fewer_than_those_who_come(as_alice, event, answers):
    for n in range(3):
        coming.attend(event, by=new_member(f"voisin{n}"))
    address = reverse("event_edit", args=[event.slug])
    answer = as_alice.post(address, answers(capacity="2", title="Un autre titre"))
    assert "3 personnes viennent déjà" in str(errors(answer)["capacity"])
    event.refresh_from_db()
    assert (event.capacity, event.title) == (None, "Réunion publique autour du verger")
    as_alice.post(address, answers(capacity="3"))
    event.refresh_from_db()
    assert event.places_left == 0


def test_a_cancelled_or_past_event_no_longer_changes(as_alice, alice, vitre, answers):
    cancelled = new_event(alice, vitre, cancelled_at=timezone.now())
    past = new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=2))
    for event in (cancelled, past):
        for name in ("event_edit", "event_cancel"):
            for ask in (as_alice.get, as_alice.post):
                assert ask(reverse(name, args=[event.slug]), answers()).url == event.get_absolute_url()
        with pytest.raises(refusals.EventClosed):
            posting.edit(event, {"title": "Un autre titre"}, {"capacity": 5}, by=alice)
        assert Event.objects.get(pk=event.pk).title == event.title


def test_a_withheld_event_is_gone_for_all_but_its_author_and_the_moderators(visitor, as_alice, as_bob, as_chloe, event):
    event.withhold()
    for client in (visitor, as_bob):
        gone = client.get(event.get_absolute_url())
        assert gone.status_code == 410
        assert "Cet événement est retiré" in gone.content.decode() and event.title not in gone.content.decode()
    assert as_bob.post(reverse("event_attend", args=[event.slug])).status_code == 404
    assert as_chloe.get(event.get_absolute_url()).status_code == 200
    assert "Cet événement est retiré" in as_alice.get(event.get_absolute_url()).content.decode()
    assert as_alice.get(reverse("event_edit", args=[event.slug])).status_code == 404


@pytest.mark.parametrize(
    ("others", "asked", "said"),
    [
        (0, "Personne d’autre n’est inscrit", "L’événement est annulé. Personne d’autre n’était inscrit"),
        (1, "1 personne inscrite sera prévenue.", "L’événement est annulé. La personne inscrite est prévenue."),
        (2, "2 personnes inscrites seront prévenues.", "Les 2 personnes inscrites sont prévenues."),
    ],
)
def test_who_cancels_reads_how_many_are_told(as_alice, event, alice, others, asked, said):
    """Herself, who comes, is not one of them; a guest hears of it from who brings them."""
    coming.attend(event, by=alice)
    for number in range(others):
        coming.attend(event, by=new_member(f"m{number}"), guests=1)
    address = reverse("event_cancel", args=[event.slug])
    assert asked in as_alice.get(address).content.decode()
    assert said in as_alice.post(address, follow=True).content.decode()
    tasks.tell_cancellations()
    assert Notification.objects.filter(kind="event_cancelled").count() == others


def test_who_cancels_a_date_and_those_that_follow_reads_how_many_are_told_of_either(as_alice, alice, bob, vitre):
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=60))
    weeks = [timezone.now() + timedelta(weeks=n) for n in (1, 2)]
    first, second = [new_event(alice, vitre, series=one, starts_at=week) for week in weeks]
    for date in (first, second):
        coming.attend(date, by=bob)
    coming.attend(second, by=new_member("emma"))
    address = reverse("event_cancel", args=[first.slug])
    page = as_alice.get(address).content.decode()
    assert "1 personne inscrite sera prévenue." in page
    assert "Avec les dates suivantes\u202f: 2 personnes inscrites seront prévenues." in page
    said = as_alice.post(address, {"scope": "following"}, follow=True).content.decode()
    assert "2 événements sont annulés. Les 2 personnes inscrites sont prévenues." in said


def test_the_organiser_cancels_after_being_asked(as_alice, visitor, event):
    address = reverse("event_cancel", args=[event.slug])
    assert "Annuler «" in as_alice.get(address).content.decode()
    event.refresh_from_db()
    assert event.cancelled_at is None
    as_alice.post(address)
    page = visitor.get(event.get_absolute_url()).content.decode()
    assert "annulé" in page and "Je viens" not in page


def test_an_address_with_other_words_leads_to_the_event(visitor, event):
    answer = visitor.get(f"/evenements/tout-autre-titre-{event.pk}/")
    assert answer.status_code == 301 and answer.url == event.get_absolute_url()
    assert visitor.get("/evenements/rien-du-tout-987654321/").status_code == 404


def test_the_title_of_a_withheld_initiative_is_shown_nowhere(visitor, event, initiative):
    assert initiative.title in visitor.get(event.get_absolute_url()).content.decode()
    assert initiative.title in visitor.get("/evenements/").content.decode()
    initiative.withhold()
    assert initiative.title not in visitor.get(event.get_absolute_url()).content.decode()
    assert initiative.title not in visitor.get("/evenements/").content.decode()
    assert Event.objects.get().message_context["initiative_title"] == ""


def test_a_moderator_and_an_author_who_edits_do_not_wait_for_each_other(at_once, vitre_committed):
    from moderation import services as moderation

    alice, chloe = new_member("alice"), new_member("chloé", is_staff=True, is_superuser=True)
    event = new_event(alice, vitre_committed)
    for round_ in range(15):
        posting.edit(event, {"title": f"Appelez le 06 12 34 56 {round_ + 10}"}, {}, by=alice)
        case = Case.objects.open().of(event).get()

        def act(who, case=case, n=round_):
            if who == "author":
                return posting.edit(
                    event, {"title": f"Rappelez le 06 12 34 57 {n + 10}"}, {"capacity": n + 1}, by=alice
                )
            try:
                return moderation.publish(case, by=chloe, reason="Numéro public.")
            except moderation.DecisionRefused:
                return None

        at_once(act, ["author", "moderator"])
    event.refresh_from_db()
    assert event.capacity == 15
