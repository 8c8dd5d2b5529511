"""Actions: never more people than places, told to whom it concerns, closed with what was done."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from cast import client_of, new_action, new_initiative, new_member
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import Action, Commitment, CoOrganiser, Initiative, TimelineEntry
from initiatives.services import actions as services
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Case
from notifications.models import Notification

GIVEN = {"title": "Planter les haies", "description": "On creuse, on plante.", "places": "4", "place": "La friche"}
#: The filter wants it read by somebody: it gives a telephone number.
DOUBTFUL = "Tu es un connard, Paul, et tu le sais."
SLUR = "Sale pédé, reste chez toi."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def action(initiative) -> Action:
    return new_action(initiative)


def at(name: str, action: Action) -> str:
    return reverse(name, args=[action.initiative.slug, action.pk])


def counted(action: Action) -> tuple[int, int]:
    """The places shown as taken, and the rows."""
    action.refresh_from_db()
    return action.taken, Commitment.objects.filter(action=action).count()


def told(kind: str) -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return [row.recipient.display_name for row in rows.select_related("recipient")]


# --- Opening ---------------------------------------------------------------------------------------------------------


def test_an_organiser_opens_an_action_and_everyone_reads_it(as_alice, alice, visitor, initiative):
    day = timezone.localdate() + timedelta(days=9)
    given = GIVEN | {"day": day.isoformat(), "starts": "09:00", "ends": "12:00"}
    answer = as_alice.post(reverse("action_new", args=[initiative.slug]), given)
    action = Action.objects.get()
    assert answer.url == action.get_absolute_url()
    assert (action.author, action.places, action.is_public) == (alice, 4, True)
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "Planter les haies" in page and "La friche" in page and "4\u00a0places libres" in page
    assert "9\u00a0h – 12\u00a0h" in page
    assert "On creuse, on plante." in visitor.get(action.get_absolute_url()).content.decode()


def test_a_double_click_opens_one(alice, initiative):
    first = services.open_action(Action(initiative=initiative, title="Planter les haies"), by=alice)
    again = services.open_action(Action(initiative=initiative, title="Planter les haies"), by=alice)
    assert first == again and Action.objects.count() == 1


def test_a_hundred_actions_wait_at_most(as_alice, alice, initiative, monkeypatch):
    monkeypatch.setattr(services, "MOST_OPEN", 2)
    for n in range(2):
        services.open_action(Action(initiative=initiative, title=f"Planter la haie {n}"), by=alice)
    given = {"title": "Planter une autre haie", "places": 3}
    text = as_alice.post(reverse("action_new", args=[initiative.slug]), given).content.decode()
    assert "Cent actions" in text and "Planter une autre haie" in text and initiative.actions.count() == 2
    services.close(initiative.actions.first(), "", done=False, by=alice)
    services.open_action(Action(initiative=initiative, title="Planter une autre haie"), by=alice)
    assert initiative.actions.count() == 3


def test_a_co_organiser_opens_edits_and_closes(bob, initiative, as_bob):
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    as_bob.post(reverse("action_new", args=[initiative.slug]), GIVEN)
    action = Action.objects.get()
    as_bob.post(at("action_edit", action), GIVEN | {"title": "Planter les arbres"})
    as_bob.post(at("action_close", action), {"became": "done", "report": "Trente arbres sont en terre."})
    action.refresh_from_db()
    assert (action.title, action.is_done) == ("Planter les arbres", True)


def test_nobody_else_organises(as_bob, bob, action, initiative):
    for name in ("action_edit", "action_close"):
        assert as_bob.get(at(name, action)).status_code == 404
        assert as_bob.post(at(name, action), GIVEN).status_code == 404
    assert as_bob.post(reverse("action_new", args=[initiative.slug]), GIVEN).status_code == 404
    for attempt in (
        lambda: services.open_action(Action(initiative=initiative, title="Autre chose"), by=bob),
        lambda: services.edit_action(action, {}, {"places": 1}, by=bob),
        lambda: services.close(action, "Fini.", done=True, by=bob),
    ):
        with pytest.raises(LifeRefused):
            attempt()
    assert Action.objects.count() == 1


@pytest.mark.parametrize("state", ["succeeded", "closed", "archived"])
def test_nothing_is_opened_edited_or_joined_once_the_initiative_ended(as_alice, alice, bob, action, state):
    Initiative.objects.update(state=state, ended_at=timezone.now())
    for name in ("action_edit", "action_close"):
        assert as_alice.get(at(name, action)).status_code == 302
    assert as_alice.get(reverse("action_new", args=[action.initiative.slug])).status_code == 302
    for attempt in (
        lambda: services.open_action(Action(initiative=action.initiative, title="Autre chose"), by=alice),
        lambda: services.edit_action(action, {}, {"places": 1}, by=alice),
        lambda: services.commit(action, by=bob),
    ):
        with pytest.raises(LifeRefused):
            attempt()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"day": "2099-01-01", "starts": "09:00"}, "deux ans au plus"),
        ({"day": "2020-01-01", "starts": "09:00"}, "Cette date est passée"),
        ({"until": "2020-01-01"}, "Cette date est passée"),
        ({"day": "TOMORROW"}, "À quelle heure"),
        ({"starts": "09:00"}, "Quel jour"),
        ({"day": "TOMORROW", "starts": "09:00", "until": "TOMORROW"}, "Choisissez"),
        ({"places": "0"}, "supérieure ou égale à 1"),
        ({"places": "1001"}, "inférieure ou égale à 1000"),
        ({"title": "Oui"}, "au moins 5 caractères"),
        ({"description": SLUR}, "Motif"),
    ],
)
def test_a_mistake_is_shown_and_nothing_typed_is_lost(as_alice, initiative, given, said):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    given = GIVEN | {name: value.replace("TOMORROW", tomorrow) for name, value in given.items()}
    page = as_alice.post(reverse("action_new", args=[initiative.slug]), given).content.decode()
    assert said in page
    assert "La friche" in page
    assert not Action.objects.exists()


def test_what_is_to_be_done_by_a_day_may_be_done_until_its_end(as_alice, visitor, initiative):
    today = timezone.localdate()
    as_alice.post(reverse("action_new", args=[initiative.slug]), GIVEN | {"until": today.isoformat()})
    action = Action.objects.get()
    assert action.starts_at is None and not action.is_past
    assert "Au plus tard le" in visitor.get(action.get_absolute_url()).content.decode()


def test_hours_are_those_of_the_place_of_the_initiative(alice, as_alice, initiative):
    Initiative.objects.update(commune="97411", department="974", region="04", place_label="Saint-Denis")
    day = timezone.localdate() + timedelta(days=9)
    given = GIVEN | {"day": day.isoformat(), "starts": "09:00"}
    as_alice.post(reverse("action_new", args=[initiative.slug]), given)
    action = Action.objects.get()
    assert action.starts_at.utcoffset() is not None and action.local_start.hour == 9
    assert action.local_start.utcoffset() == timedelta(hours=4)
    assert "heure de La Réunion" in action.when


def test_a_doubtful_action_waits_and_its_team_alone_sees_it(as_alice, bob, as_bob, visitor, chloe, initiative):
    helper = new_member("dan")
    CoOrganiser.objects.create(initiative=initiative, member=helper)
    as_alice.post(reverse("action_new", args=[initiative.slug]), GIVEN | {"description": DOUBTFUL})
    action = Action.objects.get()
    assert not action.is_public
    for client in (visitor, as_bob):
        assert client.get(action.get_absolute_url()).status_code == 404
        assert "Planter les haies" not in client.get(initiative.get_absolute_url()).content.decode()
        assert (
            "Planter les haies"
            not in client.get(reverse("initiative_actions", args=[initiative.slug])).content.decode()
        )
    for client in (as_alice, client_of(helper)):
        assert "Un modérateur relit votre action" in client.get(action.get_absolute_url()).content.decode()
        assert "En relecture" in client.get(initiative.get_absolute_url()).content.decode()
    assert as_bob.post(at("action_commit", action)).status_code == 404
    moderation.publish(Case.objects.get(), by=chloe, reason="Le numéro est celui de l’association.")
    assert visitor.get(action.get_absolute_url()).status_code == 200


# --- Taking part -----------------------------------------------------------------------------------------------------


def test_a_member_commits_with_one_click_and_is_written_to(
    as_bob, action, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_bob.post(at("action_commit", action))
    assert answer.url == at("action_commit", action)
    assert "C’est noté" in as_bob.get(answer.url).content.decode()
    assert counted(action) == (1, 1)
    assert [message.subject for message in mailoutbox] == ["C’est noté\u202f: Planter les haies"]


def test_a_second_click_changes_nothing(bob, action):
    assert services.commit(action, by=bob) is True
    assert services.commit(action, by=bob) is False
    assert counted(action) == (1, 1)


def test_a_place_is_given_back_and_taken_again(as_bob, bob, action):
    services.commit(action, by=bob)
    assert as_bob.post(at("action_withdraw", action)).url == at("action", action)
    assert counted(action) == (0, 0)
    assert services.withdraw(action, by=bob) is False
    assert services.commit(action, by=bob) is True
    assert counted(action) == (1, 1)


def test_with_htmx_the_button_answers_in_place(as_bob, action):
    page = as_bob.post(at("action_commit", action), headers=HTMX).content.decode()
    assert "<html" not in page and "C’est noté" in page and f'id="action-{action.pk}-acte"' in page
    page = as_bob.post(at("action_withdraw", action), headers=HTMX).content.decode()
    assert "<html" not in page and "Votre place est rendue" in page and "Je m’engage" in page


def test_a_visitor_signs_in_then_finds_one_button(visitor, as_bob, action):
    address = at("action_commit", action)
    assert f'href="{address}"' in visitor.get(action.initiative.get_absolute_url()).content.decode()
    page = visitor.get(address).content.decode()
    assert "Planter les haies" in page and "/compte/inscription/?next=" in page
    assert visitor.post(address).url == f"/compte/connexion/?next={address}"
    page = as_bob.get(address).content.decode()
    assert f'<form method="post" action="{address}"' in page and "Je m’engage" in page
    assert counted(action) == (0, 0)


def test_the_last_place_is_the_last(as_bob, bob, action):
    Action.objects.update(places=1)
    services.commit(action, by=new_member("david"))
    with pytest.raises(services.ActionFull):
        services.commit(action, by=bob)
    answer = as_bob.post(at("action_commit", action))
    assert answer.status_code == 409 and "C’est complet" in answer.content.decode()
    assert "C’est complet" in as_bob.post(at("action_commit", action), headers=HTMX).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"closed_at": timezone.now()},
        {"ends_at": timezone.now() - timedelta(minutes=1)},
        {"starts_at": timezone.now() - timedelta(minutes=1)},
    ],
    ids=["closed", "over", "begun without an end"],
)
def test_what_is_closed_or_past_is_not_joined(as_bob, bob, action, fields):
    Action.objects.update(**fields)
    with pytest.raises(services.ActionClosed):
        services.commit(action, by=bob)
    answer = as_bob.post(at("action_commit", action))
    assert answer.status_code == 409 and "On ne peut plus" in answer.content.decode()
    assert "Je m’engage" not in as_bob.get(action.get_absolute_url()).content.decode()
    assert counted(action) == (0, 0)


def test_what_is_withheld_does_not_exist_but_gives_places_back(as_bob, as_alice, bob, action, visitor):
    services.commit(action, by=bob)
    action.withhold()
    for client in (visitor, as_bob):
        assert client.get(action.get_absolute_url()).status_code == 404
        assert client.get(at("action_commit", action)).status_code == 404
        assert "Planter les haies" not in client.get(action.initiative.get_absolute_url()).content.decode()
    assert "est retirée" in as_alice.get(action.get_absolute_url()).content.decode()
    assert as_alice.get(at("action_edit", action)).status_code == 404
    page = as_bob.get(reverse("my_commitments")).content.decode()
    assert "Planter" not in page and "Une action retirée" in page
    with pytest.raises(LifeRefused):
        services.commit(action, by=new_member("david"))
    assert as_bob.post(at("action_withdraw", action)).url == reverse("my_commitments")
    assert counted(action) == (0, 0)


def test_an_action_of_a_withheld_initiative_gives_places_back_without_naming_it(as_bob, bob, action):
    services.commit(action, by=bob)
    Initiative.objects.update(withheld_at=timezone.now(), title="Zorglub, premier du nom")
    page = as_bob.get(reverse("my_commitments")).content.decode()
    assert "Zorglub" not in page and "Planter" not in page
    address = reverse("action_withdraw", args=[action.initiative_id, action.pk])
    assert f'action="{address}"' in page
    assert as_bob.post(address).url == reverse("my_commitments")
    assert counted(action) == (0, 0)


def test_looking_at_the_address_that_withdraws_changes_nothing(as_bob, bob, action):
    services.commit(action, by=bob)
    assert as_bob.get(at("action_withdraw", action)).status_code == 405
    assert counted(action) == (1, 1)


def test_mes_engagements_lists_mine_alone(as_bob, bob, alice, action, initiative):
    other = new_action(initiative, title="Relire le dossier")
    services.commit(action, by=bob)
    services.commit(other, by=alice)
    page = as_bob.get(reverse("my_commitments")).content.decode()
    assert "Planter les haies" in page and "Relire le dossier" not in page


def test_only_its_team_sees_who_comes(as_alice, as_bob, visitor, bob, action):
    services.commit(action, by=new_member("zoé"))
    assert "Zoé" in as_alice.get(action.get_absolute_url()).content.decode()
    assert "@exemple.fr" not in as_alice.get(action.get_absolute_url()).content.decode().replace("alice@", "")
    for client in (as_bob, visitor):
        for address in (action.get_absolute_url(), action.initiative.get_absolute_url()):
            assert "Zoé" not in client.get(address).content.decode()


# --- Promises of the database ----------------------------------------------------------------------------------------


def test_twenty_people_and_three_places(at_once, vitre_committed):
    action = new_action(new_initiative(new_member("alice"), vitre_committed))
    people = [new_member(f"m{n}") for n in range(20)]

    def try_to_come(member) -> bool:
        try:
            return services.commit(action, by=member)
        except services.ActionFull:
            return False

    assert at_once(try_to_come, people).count(True) == 3
    assert counted(action) == (3, 3)


def test_coming_and_leaving_at_once_counts_the_rows(at_once, vitre_committed):
    action = new_action(new_initiative(new_member("alice"), vitre_committed), places=5)
    people = [new_member(f"m{n}") for n in range(12)]

    def hesitate(member) -> None:
        for verb in random.Random(member.pk).choices([services.commit, services.withdraw], k=10):
            with suppress(services.ActionFull):
                verb(action, by=member)

    at_once(hesitate, people)
    taken, rows = counted(action)
    assert taken == rows <= 5


def test_the_same_member_clicking_everywhere_at_once_takes_one_place(at_once, vitre_committed):
    action = new_action(new_initiative(new_member("alice"), vitre_committed))
    bob = new_member("bob")
    assert at_once(lambda _click: services.commit(action, by=bob), range(8)).count(True) == 1
    assert counted(action) == (1, 1)


def test_a_member_who_leaves_the_site_frees_their_places(bob, initiative, action):
    other = new_action(initiative, title="Relire le dossier")
    david = new_member("david")
    for each in (action, other):
        services.commit(each, by=bob)
        services.commit(each, by=david)
    bob.delete()
    assert counted(action) == counted(other) == (1, 1)


def test_members_who_leave_the_site_at_once_do_not_wait_for_each_other(at_once, vitre_committed):
    initiative = new_initiative(new_member("alice"), vitre_committed)
    first, second = (new_action(initiative, title=f"Planter la haie {n}", places=20) for n in range(2))
    people = [new_member(f"m{n}") for n in range(10)]
    for n, member in enumerate(people):
        for each in (first, second) if n % 2 else (second, first):
            services.commit(each, by=member)
    at_once(lambda member: member.delete(), people)
    assert counted(first) == counted(second) == (0, 0)


def test_a_hand_in_the_database_moves_the_number_too(bob, initiative, action):
    Commitment.objects.bulk_create([Commitment(action=action, member=each) for each in (bob, new_member("david"))])
    assert counted(action) == (2, 2)
    Commitment.objects.all().delete()
    assert counted(action) == (0, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.bulk_create([Commitment(action=action, member=new_member(f"m{n}")) for n in range(4)])
    Commitment.objects.create(action=action, member=bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.update(action=new_action(initiative, title="Relire le dossier"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.create(action=action, member=bob)


# --- Editing ---------------------------------------------------------------------------------------------------------


def facts(action: Action, **changes) -> dict:
    kept = {name: getattr(action, name) for name in ("places", "starts_at", "ends_at", "time_zone")}
    return kept | changes


def test_there_are_never_fewer_places_than_people(as_alice, alice, bob, action):
    services.commit(action, by=bob)
    services.commit(action, by=new_member("david"))
    with pytest.raises(services.TooFewPlaces, match="2\u00a0personnes viennent"):
        services.edit_action(action, {}, facts(action, places=1), by=alice)
    page = as_alice.post(at("action_edit", action), GIVEN | {"places": "1"}).content.decode()
    assert "gardez au moins leurs places" in page
    as_alice.post(at("action_edit", action), GIVEN | {"places": "2"})
    action.refresh_from_db()
    assert action.places == 2


def test_its_form_shows_what_it_is_and_saving_it_changes_nothing(as_alice, alice, initiative):
    start = timezone.localtime().replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=9)
    action = new_action(initiative, starts_at=start, ends_at=start + timedelta(hours=3))
    form = as_alice.get(at("action_edit", action)).context["form"]
    given = {name: form[name].value() for name in form.fields}
    given = {name: value.isoformat() if hasattr(value, "isoformat") else value or "" for name, value in given.items()}
    assert as_alice.post(at("action_edit", action), given).status_code == 302
    before, after = action, Action.objects.get()
    assert (after.starts_at, after.ends_at, after.places) == (before.starts_at, before.ends_at, before.places)
    assert after.changed_at is None


def test_those_who_come_are_told_of_another_day_once_it_is_settled(alice, bob, action):
    services.commit(action, by=bob)
    moved = timezone.now() + timedelta(days=3)
    services.edit_action(action, {}, facts(action, starts_at=moved), by=alice)
    assert tasks.tell_of_actions() == 1  # The team hears of Bob.
    assert not told("action_changed")
    Action.objects.update(changed_at=timezone.now() - services.SETTLED_AFTER)
    assert tasks.tell_of_actions() == 1
    assert tasks.tell_of_actions() == 0
    assert told("action_changed") == ["Bob"]


HIDES = [
    lambda action, on: Action.objects.update(withheld_at=on),
    lambda action, on: Initiative.objects.update(withheld_at=on),
    lambda action, on: Initiative.objects.update(frozen_at=on),
]


@pytest.mark.parametrize("hide", HIDES, ids=["action withheld", "initiative withheld", "nobody carries it"])
def test_another_day_is_told_once_what_was_hidden_meanwhile_goes_on(alice, bob, action, hide):
    services.commit(action, by=bob)
    services.edit_action(action, {}, facts(action, starts_at=timezone.now() + timedelta(days=3)), by=alice)
    hide(action, timezone.now())
    Action.objects.update(changed_at=timezone.now() - services.SETTLED_AFTER)
    assert services.tell_changes() == 0
    assert not told("action_changed")
    hide(action, None)
    assert services.tell_changes() == 1
    assert told("action_changed") == ["Bob"]


def test_another_number_of_places_is_told_to_nobody(alice, bob, action):
    services.commit(action, by=bob)
    services.edit_action(action, {"title": "Planter des haies"}, facts(action, places=9), by=alice)
    action.refresh_from_db()
    assert action.changed_at is None


def test_a_doubtful_place_is_told_once_a_moderator_read_it(alice, bob, chloe, visitor, action):
    services.commit(action, by=bob)
    services.edit_action(action, {"place": DOUBTFUL}, facts(action), by=alice)
    action.refresh_from_db()
    assert (action.place, action.changed_at) == ("", None)
    moderation.publish(Case.objects.get(), by=chloe, reason="Le numéro est celui de l’association.")
    Action.objects.update(changed_at=timezone.now() - services.SETTLED_AFTER)
    tasks.tell_of_actions()
    assert Notification.objects.get(kind="action_changed").context["place"] == DOUBTFUL


# --- Telling the team ------------------------------------------------------------------------------------------------


def test_a_team_hears_of_those_who_come_at_most_once_a_day(alice, bob, initiative, action):
    CoOrganiser.objects.create(initiative=initiative, member=new_member("dan"))
    services.commit(action, by=bob)
    assert tasks.tell_of_actions() == 1
    assert sorted(told("action_committed")) == ["Alice", "Dan"]
    services.commit(action, by=new_member("david"))
    assert tasks.tell_of_actions() == 0
    Action.objects.update(team_told_at=timezone.now() - services.TELL_EVERY)
    assert tasks.tell_of_actions() == 1
    last = Notification.objects.filter(kind="action_committed", recipient=alice).latest("pk")
    assert (last.context["new"], last.context["count"], last.context["places"]) == (1, 2, 3)


def test_nobody_is_told_of_their_own_commitment(alice, bob, action):
    services.commit(action, by=alice)
    assert tasks.tell_of_actions() == 0
    services.commit(action, by=bob)
    assert tasks.tell_of_actions() == 1
    assert told("action_committed") == ["Alice"]


def test_coming_and_leaving_tells_nobody(bob, action):
    services.commit(action, by=bob)
    services.withdraw(action, by=bob)
    assert tasks.tell_of_actions() == 0


# --- Closing ---------------------------------------------------------------------------------------------------------


def test_what_was_done_is_shown_told_and_written_in_the_account(as_alice, alice, bob, visitor, initiative, action):
    services.commit(action, by=bob)
    services.commit(action, by=alice)
    answer = as_alice.post(at("action_close", action), {"became": "done", "report": "Trente arbres sont en terre."})
    assert answer.url == action.get_absolute_url()
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    assert "Ce qui a été fait" in page and "Trente arbres sont en terre." in page
    assert "Trente arbres sont en terre." in visitor.get(action.get_absolute_url()).content.decode()
    assert told("action_done") == ["Bob"]
    assert Notification.objects.get(kind="action_done").context["report"] == "Trente arbres sont en terre."
    line = TimelineEntry.objects.get(kind="action")
    assert line.details == {"action": action.pk, "count": 2}


def test_a_done_action_says_what_was_done(as_alice, action):
    page = as_alice.post(at("action_close", action), {"became": "done", "report": ""}).content.decode()
    assert "Dites en une phrase ce qui a été fait" in page
    assert Action.objects.get().closed_at is None


def test_what_is_given_up_is_told_and_is_no_deed(as_alice, bob, visitor, initiative, action):
    services.commit(action, by=bob)
    as_alice.post(at("action_close", action), {"became": "given_up", "report": "La mairie l’a fait elle-même."})
    assert told("action_given_up") == ["Bob"]
    assert "Planter les haies" not in visitor.get(initiative.get_absolute_url()).content.decode()
    page = visitor.get(action.get_absolute_url()).content.decode()
    assert "On y a renoncé" in page and "La mairie l’a fait elle-même." in page
    assert not TimelineEntry.objects.filter(kind="action").exists()


def test_closing_twice_changes_nothing(alice, action):
    services.close(action, "Trente arbres.", done=True, by=alice)
    with pytest.raises(services.ActionClosed):
        services.close(action, "Rien du tout.", done=False, by=alice)
    action.refresh_from_db()
    assert (action.report, action.is_done) == ("Trente arbres.", True)
    assert TimelineEntry.objects.filter(kind="action").count() == 1


def test_a_doubtful_report_appears_once_it_was_read(as_alice, bob, chloe, visitor, initiative, action):
    services.commit(action, by=bob)
    as_alice.post(at("action_close", action), {"became": "done", "report": DOUBTFUL})
    action.refresh_from_db()
    assert action.is_done and action.report == ""
    assert DOUBTFUL not in str(Notification.objects.get(kind="action_done").context)
    moderation.publish(Case.objects.get(), by=chloe, reason="Le numéro est celui de l’association.")
    assert DOUBTFUL in visitor.get(action.get_absolute_url()).content.decode()


def test_a_report_may_be_said_better_afterwards(as_alice, alice, action):
    services.close(action, "Trente arbres.", done=True, by=alice)
    assert "Modifier le compte rendu" in as_alice.get(at("action_close", action)).content.decode()
    as_alice.post(at("action_close", action), {"report": "Trente et un arbres."})
    action.refresh_from_db()
    assert (action.report, action.is_done) == ("Trente et un arbres.", True)
    assert as_alice.get(at("action_edit", action)).status_code == 302


def test_a_slur_in_a_report_is_refused_and_nothing_is_closed(as_alice, action):
    page = as_alice.post(at("action_close", action), {"became": "done", "report": SLUR}).content.decode()
    assert "Motif" in page and SLUR in page
    assert Action.objects.get().closed_at is None


def test_a_withheld_deed_is_shown_nowhere_and_comes_back_as_it_was(alice, chloe, as_chloe, visitor, initiative, action):
    services.close(action, "Trente arbres.", done=True, by=alice)
    moderation.withhold(action, by=chloe, ground=next(iter(Ground)), reason="À revoir.")
    assert "Trente arbres" not in visitor.get(initiative.get_absolute_url()).content.decode()
    moderation.restore(Action.objects.get(), by=chloe, reason="Erreur de notre part.")
    assert "Trente arbres" in visitor.get(initiative.get_absolute_url()).content.decode()
    assert TimelineEntry.objects.filter(kind="action").count() == 1


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_the_page_of_an_initiative_costs_the_same_with_no_action_or_twenty(
    as_bob, bob, initiative, django_assert_num_queries, django_assert_max_num_queries
):
    as_bob.get(initiative.get_absolute_url())
    with django_assert_max_num_queries(20) as first:
        as_bob.get(initiative.get_absolute_url())
    for n in range(20):
        action = new_action(initiative, title=f"Planter la haie {n}")
        if n % 3 == 1:
            Commitment.objects.create(action=action, member=bob)
    with django_assert_num_queries(len(first)):
        page = as_bob.get(initiative.get_absolute_url()).content.decode()
    assert page.count("Planter la haie") >= 6 and page.count("Vous y participez") == 2


def test_beyond_six_the_page_stops_and_leads_to_all(visitor, alice, initiative):
    for n in range(22):
        new_action(initiative, title=f"Planter la haie {n:02}")
    done = new_action(initiative, title="Creuser les trous")
    services.close(done, "Trente trous.", done=True, by=alice)
    page = visitor.get(initiative.get_absolute_url()).content.decode()
    shown = [n for n in range(22) if f"<strong>Planter la haie {n:02}</strong>" in page]
    assert len(shown) == 6 and "Trente trous." in page
    address = reverse("initiative_actions", args=[initiative.slug])
    assert f'href="{address}"' in page
    first = visitor.get(address)
    second = visitor.get(address, {"apres": first.context["page"].next})
    assert len(first.context["page"]) == 20 and len(second.context["page"]) == 3


def test_the_soonest_comes_first_and_what_is_past_last(visitor, initiative):
    now = timezone.now()
    new_action(initiative, title="Sans date")
    new_action(initiative, title="Passée", starts_at=now - timedelta(days=2))
    new_action(initiative, title="Dans un mois", starts_at=now + timedelta(days=30))
    new_action(initiative, title="Demain", starts_at=now + timedelta(days=1))
    shown = visitor.get(initiative.get_absolute_url()).context["work"].to_do
    assert [action.title for action in shown] == ["Demain", "Dans un mois", "Sans date", "Passée"]


def test_lists_cost_the_same_for_two_or_fifteen(as_bob, as_alice, bob, initiative, query_bill):
    def come(count):
        for n in range(count):
            services.commit(new_action(initiative, title=f"Planter la haie {n}"), by=bob)

    # session, member, commitments, offers, demonstration
    query_bill(as_bob, reverse("my_commitments"), come, most=6)
    query_bill(as_bob, reverse("initiative_actions", args=[initiative.slug]), come, most=8)

    action = new_action(initiative, title="Relire le dossier", places=100)

    def fill(count):
        for _ in range(count):
            services.commit(action, by=new_member(f"m{Commitment.objects.count()}"))

    query_bill(as_alice, action.get_absolute_url(), fill, most=9)


def test_staff_read_actions_and_a_moderator_withholds_one(as_chloe, action):
    assert as_chloe.get(reverse("admin:initiatives_action_changelist")).status_code == 200
    assert as_chloe.get(reverse("admin:initiatives_action_change", args=[action.pk])).status_code == 200
    address = reverse("admin:initiatives_action_withhold", args=[action.pk])
    given = {"ground": next(iter(Ground)).value, "reason": "Ce texte ne peut pas rester."}
    assert as_chloe.post(address, given).status_code == 302
    assert Action.objects.get().withheld_at is not None


def test_a_doubtful_action_is_decided_in_the_queue(as_chloe, as_alice, initiative):
    as_alice.post(reverse("action_new", args=[initiative.slug]), GIVEN | {"description": DOUBTFUL})
    case = Case.objects.get()
    assert case.content_type == ContentType.objects.get_for_model(Action)
    address = reverse("admin:moderation_case_change", args=[case.pk])
    page = as_chloe.get(address).content.decode()
    assert "Planter les haies" in page
    seen = moderation.fingerprint(case)
    as_chloe.post(address, {"verb": "publish", "reason": "Le numéro est public.", "seen": seen})
    assert Action.objects.get().is_public
