"""What is removed, labelled or withheld for a time; and what comes back when it is not any more: everything."""

from datetime import timedelta

import pytest
from cast import new_action, new_event, new_initiative, new_member
from django.contrib.auth.models import Group
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone
from pictures import a_photo

from core.images import read
from events.models import Event
from events.services import coming
from events.tasks import count_map
from initiatives import tasks
from initiatives.models import Contribution, Initiative, TimelineEntry
from initiatives.services import actions as acting
from initiatives.services import discussion, photos
from initiatives.services import supports as supporting
from initiatives.story import account_of
from members.models import Member
from moderation import services
from moderation.filter import Outcome
from moderation.models import Appeal, Case, Decision, Term
from moderation.services import (
    AlreadyDecided,
    Contested,
    OwnContent,
    ReasonMissing,
    SeniorNeeded,
    judging,
    notices,
    redress,
)
from notifications.models import Notification
from tests.moderation.desk import LAWFUL, TELEPHONE

pytestmark = pytest.mark.django_db

Verb = Decision.Verb
BECAUSE = {"ground": "defamation", "reason": "Rien ne le montre."}


@pytest.fixture
def senior(db) -> Member:
    senior = new_member("sami", is_staff=True)
    senior.groups.add(Group.objects.get(name="Modérateurs confirmés"))
    return senior


def text_of(client, content) -> str:
    return client.get(content.get_absolute_url(), follow=True).content.decode()


def hidden_and_back(content, chloe: Member, senior: Member) -> None:
    """Withheld, removed for good, and given back."""
    services.withhold(content, by=chloe, **BECAUSE)
    services.remove(content, by=chloe, **BECAUSE)
    services.restore(content, by=senior, reason="Une erreur.")


# --- Removed ---------------------------------------------------------------------------------------------------------


def test_what_is_removed_is_not_mended_any_more(alice, chloe, initiative):
    services.remove(initiative, by=chloe, **BECAUSE)
    assert services.receive_edit(initiative, {"means": LAWFUL}, by=alice) is Outcome.REFUSE
    initiative.refresh_from_db()
    assert initiative.means != LAWFUL
    assert initiative.removed_at and not initiative.is_public
    assert not Case.objects.exists()
    assert Notification.objects.get().kind == "content_removed"
    with pytest.raises(AlreadyDecided):
        services.remove(initiative, by=chloe, **BECAUSE)


def test_what_is_removed_is_given_back_by_a_senior_moderator_or_on_appeal_alone(
    alice, chloe, denis, senior, initiative
):
    services.remove(initiative, by=chloe, **BECAUSE)
    with pytest.raises(SeniorNeeded):
        services.restore(initiative, by=denis, reason="Non.")
    back = services.restore(initiative, by=denis, reason="Si.", source=Decision.Source.APPEAL)
    assert back.reverses.verb == "remove"
    services.remove(initiative, by=chloe, **BECAUSE)
    services.restore(initiative, by=senior, reason="Si.")
    initiative.refresh_from_db()
    assert initiative.is_public and initiative.removed_at is None


def test_whoever_removed_it_by_mistake_goes_back_on_it_at_once_and_not_later(chloe, initiative):
    services.remove(initiative, by=chloe, **BECAUSE)
    services.restore(initiative, by=chloe, reason="Le mauvais bouton.")
    services.remove(initiative, by=chloe, **BECAUSE)
    ago = timezone.now() - timedelta(minutes=11)
    Decision._base_manager.filter(pk=0).update(made_at=ago)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("moderation.services.deciding.MENDED_WITHIN", timedelta(0))
        with pytest.raises(SeniorNeeded):
            services.restore(initiative, by=chloe, reason="Trop tard.")


def test_what_is_contested_is_given_back_by_the_judge_of_the_appeal_alone(alice, chloe, denis, initiative):
    withheld = services.withhold(initiative, by=chloe, **BECAUSE)
    redress.contest(withheld, text="Si, quelque chose le montre.")
    for by in (chloe, denis):
        with pytest.raises(Contested):
            services.restore(initiative, by=by, reason="Si.")
    judging.judge(Appeal.objects.get(), by=denis, verdict="reversed", reason="Si.")
    assert Initiative.objects.get().is_public


def test_what_is_withheld_may_be_removed_and_both_are_lifted_at_once(chloe, senior, initiative):
    hidden_and_back(initiative, chloe, senior)
    assert [d.verb for d in Decision.objects.order_by("pk")] == ["withhold", "remove", "restore"]
    assert Decision.objects.latest("pk").reverses.verb == "remove"
    assert Initiative.objects.get().is_public


def test_what_is_removed_from_the_queue_is_published_once_restored(alice, chloe, senior, submitted):
    services.receive(submitted, by=alice)
    services.remove(Case.objects.get(), by=chloe, **BECAUSE)
    services.restore(Initiative.objects.get(), by=senior, reason="Une erreur.")
    assert Initiative.objects.get().is_public


# --- Labelled --------------------------------------------------------------------------------------------------------


def test_a_mention_stands_above_the_text_with_the_way_to_its_reasons(visitor, chloe, initiative):
    services.label(initiative, by=chloe, label="Un fait est contesté.", **BECAUSE)
    assert "Un fait est contesté." in text_of(visitor, initiative)
    address = reverse("label_statement", args=["initiative", initiative.pk])
    assert address in text_of(visitor, initiative)
    statement = visitor.get(address, follow=True)
    assert statement.status_code == 200
    assert "Diffamation" in statement.content.decode()
    services.restore(initiative, by=chloe, reason="Ce n’est plus contesté.")
    assert "Un fait est contesté." not in text_of(visitor, initiative)
    assert visitor.get(address).status_code == 404
    assert visitor.get(reverse("label_statement", args=["rien", initiative.pk])).status_code == 404
    kinds = list(Notification.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["content_labelled", "label_lifted"]


def test_each_sort_of_content_shows_its_mention(visitor, alice, chloe, initiative, event, vitre):
    action = new_action(initiative)
    said = Contribution.objects.create(initiative=initiative, author=alice, text="Oui.", published_at=timezone.now())
    for content in (action, said, event):
        services.label(content, by=chloe, label=f"Mention {content.pk}.", **BECAUSE)
        assert f"Mention {content.pk}." in text_of(visitor, content)


def test_a_mention_publishes_what_waited_and_accepts_an_edit(alice, bob, chloe, submitted, initiative):
    services.receive(submitted, by=alice)
    services.label(Case.objects.get(), by=chloe, label="À lire avec soin.", **BECAUSE)
    submitted.refresh_from_db()
    assert submitted.is_public and submitted.label == "À lire avec soin."
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    services.label(Case.objects.open().get(), by=chloe, label="À lire avec soin.", **BECAUSE)
    initiative.refresh_from_db()
    assert (initiative.means, initiative.label) == (TELEPHONE, "À lire avec soin.")


def test_a_mention_has_words_and_a_reader_and_is_not_ones_own(alice, chloe, initiative):
    with pytest.raises(ReasonMissing):
        services.label(initiative, by=chloe, label="  ", **BECAUSE)
    with pytest.raises(OwnContent):
        services.label(initiative, by=alice, label="Bravo.", **BECAUSE)
    services.label(initiative, by=chloe, label="Une mention.", **BECAUSE)
    with pytest.raises(AlreadyDecided):
        services.label(initiative, by=chloe, label="Une mention.", **BECAUSE)
    services.withhold(initiative, by=chloe, **BECAUSE)
    with pytest.raises(AlreadyDecided):
        services.label(initiative, by=chloe, label="Une autre.", **BECAUSE)
    # The veil alone is lifted: it comes back as it was.
    services.restore(initiative, by=chloe, reason="Si.")
    assert Initiative.objects.get().label == "Une mention."


def test_on_appeal_the_mention_goes_and_the_veil_stays(chloe, initiative):
    labelled = services.label(initiative, by=chloe, label="Une mention.", **BECAUSE)
    services.withhold(initiative, by=chloe, **BECAUSE)
    assert services.stands(labelled, initiative)
    services.restore(initiative, by=chloe, reason="Si.", source=Decision.Source.APPEAL, reverses=labelled)
    initiative.refresh_from_db()
    assert initiative.label == "" and initiative.withheld_at


# --- For a time ------------------------------------------------------------------------------------------------------


def pass_days(days: int) -> None:
    for term in Term.objects.all():
        Term.objects.filter(pk=term.pk).update(due_at=term.due_at - timedelta(days=days))


def in_days(days: int):
    return timezone.now() + timedelta(days=days)


def test_what_is_withheld_for_a_week_comes_back_by_itself_once(alice, chloe, visitor, initiative):
    services.withhold(initiative, by=chloe, until=in_days(7), **BECAUSE)
    assert services.lift_due() == 0
    assert "prend fin d’elle-même" in text_of(visitor, initiative)
    pass_days(7)
    assert [services.lift_due(), services.lift_due()] == [1, 0]
    assert Initiative.objects.get().is_public
    lifted = Decision.objects.get(verb="restore")
    assert lifted.automated and lifted.by is None and lifted.reverses.verb == "withhold"
    assert list(Notification.objects.order_by("pk").values_list("kind", flat=True)) == [
        "content_withheld",
        "content_restored",
    ]


def test_a_mention_for_a_week_goes_by_itself_under_a_veil_that_stays(chloe, initiative):
    services.label(initiative, by=chloe, label="Une mention.", until=in_days(7), **BECAUSE)
    services.withhold(initiative, by=chloe, **BECAUSE)
    pass_days(7)
    assert services.lift_due() == 1
    initiative.refresh_from_db()
    assert initiative.label == "" and initiative.withheld_at


def test_what_was_lifted_or_hardened_meanwhile_does_not_come_back_by_itself(chloe, senior, initiative, bob):
    other = new_initiative(bob)
    for content in (initiative, other):
        services.withhold(content, by=chloe, until=in_days(7), **BECAUSE)
    services.remove(initiative, by=chloe, **BECAUSE)
    services.restore(other, by=chloe, reason="Si.")
    assert not Term.objects.exists()
    assert services.lift_due() == 0


def test_what_its_author_changed_meanwhile_is_read_before_it_comes_back(alice, chloe, initiative):
    services.withhold(initiative, by=chloe, until=in_days(7), **BECAUSE)
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    pass_days(7)
    assert services.lift_due() == 0
    assert Initiative.objects.get().withheld_at
    services.publish(Case.objects.open().get(), by=chloe, reason="Lu.")
    assert Initiative.objects.get().is_public and not Term.objects.exists()


def test_a_mention_goes_at_its_end_whatever_waits_on_what_stands_below_it(alice, bob, chloe, initiative):
    services.label(initiative, by=chloe, label="Une mention.", until=in_days(7), **BECAUSE)
    notices.report(initiative, ground="insult", explanation="La voisine y est insultée.", by=bob)
    pass_days(7)
    assert services.lift_due() == 1
    initiative.refresh_from_db()
    assert initiative.label == "" and Case.objects.open().count() == 1


def test_an_edit_that_an_appeal_accepts_does_not_lengthen_what_withholds_the_text(alice, chloe, senior, initiative):
    services.receive_edit(initiative, {"means": TELEPHONE}, by=alice)
    rejected = services.reject_edit(Case.objects.get(), by=chloe, **BECAUSE)
    services.withhold(initiative, by=chloe, until=in_days(7), **BECAUSE)
    judging.judge(redress.contest(rejected, text="C’est la mairie."), by=senior, verdict="reversed", reason="Oui.")
    initiative.refresh_from_db()
    assert initiative.means == TELEPHONE and initiative.withheld_at
    pass_days(7)
    assert services.lift_due() == 1
    assert Initiative.objects.get().is_public


def test_what_was_erased_meanwhile_is_forgotten(chloe, bob, initiative):
    said = Contribution.objects.create(initiative=initiative, author=bob, text="Oui.", published_at=timezone.now())
    services.withhold(said, by=chloe, until=in_days(7), **BECAUSE)
    said.delete()
    pass_days(7)
    assert services.lift_due() == 0
    assert not Term.objects.exists()


# --- Everything comes back -------------------------------------------------------------------------------------------


def test_supports_counts_address_and_actions_come_back(alice, bob, chloe, senior, initiative, visitor):
    action = new_action(initiative)
    acting.commit(action, by=bob)
    for number in range(6):
        supporting.support(initiative, by=new_member(f"ami{number}"))
    tasks.fold_supports()
    tasks.reach_steps()
    before = Initiative.objects.values("support_count", "next_step", "steps", "published_at", "state").get()
    assert before["support_count"] == 6
    services.withhold(initiative, by=chloe, **BECAUSE)
    services.remove(initiative, by=chloe, **BECAUSE)
    gone = visitor.get(initiative.get_absolute_url())
    assert gone.status_code == 410
    assert "Cette initiative est retirée" in gone.content.decode()
    assert "Diffamation" in gone.content.decode()
    assert initiative.title not in gone.content.decode()
    assert visitor.get(reverse("action", args=[initiative.slug, action.pk])).status_code == 404
    services.restore(initiative, by=senior, reason="Une erreur.")
    tasks.fold_supports()
    assert Initiative.objects.values("support_count", "next_step", "steps", "published_at", "state").get() == before
    assert visitor.get(initiative.get_absolute_url()).status_code == 200
    assert visitor.get(reverse("action", args=[initiative.slug, action.pk])).status_code == 200
    action.refresh_from_db()
    assert action.taken == 1
    assert supporting.support(initiative, by=new_member("ami de plus"))


def test_places_of_an_event_and_the_map_come_back(alice, bob, chloe, senior, vitre, visitor):
    event = new_event(alice, vitre, capacity=2)
    coming.attend(event, by=bob)
    shown = "/evenements/carte.json?bbox=-6,42,9,51.5&zoom=6"
    count_map()
    before = visitor.get(shown).json()
    services.withhold(event, by=chloe, **BECAUSE)
    services.remove(event, by=chloe, **BECAUSE)
    count_map()
    assert visitor.get(event.get_absolute_url()).status_code == 410
    assert visitor.get(shown).json() != before
    services.restore(event, by=senior, reason="Une erreur.")
    count_map()
    assert visitor.get(shown).json() == before
    event = Event.objects.get()
    assert (event.attendee_count, event.places_left, event.removed_at) == (1, 1, None)
    assert visitor.get(event.get_absolute_url()).status_code == 200


def test_all_dates_of_a_series_are_removed_and_come_back(alice, chloe, senior, vitre):
    from events.models import Series

    series = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=60))
    dates = [
        new_event(alice, vitre, series=series, starts_at=timezone.now() + timedelta(days=7 * week))
        for week in (1, 2, 3)
    ]
    services.remove(dates[0], by=chloe, **BECAUSE)
    assert Event.objects.filter(withheld_at__isnull=False, removed_at__isnull=False).count() == 3
    services.restore(dates[0], by=senior, reason="Une erreur.")
    assert Event.objects.filter(withheld_at=None, removed_at=None).count() == 3


def test_replies_votes_and_counts_of_a_contribution_come_back(alice, bob, chloe, senior, initiative, visitor):
    said = Contribution.objects.create(initiative=initiative, author=alice, text="Oui.", published_at=timezone.now())
    discussion.vote(said, by=bob, is_useful=True)
    Contribution.objects.create(
        initiative=initiative, author=bob, parent=said, text="Réponse.", published_at=timezone.now()
    )
    hidden_and_back(said, chloe, senior)
    said.refresh_from_db()
    assert (said.useful_count, said.reply_count) == (1, 1)
    assert "Réponse." in text_of(visitor, said)


def public_files() -> set[str]:
    storage = storages["default"]
    if not storage.exists("initiatives"):
        return set()
    shelves = storage.listdir("initiatives")[0]
    return {f"{shelf}/{name}" for shelf in shelves for name in storage.listdir(f"initiatives/{shelf}")[1]}


def test_files_of_a_photo_come_back_to_where_they_were(
    alice, chloe, senior, initiative, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        photo, _outcome = photos.add(initiative, read(a_photo()), use="text", alternative="Douze voisins", by=alice)
    before = public_files()
    assert before
    with django_capture_on_commit_callbacks(execute=True):
        services.remove(photo, by=chloe, **BECAUSE)
    assert not public_files()
    with django_capture_on_commit_callbacks(execute=True):
        services.restore(photo, by=senior, reason="Une erreur.")
    assert public_files() == before


def test_an_initiative_that_joined_another_leads_there_again(alice, bob, chloe, senior, initiative, visitor):
    target = new_initiative(bob, title="Le grand verger")
    Initiative.objects.filter(pk=initiative.pk).update(state="archived", merged_into=target, ended_at=timezone.now())
    initiative.refresh_from_db()
    assert visitor.get(initiative.get_absolute_url()).url == target.get_absolute_url()
    services.withhold(target, by=chloe, **BECAUSE)
    assert visitor.get(initiative.get_absolute_url()).status_code == 200
    services.restore(target, by=chloe, reason="Si.")
    hidden_and_back(initiative, chloe, senior)
    assert visitor.get(initiative.get_absolute_url()).url == target.get_absolute_url()


# --- The trace -------------------------------------------------------------------------------------------------------


def test_what_is_withheld_leaves_a_line_with_its_ground_and_none_of_its_words(
    alice, bob, chloe, initiative, event, visitor
):
    action = new_action(initiative, title="Zorglub, premier du nom")
    said = Contribution.objects.create(
        initiative=initiative, author=bob, text="Zorglub, second.", published_at=timezone.now()
    )
    for content in (action, said, event):
        services.withhold(content, by=chloe, ground="insult", reason="Non.")
    services.restore(said, by=chloe, reason="Si.")
    text = visitor.get(reverse("initiative_history", args=[initiative.slug])).content.decode()
    for line in ("Une action retirée", "Une contribution retirée", "Un événement retiré", "Une contribution rétablie"):
        assert f"{line} par la modération." in text
    assert text.count("Motif\u202f: Injure envers une personne.") == 3
    assert "Zorglub" not in text
    assert "Bob" not in text
    assert not account_of(initiative).filter(kind=TimelineEntry.Kind.HIDDEN, ground=None).exists()


def test_a_long_discussion_that_is_moderated_does_not_hide_the_rest(alice, bob, chloe, initiative, visitor):
    services.withhold(new_action(initiative), by=chloe, **BECAUSE)
    for number in range(4):
        said = Contribution.objects.create(
            initiative=initiative, author=bob, text=f"Oui {number}.", published_at=timezone.now()
        )
        services.withhold(said, by=chloe, **BECAUSE)
    text = text_of(visitor, initiative)
    assert "Une action retirée" in text
    assert "Une contribution retirée" not in text


def test_what_nobody_had_read_leaves_no_line(alice, chloe, initiative):
    action = new_action(initiative, published_at=None, title=TELEPHONE)
    services.receive(action, by=alice)
    services.withhold(Case.objects.get(), by=chloe, **BECAUSE)
    assert not initiative.timeline.filter(kind=TimelineEntry.Kind.HIDDEN).exists()


def test_what_never_was_public_is_not_there_rather_than_withheld(alice, chloe, submitted, visitor):
    services.receive(submitted, by=alice)
    services.withhold(Case.objects.get(), by=chloe, **BECAUSE)
    assert visitor.get(reverse("initiative", args=[submitted.pk])).status_code == 404
