"""Who writes the same from many accounts, or much at once, is read by a moderator first; nothing of a text is kept."""

from datetime import timedelta

import pytest
from cast import new_initiative, new_member
from django.utils import timezone

from initiatives.models import Initiative
from moderation import services
from moderation.filter import Outcome
from moderation.models import Case, ReceivedText
from moderation.services import habits

pytestmark = pytest.mark.django_db

CAMPAIGN = (
    "Signez tous pour notre offre exceptionnelle de panneaux : elle ne coûte rien, elle rapporte tout de suite, et vos "
    "voisins l’ont déjà prise. Parlez-en autour de vous, dans votre rue et dans votre immeuble, avant la fin du mois."
)
LINK = "Le plan est sur https://velo.exemple.fr/plan, on peut l’imprimer."


def written(by, means: str) -> Initiative:
    return new_initiative(by, state=Initiative.State.SUBMITTED, published_at=None, title=f"De {by.pk}", means=means)


def received(by, means: str) -> Outcome:
    return services.receive(written(by, means), by=by)


def test_the_same_text_from_many_accounts_waits_for_a_moderator():
    outcomes = [received(new_member(f"compte-{number}"), CAMPAIGN) for number in range(7)]
    assert outcomes == [Outcome.PUBLISH] * 5 + [Outcome.QUEUE] * 2
    assert set(Case.objects.values_list("rule", flat=True)) == {"spam.copies"}


def test_the_same_text_said_again_by_one_account_is_not_a_campaign(alice):
    assert [received(alice, CAMPAIGN) for _ in range(8)] == [Outcome.PUBLISH] * 8


def test_what_was_said_over_thirty_days_ago_is_forgotten():
    for number in range(5):
        received(new_member(f"compte-{number}"), CAMPAIGN)
    ReceivedText.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert received(new_member("un autre"), CAMPAIGN) is Outcome.PUBLISH
    assert habits.forget_received() == 5
    assert ReceivedText.objects.count() == 1


def test_much_at_once_waits(alice):
    outcomes = [received(alice, f"Une place pour ce qui manque ici : {word}.") for word in WORDS]
    assert outcomes == [Outcome.PUBLISH] * 20 + [Outcome.QUEUE] * (len(WORDS) - 20)


WORDS = """
    vélo train tram marche lecture musique danse théâtre jardin verger potager composteur atelier cantine crèche école
    gymnase piscine stade bibliothèque cinéma
""".split()  # noqa: SIM905


def test_a_link_in_the_first_text_of_a_new_account_waits_and_stays_waiting(bob):
    first = written(bob, LINK)
    assert services.receive(first, by=bob) is Outcome.QUEUE
    assert services.receive_edit(first, {"means": f"{LINK} Merci."}, by=bob) is Outcome.QUEUE
    assert services.receive_edit(first, {"means": "Sans rien de plus."}, by=bob) is Outcome.PUBLISH
    assert received(bob, LINK) is Outcome.PUBLISH


def test_an_account_that_has_been_there_a_while_gives_links(bob):
    bob.joined_at = timezone.now() - timedelta(days=8)
    bob.save(update_fields=["joined_at"])
    assert received(bob, LINK) is Outcome.PUBLISH


def test_a_link_added_to_ones_only_text_waits_too(bob):
    mine = written(bob, "Sans lien.")
    assert services.receive(mine, by=bob) is Outcome.PUBLISH
    assert services.receive_edit(mine, {"means": LINK}, by=bob) is Outcome.QUEUE


def test_numbers_alone_are_kept_and_leave_with_their_author(bob):
    received(bob, CAMPAIGN)
    kept = ReceivedText.objects.get()
    assert all(isinstance(number, int) for number in [*kept.signature, *kept.keys])
    bob.delete()
    assert not ReceivedText.objects.exists()


def test_what_is_known_of_a_writer_costs_the_same_whatever_was_received(alice, django_assert_max_num_queries):
    mine = written(alice, CAMPAIGN)
    for number in range(30):
        habits.note_received(written(new_member(f"compte-{number}"), CAMPAIGN), by=new_member(f"autre-{number}"))
    with django_assert_max_num_queries(3):
        habits.habits_of(alice, mine, mine.texts())
