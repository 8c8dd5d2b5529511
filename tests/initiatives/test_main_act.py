"""Those who carry an initiative are asked one thing at a time; the rest is folded."""

import pytest
from cast import new_initiative
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.models import CoOrganiser, Initiative
from initiatives.services import life
from tests.initiatives.test_nursery import come

MINE = reverse("my_initiatives")
ACTS = {
    "preparing": ("initiative_first_five", "Réunir les cinq premiers"),
    "submitted": ("initiative_photos", "Ajouter des images en attendant"),
    "published": ("initiative_update_write", "Écrire à vos soutiens"),
    "succeeded": ("initiative_outcome", "Compléter le récit"),
    "closed": ("initiative_outcome", "Compléter le récit"),
    "archived": ("initiative_alive", "La réveiller"),
}


def in_state(state: str, author, commune) -> Initiative:
    if state == "preparing":
        return life.launch(in_state("draft", author, commune), by=author)
    is_public = state not in ("draft", "submitted")
    given = {} if is_public else {"published_at": None, "steps": [], "next_step": None}
    return new_initiative(author, commune, state=state, **given)


def text_of(client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("state", ACTS)
@pytest.mark.parametrize("who", ["alice", "bob"])
def test_each_state_asks_one_thing_and_the_page_that_is_asked_for_is_there(
    as_alice, as_bob, alice, bob, vitre, state, who
):
    initiative = in_state(state, alice, vitre)
    CoOrganiser.objects.create(initiative=initiative, member=bob)
    client = {"alice": as_alice, "bob": as_bob}[who]
    page, words = ACTS[state]
    address = reverse(page, args=[initiative.slug])
    assert f'<a class="button-second button-small" href="{address}">{words}<' in text_of(client, MINE)
    shown = text_of(client, initiative.get_absolute_url())
    bar = shown[shown.index('<section class="owner-bar"') :].partition("</section>")[0]
    assert f'<a class="button button-primary" href="{address}">{words}</a>' in bar
    assert bar.count('class="button') == 1 and bar.count(f'href="{address}"') == 1
    acts, folded = bar.split("<summary>Gérer</summary>")
    assert acts.count("<a ") == 1 and reverse("initiative_team", args=[initiative.slug]) in folded
    assert client.get(address).status_code == 200


def test_a_draft_is_resumed_from_its_page(as_alice, alice, vitre):
    draft = in_state("draft", alice, vitre)
    resume = reverse("initiative_resume", args=[draft.slug])
    assert f'<a class="button button-primary" href="{resume}">Reprendre</a>' in text_of(
        as_alice, draft.get_absolute_url()
    )


def test_among_ones_own_an_initiative_that_gathers_says_how_many_are_missing(as_alice, alice, vitre):
    nursery = in_state("preparing", alice, vitre)
    assert "plus que 5 soutiens pour qu’elle paraisse" in text_of(as_alice, MINE)
    come(nursery, 4)
    assert "plus que 1 soutien pour qu’elle paraisse" in text_of(as_alice, MINE)
    come(nursery, 1, start=4)
    tasks.fold_supports()
    text = text_of(as_alice, MINE)
    assert "plus que" not in text and "5\N{NO-BREAK SPACE}soutiens" in text


@pytest.mark.parametrize("field", ["withheld_at", "merged_into"])
def test_what_is_withheld_or_joined_another_asks_nothing(as_alice, alice, bob, vitre, field):
    initiative = in_state("archived", alice, vitre)
    value = timezone.now() if field == "withheld_at" else new_initiative(bob, vitre)
    Initiative.objects.filter(pk=initiative.pk).update(**{field: value})
    assert initiative.title in text_of(as_alice, MINE)
    assert "button-second button-small" not in text_of(as_alice, MINE)
    assert "button-primary" not in text_of(as_alice, f"{initiative.get_absolute_url()}?voir=1").partition("<h1")[0]


def test_ones_drafts_are_said_to_be_read_by_ones_team(as_alice, alice, vitre):
    in_state("draft", alice, vitre)
    assert "Personne d’autre que vous et votre équipe ne les voit." in text_of(as_alice, MINE)
