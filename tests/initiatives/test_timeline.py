"""The public account: all that happened, written once, read by everyone, naming no supporter."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from cast import new_action, new_event, new_initiative, new_member
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from events.tasks import announce_events
from initiatives import tasks
from initiatives.models import Initiative, Milestone, Support, SupportReview, TimelineEntry
from initiatives.services import life, opening, reviewing, supports
from initiatives.story import account_of, story_of
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Case
from territories.models import Commune

Kind = TimelineEntry.Kind
numbers = count()
#: Lines that always say how many.
COUNTED = (Kind.STEP, Kind.ANSWERED, Kind.SUPPORTS_REMOVED, Kind.SUPPORTS_COUNTED)


def history_of(initiative: Initiative, client: Client | None = None, **query) -> str:
    address = reverse("initiative_history", args=[initiative.slug])
    return (client or Client()).get(address, query).content.decode()


def kinds_of(initiative: Initiative) -> list[str]:
    return list(initiative.timeline.order_by("happened_at", "id").values_list("kind", flat=True))


def gather(initiative: Initiative, number: int) -> None:
    for _each in range(number):
        supports.support(initiative, by=new_member(f"ami{next(numbers)}"))
    tasks.fold_supports()
    # Five make it public, then the next steps are reached.
    tasks.reach_steps()
    tasks.reach_steps()
    initiative.refresh_from_db()


# --- Written ---------------------------------------------------------------------------------------------------------


def test_from_its_opening_to_its_steps_each_thing_is_written_once(alice, vitre, chloe):
    draft = opening.open_draft(
        by=alice, kind="local_project", title="Un verger derrière la gare", summary="Planter trente fruitiers ensemble."
    )
    opening.edit_texts(draft, {"problem": "La friche est vide.", "proposal": "Y planter des pommiers."}, by=alice)
    opening.place(Initiative.objects.get(), vitre, level="commune", words=["arbres"], by=alice)
    initiative = life.launch(Initiative.objects.get(), by=alice)
    gather(initiative, 25)
    assert kinds_of(initiative) == ["opened", "launched", "submitted", "published", "step"]
    text = history_of(initiative)
    for said in ("Ouverte.", "Envoyée à de premiers soutiens", "Publiée.", "Palier de 25 soutiens atteint."):
        assert said in text
    assert "ami" not in text.replace("amie", "")


def test_it_says_how_long_it_waited_for_a_moderator(alice, vitre, chloe):
    submitted_at = timezone.now() - timedelta(hours=3)
    waited = new_initiative(
        alice,
        vitre,
        state="submitted",
        published_at=None,
        submitted_at=submitted_at,
        nursery_key="k7f3q9x2wd",
        means="Appelez Mme Morel au 06 39 98 12 34.",
        steps=[],
    )
    moderation.receive(waited, by=alice)
    moderation.publish(Case.objects.open().get(), by=chloe, reason="Rien à redire.")
    assert "Publiée, après 3\u00a0heures d’attente d’un modérateur." in history_of(waited)


def test_what_moderators_do_is_said_with_its_ground(initiative, chloe, as_alice):
    moderation.withhold(initiative, by=chloe, ground=Ground.INSULT, reason="Une <voisine> y est insultée.")
    moderation.restore(Initiative.objects.get(), by=chloe, reason="Corrigé.")
    moderation.withhold(Initiative.objects.get(), by=chloe, ground=Ground.SPAM, reason="De la publicité.")
    moderation.restore(Initiative.objects.get(), by=chloe, reason="Corrigé.")
    assert kinds_of(initiative) == ["withheld", "restored", "withheld", "restored"]
    text = history_of(initiative)
    assert Ground.INSULT.label in text and Ground.SPAM.label in text
    assert text.count("Rétablie par un modérateur") == 2
    assert "Chloé" not in text and "voisine" not in text


def test_supports_put_aside_and_counted_again_are_said_with_the_reason(initiative, chloe):
    for number in range(4):
        Support.objects.create(
            initiative=initiative, member=new_member(f"robot{number}"), domain="robots.fr", confirmed_at=timezone.now()
        )
    condition = reviewing.Condition(domain="robots.fr")
    made = reviewing.review(initiative, SupportReview.Act.REMOVE, condition, reason="un même automate.", by=chloe)
    assert "4\u202fsoutiens" in history_of(initiative).replace("4 soutiens", "4\u202fsoutiens")
    assert "écartés après examen" in history_of(initiative) and "Un même automate." in history_of(initiative)
    reviewing.undo_review(made, by=chloe)
    reviewing.undo_review(made, by=chloe)
    assert kinds_of(initiative) == ["supports_removed", "supports_counted"]
    assert "Un examen est annulé" in history_of(initiative)
    assert "robots.fr" not in history_of(initiative)


def test_an_event_is_said_once_it_is_announced_without_its_words(initiative, alice, vitre, visitor):
    event = new_event(alice, vitre, initiative=initiative, title="Réunion au 12 rue privée")
    assert announce_events() == 1
    assert announce_events() == 0
    [entry] = initiative.timeline.all()
    told = {"event": event.pk, "starts_at": event.starts_at.isoformat(), "time_zone": "Europe/Paris"}
    assert (entry.kind, entry.details) == (Kind.EVENT, told)
    text = history_of(initiative)
    assert "Un événement est annoncé pour le" in text and "rue privée" not in text
    link = reverse("event", args=[event.pk])
    assert link in text and visitor.get(link, follow=True).status_code == 200


def test_an_event_overseas_is_said_at_the_clocks_of_its_place(initiative, alice, visitor):
    noumea = Commune.objects.get(code="98818")
    starts_at = datetime(timezone.now().year + 1, 6, 5, 7, 30, tzinfo=UTC)
    new_event(alice, noumea, initiative=initiative, starts_at=starts_at, time_zone="Pacific/Noumea")
    announce_events()
    for page in (history_of(initiative), visitor.get(initiative.get_absolute_url()).content.decode()):
        assert "18\u202fh\u202f30 (heure de Nouméa)" in page.replace("\xa0", "\u202f")
    # What was written before its zone was kept is read at the clocks of the mainland.
    old = TimelineEntry(kind=Kind.EVENT, details={"starts_at": starts_at.isoformat()})
    assert "9" in old.starts and "heure de" not in old.starts


def test_an_event_without_an_initiative_is_said_nowhere(alice, vitre):
    new_event(alice, vitre)
    announce_events()
    assert not TimelineEntry.objects.exists() and Event.objects.exclude(announced_at=None).exists()


def test_an_update_is_said_by_its_title_as_long_as_anyone_may_read_it(initiative, chloe):
    update = initiative.updates.create(author=initiative.author, title="Le terrain est prêté", text="Enfin.")
    update.publish()
    update.publish()
    assert kinds_of(initiative) == ["update"]
    assert "Le terrain est prêté" in history_of(initiative)
    assert story_of(initiative).lines[0].update_title == "Le terrain est prêté"
    moderation.withhold(update, by=chloe, ground=Ground.INSULT, reason="À revoir.")
    assert "Le terrain est prêté" not in history_of(initiative)
    assert story_of(initiative).lines[0].update_title is None


def test_an_action_is_said_by_its_title_as_long_as_anyone_may_read_it(initiative):
    action = new_action(initiative, title="Désherber la friche")
    life.record(initiative, Kind.ACTION, action=action.pk, count=3)
    assert "Désherber la friche" in history_of(initiative) and "ont pris part" in history_of(initiative)
    action.withhold()
    text = history_of(initiative)
    assert "Désherber la friche" not in text and "Une action est menée." in text


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_sentence(initiative, kind):
    details = {"count": 12, "promise": "Nous répondrons.", "reason": "Un automate.", "fields": ["title", "place_label"]}
    entry = life.record(initiative, kind, **details)
    [found] = account_of(initiative)
    said = render_to_string(entry.template, {"entry": found, "initiative": initiative}).strip()
    assert len(said) > 5 and (said[0].isupper() or said[0].isdigit()) and "None" not in said
    # Older lines hold less.
    bare = TimelineEntry(initiative=initiative, kind=kind, details={"count": 1} if kind in COUNTED else {})
    assert render_to_string(entry.template, {"entry": bare, "initiative": initiative}).strip()


# --- Written once ----------------------------------------------------------------------------------------------------


def test_the_database_refuses_to_change_a_line(initiative):
    life.record(initiative, Kind.WOKEN)
    for change in ({"kind": Kind.SUCCEEDED}, {"happened_at": timezone.now()}, {"details": {"count": 9}}):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            initiative.timeline.update(**change)


def test_the_database_refuses_to_erase_a_line_of_an_initiative_that_is_there(committed_db):
    initiative = new_initiative(new_member("alice"))
    line = life.record(initiative, Kind.WITHHELD)
    with pytest.raises(IntegrityError, match="not erased"):
        line.delete()
    assert initiative.timeline.exists()


def test_what_is_erased_takes_its_account_along(committed_db, vitre_committed):
    alice = new_member("alice")
    draft = opening.open_draft(by=alice, kind="local_project", title="Un verger derrière la gare")
    assert opening.discard_draft(draft, by=alice)
    assert not TimelineEntry.objects.exists()


# --- Read ------------------------------------------------------------------------------------------------------------


def test_it_is_read_by_everyone_page_by_page_at_the_same_cost(initiative, visitor, query_bill):
    def fill(number: int) -> None:
        start = initiative.timeline.count()
        for each in range(number):
            when = timezone.now() - timedelta(days=each)
            initiative.timeline.create(kind=Kind.STEP, happened_at=when, details={"count": start + each})

    query_bill(visitor, reverse("initiative_history", args=[initiative.slug]), fill, most=4)
    fill(30)
    first = visitor.get(reverse("initiative_history", args=[initiative.slug])).context["page"]
    assert len(first) == 20 and first.next
    assert len(
        visitor.get(reverse("initiative_history", args=[initiative.slug]), {"apres": first.next}).context["page"]
    )


def test_the_page_shows_its_last_three_lines(initiative, visitor):
    for threshold in (10, 20, 30, 40):
        life.record(initiative, Kind.STEP, count=threshold)
    text = visitor.get(initiative.get_absolute_url()).content.decode()
    assert text.count("Palier de") == 3 and "Palier de 10 soutiens" not in text
    assert reverse("initiative_history", args=[initiative.slug]) in text


def test_its_life_costs_the_page_one_query_whatever_its_length(initiative, django_assert_num_queries):
    for number in range(2, 60):
        life.record(initiative, Kind.STEP, count=number)
        Milestone.objects.create(initiative=initiative, threshold=number, promise="Nous répondrons.", days=3)
        initiative.updates.create(
            author=initiative.author,
            title="Du nouveau",
            text="Enfin.",
            day=timezone.localdate() - timedelta(days=number),
        )
    with django_assert_num_queries(1):
        found = story_of(initiative)
        assert (len(found.milestones), len(found.lines), found.next.threshold) == (58, 3, 2)


def test_who_may_not_read_it_does_not_read_its_account(alice, vitre, visitor, as_bob, as_alice):
    draft = new_initiative(alice, vitre, state="preparing", published_at=None, nursery_key="k7f3q9x2wd")
    life.record(draft, Kind.LAUNCHED)
    assert "Envoyée à de premiers soutiens" in history_of(draft)
    for client in (visitor, as_bob):
        assert client.get(f"/initiatives/verger-{draft.pk}/histoire/").status_code == 404
        assert client.get(f"/initiatives/verger-{draft.pk}.aaaaaaaaaa/histoire/").status_code == 404
    published = new_initiative(alice, vitre)
    published.withhold()
    assert visitor.get(reverse("initiative_history", args=[published.slug])).status_code == 404
    assert "Retirée par un modérateur." in history_of(published, as_alice)
