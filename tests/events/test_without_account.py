"""“Je viens” without an account: a form, a message, a link that always leads somewhere useful."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_member
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import french
from events import tasks
from events.models import Attendance, Event
from events.services import asking, coming, links, refusals
from initiatives.models import SupportLimits
from members.models import Consent, Member
from notifications import delivery
from notifications.models import Notification
from tests.events.crowd import clocks_at, exact, names


def ask(client, event, *, email="zoe@exemple.fr", **answers):
    answers = {"first_name": "Zoé", "email": email, "guests": "0", "consent": "on"} | answers
    return client.post(reverse("event_attend", args=[event.slug]), answers)


def link_sent(mailoutbox, to="zoe@exemple.fr") -> str:
    """The path of the last link that was sent to this address."""
    tasks.send_attend_links()
    delivery.deliver_due()
    message = [each for each in mailoutbox if each.to == [to]][-1]
    return re.search(r"http://127\.0\.0\.1:8000(/evenements/\S+/participation/\S+?/)\s", message.body)[1]


@pytest.fixture
def link(event, visitor, mailoutbox) -> str:
    ask(visitor, event)
    return link_sent(mailoutbox)


# --- Asking ----------------------------------------------------------------------------------------------------------


def test_a_visitor_gives_a_first_name_and_an_address_then_confirms_from_their_box(visitor, event, mailoutbox):
    page = visitor.get(event.get_absolute_url()).content.decode()
    address = reverse("event_attend", args=[event.slug])
    assert f'href="{address}"' in page and "Sans compte ni mot de passe." in page
    form = visitor.get(address).content.decode()
    assert 'name="first_name"' in form and 'autocomplete="email"' in form and 'name="guests"' in form
    assert re.search(r'<input type="checkbox" name="consent"(?![^>]*checked)', form)
    answer = ask(visitor, event, guests="2")
    assert answer.url == reverse("event_attend_sent", args=[event.slug])
    assert "Regardez votre boîte" in visitor.get(answer.url).content.decode()
    assert exact(event) == (0, 0, 0)
    link = link_sent(mailoutbox)
    assert "Je confirme\u202f: je viens" in Client().get(link).content.decode()
    assert exact(event) == (0, 0, 0) and not Member.objects.filter(email="zoe@exemple.fr").exists()
    answer = Client().post(link, {"guests": "2"}, follow=True)
    assert "C’est noté. Vous venez\u202f: 3\u00a0personnes en tout." in answer.content.decode()
    assert "C’est noté" not in Client().get(link).content.decode()
    assert exact(event) == (3, 0, 0)


def test_what_was_typed_becomes_a_member_and_is_erased_from_the_row(event, link):
    Client().post(link)
    row, zoe = Attendance.objects.get(), Member.objects.get(email="zoe@exemple.fr")
    assert (row.member, row.email, row.first_name, row.address_key) == (zoe, "", "", None)
    assert zoe.display_name == "Zoé"
    assert list(zoe.consents.values_list("purpose", "version")) == [(Consent.Purpose.ATTEND, "2026-11")]
    told = Notification.objects.get(kind="event_joined")
    assert told.recipient == zoe and "/participation/" in told.context["leave_url"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_name": ""}, "Écrivez votre prénom."),
        ({"email": "zoe"}, "Cette adresse n’est pas complète."),
        ({"consent": ""}, "nous ne gardons rien sans votre accord"),
        ({"guests": "12"}, "Choisissez combien vous serez."),
    ],
)
def test_a_form_that_lacks_something_keeps_the_rest_and_nothing_is_kept(visitor, event, changes, said):
    page = ask(visitor, event, **changes).content.decode()
    assert said in page
    assert ("first_name" in changes) or 'value="Zoé"' in page
    assert not Attendance.objects.exists()


def test_with_htmx_the_form_comes_and_answers_in_place(event):
    client = Client(headers={"hx-request": "true"})
    form = client.get(reverse("event_attend", args=[event.slug])).content.decode()
    assert form.lstrip().startswith('<div class="support-act" id="je-viens-acte">') and "<html" not in form
    sent = ask(client, event).content.decode()
    assert "zoe@exemple.fr" in sent and "Regardez votre boîte" in sent and "<html" not in sent


def test_an_event_that_is_full_says_so_before_the_form_and_the_visitor_waits(alice, vitre, visitor, mailoutbox):
    event = new_event(alice, vitre, capacity=1)
    ask(visitor, event)
    link = link_sent(mailoutbox)
    coming.attend(event, by=alice)
    form = visitor.get(reverse("event_attend", args=[event.slug])).content.decode()
    assert "C’est complet." in form and "Rejoindre la liste d’attente" in form
    # The place was taken between the message and the button: the page says so, and the button too.
    page = Client().get(link).content.decode()
    assert "C’est complet." in page and "Je confirme\u202f: j’attends une place" in page
    page = Client().post(link, follow=True).content.decode()
    assert "Vous êtes sur la liste d’attente." in page and "Votre rang\u202f: 1er." in page
    assert exact(event) == (1, 0, 1)


def test_a_party_that_does_not_fit_chooses_to_be_fewer_on_the_page_of_the_link(alice, vitre, visitor, mailoutbox):
    event = new_event(alice, vitre, capacity=3)
    ask(visitor, event, guests="2")
    link = link_sent(mailoutbox)
    coming.attend(event, by=alice)
    answer = Client().post(link, {"guests": "2"})
    assert answer.status_code == 409 and "Il reste 2 places" in answer.content.decode()
    assert exact(event) == (1, 0, 0) and not Member.objects.filter(email="zoe@exemple.fr").exists()
    Client().post(link, {"guests": "1"})
    assert exact(event) == (3, 0, 0)


def test_nobody_asks_to_come_to_what_is_closed(visitor, alice, vitre):
    event = new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=1))
    assert "Cet événement est passé." in ask(visitor, event).content.decode()
    with pytest.raises(refusals.EventClosed):
        asking.ask(event, email="zoe@exemple.fr", first_name="Zoé", guests=0, consent="2026-11")
    assert not Attendance.objects.exists()


# --- The message -----------------------------------------------------------------------------------------------------


def test_who_asks_twice_in_a_few_minutes_gets_one_message_for_what_was_typed_last(visitor, event, mailoutbox):
    ask(visitor, event)
    ask(visitor, event, guests="3", first_name="Zoé B.")
    link = link_sent(mailoutbox)
    assert len(mailoutbox) == 1
    Client().post(link, {"guests": "3"})
    assert Member.objects.get(email="zoe@exemple.fr").display_name == "Zoé B." and exact(event) == (4, 0, 0)


def test_a_message_leaves_once_and_the_next_demand_much_later_has_its_own(visitor, event, mailoutbox):
    ask(visitor, event)
    link_sent(mailoutbox)
    assert tasks.send_attend_links() == 0
    Attendance.objects.update(created_at=timezone.now() - timedelta(hours=1))
    ask(visitor, event)
    second = link_sent(mailoutbox)
    assert len(mailoutbox) == 2
    assert Client().post(second).status_code == 302 and exact(event) == (1, 0, 0)


def test_a_member_is_written_to_at_their_own_address_and_keeps_their_name(event, bob, visitor, mailoutbox):
    bob.email = "bob@gmail.com"
    bob.save()
    ask(visitor, event, email="b.o.b+tout@googlemail.com")
    Client().post(link_sent(mailoutbox, to="bob@gmail.com"))
    assert names(event, "coming") == ["Bob"] and Member.objects.filter(display_name="Zoé").count() == 0


def test_who_comes_already_is_told_so_in_their_box_alone(event, bob, visitor, mailoutbox):
    coming.attend(event, by=bob)
    delivery.deliver_due()
    ask(visitor, event, email=bob.email)
    link = link_sent(mailoutbox, to=bob.email)
    assert mailoutbox[-1].subject == f"Vous êtes déjà sur la liste\u202f: {event.title}"
    assert "Vous venez." in Client().get(link).content.decode()
    assert exact(event) == (1, 0, 0)


def test_demands_are_written_to_once_each_by_four_tasks_at_once(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed)
    for n in range(60):
        asking.ask(event, email=f"m{n}@exemple.fr", first_name="M", guests=0, consent="2026-11")
    assert sum(at_once(lambda _task: tasks.send_attend_links(), range(4))) == 60
    assert Attendance.objects.filter(written_at=None).count() == 0


# --- The link --------------------------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_opening_it_again_is_the_useful_page(event, link):
    for _ in range(2):
        assert "Je confirme" in Client().get(link).content.decode()
    assert exact(event) == (0, 0, 0)
    Client().post(link)
    Client().post(link)
    for day in (0, 1, 3):
        with clocks_at(timezone.now() + timedelta(days=day)):
            page = Client().get(link).content.decode()
            assert "Vous venez." in page and "Je ne peux plus venir" in page
    assert exact(event) == (1, 0, 0)


def test_a_link_serves_seven_days_then_another_leaves_to_the_same_address(event, link, mailoutbox):
    Event.objects.update(starts_at=timezone.now() + timedelta(days=20), ends_at=timezone.now() + timedelta(days=20.1))
    with clocks_at(timezone.now() + timedelta(days=7, minutes=1)):
        assert "Recevoir un nouveau lien" in Client().get(link).content.decode()
        Client().post(link)
        assert exact(event) == (0, 0, 0)
        answer = Client().post(f"{link}renvoyer/")
        assert answer.url == reverse("event_attend_sent", args=[event.slug])
        assert link_sent(mailoutbox) == link and len(mailoutbox) == 2
        Client().post(link)
    assert exact(event) == (1, 0, 0)


def test_a_link_is_never_said_to_serve_beyond_the_event(alice, vitre, visitor, mailoutbox):
    near = new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=2))
    ask(visitor, near)
    link_sent(mailoutbox)
    assert f"Le lien marche jusqu’au {french.day(timezone.localdate(near.ends_at))}." in mailoutbox[-1].body


def test_a_young_link_is_not_sent_again(event, link, mailoutbox):
    Client().post(f"{link}renvoyer/")
    tasks.send_attend_links()
    delivery.deliver_due()
    assert len(mailoutbox) == 1


def test_without_an_account_one_changes_how_many_they_are_and_gives_the_place_back(event, link):
    Client().post(link)
    Client().post(f"{link}combien/", {"guests": "4"})
    assert exact(event) == (5, 0, 0)
    page = Client().get(f"{link}ne-plus-venir/").content.decode()
    assert "Les organisateurs sauront que vous ne venez plus." in page and exact(event) == (5, 0, 0)
    answer = Client().post(f"{link}ne-plus-venir/", follow=True)
    assert "vous ne venez plus. Merci d’avoir prévenu." in answer.content.decode()
    assert exact(event) == (0, 0, 0) and not Attendance.objects.exists()
    # The page that they are led to still knows them; the first link says that nothing is kept.
    assert Client().get(link).status_code == 410
    here = answer.request["PATH_INFO"]
    assert ">Je viens</button>" in Client().get(here).content.decode()
    Client().post(here)
    assert exact(event) == (1, 0, 0)


def test_a_withheld_event_shows_nothing_by_its_links_and_lets_leave(event, link):
    Client().post(link)
    event.withhold()
    answer = Client().get(link)
    assert event.title not in answer.content.decode() and "n’est plus en ligne" in answer.content.decode()
    page = Client().get(f"{link}ne-plus-venir/").content.decode()
    assert event.title not in page
    Client().post(f"{link}ne-plus-venir/")
    assert not Attendance.objects.exists()


def test_the_link_of_an_online_event_is_read_by_who_comes_without_an_account(alice, visitor, mailoutbox):
    event = new_event(alice, None, online_url="https://visio.exemple.fr/verger")
    ask(visitor, event)
    link = link_sent(mailoutbox)
    assert "visio.exemple.fr" not in Client().get(link).content.decode()
    assert "https://visio.exemple.fr/verger" in Client().post(link, follow=True).content.decode()


def test_the_page_of_a_link_is_kept_nowhere_and_repeats_its_address_to_nobody(link):
    answer = Client().get(link)
    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    head = answer.content.decode().split("</head>")[0]
    assert 'content="noindex"' in head and "/participation/" not in head


@pytest.mark.parametrize("token", ["forged", "d1.forged", "1-1.forged", "x", "d999999999999999999999.x"])
@pytest.mark.parametrize("name", ["attendance", "attendance_leave", "attendance_still"])
def test_a_link_that_is_not_of_our_making_opens_nothing(event, bob, token, name):
    coming.attend(event, by=bob)
    answer = Client().get(reverse(name, args=[event.slug, token]))
    assert answer.status_code == 410
    assert "Cette participation n’existe plus" in answer.content.decode()


def test_a_link_of_one_event_opens_no_other(event, alice, vitre, bob):
    other = new_event(alice, vitre)
    row = coming.attend(event, by=bob)
    assert Client().get(links.path_of(other, links.token_of(row))).status_code == 410


def test_a_link_signs_nobody_in(event, link):
    client = Client()
    client.post(link)
    assert client.get("/mes-evenements/").status_code == 302


@pytest.mark.parametrize("how", [{"is_active": False}, {"restriction": Member.Restriction.SUSPENDED}])
def test_a_suspended_account_does_not_come_by_a_link_and_may_leave(event, bob, visitor, mailoutbox, how):
    row = coming.attend(event, by=bob)
    mine = links.path_of(event, links.token_of(row))
    Member.objects.filter(pk=bob.pk).update(**how)
    assert Client().post(f"{mine}combien/", {"guests": 3}).status_code == 409
    assert Client().post(f"{mine}toujours/").status_code == 409
    assert exact(event) == (1, 0, 0)
    Client().post(f"{mine}ne-plus-venir/")
    assert exact(event) == (0, 0, 0)
    answer = Client().post(mine)
    assert answer.status_code == 409 and "suspendu" in answer.content.decode()
    ask(visitor, event, email=bob.email)
    demand = links.path_of(event, links.token_of(Attendance.objects.get()))
    assert Client().post(demand).status_code == 409
    assert exact(event) == (0, 0, 0)


def test_what_a_member_gives_back_takes_the_demands_of_their_address_along(event, bob, visitor):
    ask(visitor, event, email=bob.email)
    coming.attend(event, by=bob)
    coming.leave(event, by=bob)
    assert not Attendance.objects.exists()


def test_one_link_confirmed_many_times_at_once_is_one_person(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed)
    for _ in range(3):
        asking.ask(event, email="zoe@exemple.fr", first_name="Zoé", guests=1, consent="2026-11")
    rows = list(Attendance.objects.values_list("pk", flat=True))
    at_once(lambda n: asking.confirm(rows[n % 3]), range(18))
    assert exact(event) == (2, 0, 0)
    assert Member.objects.filter(email="zoe@exemple.fr").count() == Consent.objects.count() == 1


def test_one_new_person_comes_to_many_events_at_once_as_one_member(at_once, vitre_committed):
    alice = new_member("alice")
    for _ in range(12):
        asking.ask(
            new_event(alice, vitre_committed), email="zoe@exemple.fr", first_name="Zoé", guests=0, consent="2026-11"
        )
    asked = list(Attendance.objects.values_list("pk", flat=True))
    at_once(asking.confirm, asked)
    assert Member.objects.filter(email="zoe@exemple.fr").count() == 1
    assert Attendance.objects.coming().count() == 12


# --- Silence, limits, forgetting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_nothing_in_the_answer_says_whether_an_address_is_known(event, bob, headers):
    coming.attend(event, by=bob)
    new_member("dan")
    ask(Client(), event, email="ann@exemple.fr")
    told, bills = set(), set()
    for email in ("bob@exemple.fr", "dan@exemple.fr", "ann@exemple.fr", "nul@exemple.fr"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(Client(headers=headers), event, email=email)
        said = answer.content.replace(email.encode(), b"")
        told.add((answer.status_code, said, tuple(sorted(answer.headers.items())), len(answer.cookies)))
        sql = [query["sql"] for query in queries]
        assert not [each for each in sql if f'FROM "{Member._meta.db_table}"' in each]
        assert not [each for each in sql if each.startswith("SELECT") and f'FROM "{Attendance._meta.db_table}"' in each]
        bills.add(len(sql))
    assert len(told) == len(bills) == 1


def test_a_box_is_written_to_a_few_times_a_day_and_the_page_says_nothing_of_it(visitor, alice, vitre, mailoutbox):
    SupportLimits.objects.create(pk=1, messages_per_address_a_day=3)
    for n in range(5):
        event = new_event(alice, vitre, title=f"Réunion n° {n} de la friche")
        assert ask(visitor, event, email=f"zoe+{n}@exemple.fr").status_code == 302
    tasks.send_attend_links()
    delivery.deliver_due()
    assert len(mailoutbox) == Attendance.objects.count() == 3


def test_a_network_makes_us_write_to_so_many_and_is_then_asked_for_a_proof(visitor, event):
    SupportLimits.objects.create(pk=1, messages_per_network_an_hour=2)
    for n in range(3):
        assert ask(visitor, event, email=f"m{n}@exemple.fr").status_code == 302
    assert Attendance.objects.count() == 2
    page = ask(visitor, event, email="m9@exemple.fr").content.decode()
    assert "Attendez trente secondes" in page


def test_demands_are_forgotten_after_thirty_days_and_with_waits_in_vain_a_week_after_the_event(alice, bob, vitre):
    near = new_event(alice, vitre, capacity=1)
    far = new_event(alice, vitre, starts_at=timezone.now() + timedelta(days=60))
    coming.attend(near, by=alice)
    coming.attend(near, by=bob)
    for event in (near, far):
        asking.ask(event, email="zoe@exemple.fr", first_name="Zoé", guests=0, consent="2026-11")
    with clocks_at(timezone.now() + timedelta(days=13)):
        assert tasks.forget_attendances() == 0
    with clocks_at(timezone.now() + timedelta(days=15)):
        assert tasks.forget_attendances() == 2
    assert names(near, "coming") == ["Alice"] and exact(near) == (1, 0, 0)
    with clocks_at(timezone.now() + timedelta(days=31)):
        assert tasks.forget_attendances() == 1
    assert Attendance.objects.get().member == alice


def test_a_member_finds_the_same_page_by_the_link_of_their_message(event, bob, as_bob):
    coming.attend(event, by=bob)
    mine = Notification.objects.get(kind="event_joined").context["mine_url"]
    for client in (as_bob, Client(), client_of(new_member("dan"))):
        assert "Vous venez." in client.get(mine).content.decode()
