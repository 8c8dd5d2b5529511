"""What an edit changed is kept, and shown once many gave their name to the former text."""

import random
import time

import pytest
from cast import new_initiative
from django.db import IntegrityError, transaction
from django.urls import reverse

from initiatives.models import Initiative, Version
from initiatives.services import opening, versions
from initiatives.views.history import VERSIONS_SHOWN
from moderation import services as moderation
from moderation.filter import Ground, Outcome
from moderation.models import Case
from moderation.passages import changes

DOUBTFUL = "Tu es un connard, Morel, et tout le quartier le sait depuis toujours."
ADMIN = "/admin/initiatives/version/"


@pytest.fixture
def popular(initiative) -> Initiative:
    """Forty people are behind it."""
    Initiative.objects.filter(pk=initiative.pk).update(support_count=40)
    initiative.refresh_from_db()
    return initiative


def page_of(initiative: Initiative) -> str:
    return reverse("initiative_versions", args=[initiative.slug])


def edit(initiative: Initiative, **texts: str) -> Outcome:
    return opening.edit_texts(initiative, texts, by=initiative.author)


# --- Kept ------------------------------------------------------------------------------------------------------------


def test_an_edit_is_kept_with_what_was_and_what_is(popular):
    before = popular.summary
    edit(popular, summary="Planter quarante fruitiers sur la friche communale et les entretenir ensemble.")
    version = Version.objects.get()
    assert version.changes == {
        "summary": [before, "Planter quarante fruitiers sur la friche communale et les entretenir ensemble."]
    }
    assert version.support_count == 40 and version.is_shown
    told = popular.timeline.get(kind="edited").details
    assert told == {"version": version.pk, "fields": ["summary"], "is_shown": True}


def test_an_edit_that_changes_nothing_is_none_and_a_draft_has_none(popular, alice, vitre):
    edit(popular, title=popular.title)
    draft = new_initiative(alice, vitre, state="draft", published_at=None)
    edit(draft, title="Un autre verger partagé derrière la poste")
    opening.place(Initiative.objects.get(pk=draft.pk), vitre, level="region", words=["vélo"], by=alice)
    assert not Version.objects.exists()


@pytest.mark.parametrize(("count", "is_shown"), [(24, False), (25, True)])
def test_it_is_shown_from_twenty_five_supports_on(initiative, visitor, count, is_shown):
    Initiative.objects.update(support_count=count)
    edit(initiative, problem="La friche de la mairie est vide depuis dix ans.")
    assert Version.objects.get().is_shown == is_shown
    Initiative.objects.update(support_count=400)
    text = visitor.get(page_of(initiative)).content.decode()
    assert ("</del>" in text) == is_shown
    history = visitor.get(reverse("initiative_history", args=[initiative.slug])).content.decode()
    assert "Texte modifié" in history and ("Voir ce qui a changé" in history) == is_shown


def test_keywords_and_place_are_edits_too(popular, alice):
    opening.place(popular, popular.commune, level="department", words=["vélo", "arbres"], by=alice)
    fields = {name for version in Version.objects.all() for name in version.changes}
    assert fields == {"keywords", "place_label"}
    assert Version.objects.get(changes__has_key="place_label").changes["place_label"][0] == "Vitré (Ille-et-Vilaine)"


def test_an_edit_that_a_moderator_accepts_is_kept_when_it_is_accepted(popular, chloe):
    assert edit(popular, means=DOUBTFUL) is Outcome.QUEUE
    assert not Version.objects.exists()
    moderation.publish(Case.objects.open().get(), by=chloe, reason="Le numéro est public.")
    assert Version.objects.get().changes["means"][1] == DOUBTFUL


def test_an_edit_that_a_moderator_rejects_is_none(popular, chloe):
    edit(popular, means=DOUBTFUL)
    moderation.reject_edit(Case.objects.open().get(), by=chloe, ground=Ground.PRIVACY, reason="Un numéro privé.")
    assert not Version.objects.exists()


# --- Read ------------------------------------------------------------------------------------------------------------


def test_anyone_reads_the_difference_word_by_word_and_nothing_escapes(popular, visitor):
    edit(popular, problem="La <b>friche</b> de la mairie est vide depuis dix ans.")
    text = visitor.get(page_of(popular)).content.decode()
    assert "<ins>" in text and "<del>" in text and "mairie" in text
    assert "<b>friche" not in text and "&lt;" in text
    assert "(ajouté" in text and "(retiré" in text
    version = Version.objects.get()
    alone = visitor.get(reverse("initiative_version", args=[popular.slug, version.pk]))
    assert alone.status_code == 200 and "mairie" in alone.content.decode()


def test_a_withheld_initiative_hides_its_differences(popular, visitor, as_bob):
    edit(popular, problem="La friche de la mairie est vide depuis dix ans.")
    version = Version.objects.get()
    popular.withhold()
    for client in (visitor, as_bob):
        assert client.get(page_of(popular)).status_code == 404
        assert client.get(reverse("initiative_version", args=[popular.slug, version.pk])).status_code == 404


def test_what_is_mended_while_it_is_withheld_is_not_shown_once_it_is_back(popular, chloe, visitor):
    moderation.withhold(popular, by=chloe, ground=Ground.INSULT, reason="Une voisine y est insultée.")
    mended = {"problem": "La friche de la mairie est vide depuis dix ans."}
    moderation.receive_edit(Initiative.objects.get(), mended, by=popular.author)
    moderation.publish(Case.objects.open().get(), by=chloe, reason="Corrigé.")
    assert not Version.objects.get().is_shown
    assert "</del>" not in visitor.get(page_of(popular)).content.decode()


def test_another_s_version_is_not_found_here(popular, visitor, alice):
    edit(popular, problem="La friche de la mairie est vide depuis dix ans.")
    other = new_initiative(alice, title="Un banc public devant la poste")
    version = Version.objects.get()
    assert visitor.get(reverse("initiative_version", args=[other.slug, version.pk])).status_code == 404


def test_versions_go_on_by_pages_at_the_same_cost(popular, visitor, query_bill):
    def fill(number: int) -> None:
        for _each in range(number):
            edit(
                Initiative.objects.get(pk=popular.pk),
                problem=f"La friche est vide depuis {Version.objects.count()} ans.",
            )

    query_bill(visitor, page_of(popular), fill, most=4)
    first = visitor.get(page_of(popular)).context["page"]
    rest = visitor.get(page_of(popular), {"apres": first.next}).context["page"]
    assert len(first.rows) == len(rest.rows) == VERSIONS_SHOWN
    assert not {row.pk for row in first} & {row.pk for row in rest}


def test_differences_of_long_texts_are_read_at_once(popular, visitor):
    """Five edits of three whole texts of 5,000 characters: a page of a phone, computed in a moment."""
    for number in range(VERSIONS_SHOWN):
        texts = {
            name: " ".join(f"mot{(each * (number + 3)) % 211}" for each in range(800))[:5000]
            for name in ("problem", "proposal", "means")
        }
        Initiative.objects.get(pk=popular.pk).apply_edit(texts)
    began = time.perf_counter()
    answer = visitor.get(page_of(popular), headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert time.perf_counter() - began < 5
    assert len(answer.content) < 70_000


@pytest.mark.parametrize("words", ["ab", "abc", "abcde", "abcdefghij"])
def test_texts_made_to_be_hard_to_compare_cost_no_more(words):
    draw = random.Random(7)
    for number in (150, 220, 280, 350, 500, 700):
        before, after = (" ".join(draw.choices(words, k=number)) for _each in range(2))
        began = time.process_time()
        changes(before, after)
        assert time.process_time() - began < 0.6


def test_passages_keep_a_few_words_around_and_leave_out_the_rest():
    old = " ".join(f"mot{number}" for number in range(200))
    new = old.replace("mot50 ", "arbre ").replace("mot150", "haie")
    first, second = changes(old, new, around=3)
    assert (first.gone.strip(), first.come.strip()) == ("mot50", "arbre")
    assert (second.gone, second.come) == ("mot150", "haie")
    assert first.lead.startswith("[…]") and "mot49" in first.lead and "mot10" not in first.lead
    assert second.tail.endswith("[…]") and "mot151" in second.tail and "mot199" not in second.tail
    assert changes(old, old) == []


def test_words_between_two_near_changes_are_said_once():
    shown = changes("un petit verger pour tous", "un grand verger pour nous")
    said = "".join(change.lead + change.come + change.tail for change in shown)
    assert said == "un grand verger pour nous"
    assert "".join(change.lead + change.gone + change.tail for change in shown) == "un petit verger pour tous"


# --- Hidden ----------------------------------------------------------------------------------------------------------


def test_a_moderator_hides_a_difference_and_says_why(popular, as_chloe, visitor):
    edit(popular, problem="La friche de la mairie est vide depuis dix ans.")
    version = Version.objects.get()
    assert "mairie" in as_chloe.get(f"{ADMIN}{version.pk}/change/").content.decode()
    assert "obligatoire" in as_chloe.post(f"{ADMIN}{version.pk}/masquer/", {"reason": ""}).content.decode()
    answer = as_chloe.post(f"{ADMIN}{version.pk}/masquer/", {"reason": "Une adresse privée y figurait."})
    assert answer.status_code == 302
    text = visitor.get(page_of(popular)).content.decode()
    assert "</ins>" not in text and "Une adresse privée y figurait." in text
    assert not versions.hide(version, reason="Encore.")
    assert Version.objects.get().hidden_reason == "Une adresse privée y figurait."


def test_a_withdrawal_hides_what_led_to_it_in_every_difference_until_a_moderator_shows_one(
    popular, chloe, as_chloe, as_bob, visitor
):
    insulting = popular.problem + " Mon voisin Régis Malvaut est un escroc."
    Initiative.objects.get(pk=popular.pk).apply_edit({"problem": insulting})
    edit(popular, means="Quarante plants, une pompe, dix bénévoles.")
    shown, meant = Version.objects.order_by("-pk")
    assert "Malvaut" in visitor.get(page_of(popular)).content.decode()
    moderation.withhold(Initiative.objects.get(), by=chloe, ground=Ground.INSULT, reason="Un voisin y est insulté.")
    moderation.receive_edit(Initiative.objects.get(), {"problem": popular.problem}, by=popular.author)
    moderation.publish(Case.objects.open().get(), by=chloe, reason="Corrigé.")
    addresses = [
        page_of(popular),
        reverse("initiative_version", args=[popular.slug, meant.pk]),
        reverse("initiative_history", args=[popular.slug]),
        popular.get_absolute_url(),
    ]
    for address in addresses:
        assert "Malvaut" not in visitor.get(address).content.decode()
    assert "l’initiative a été retirée depuis" in visitor.get(page_of(popular)).content.decode()
    for client in (visitor, as_bob):
        client.post(f"{ADMIN}{shown.pk}/montrer/")
    assert not Version.objects.filter(is_shown=True).exists()
    assert "pompe" in as_chloe.get(f"{ADMIN}{shown.pk}/montrer/").content.decode()
    assert not Version.objects.filter(is_shown=True).exists()
    assert as_chloe.post(f"{ADMIN}{shown.pk}/montrer/").status_code == 302
    text = visitor.get(page_of(popular)).content.decode()
    assert "pompe" in text and "Malvaut" not in text
    assert not versions.show(shown)


def test_only_moderators_hide(popular, as_alice, as_bob, visitor):
    edit(popular, problem="La friche de la mairie est vide depuis dix ans.")
    version = Version.objects.get()
    for client in (as_alice, as_bob, visitor):
        client.post(f"{ADMIN}{version.pk}/masquer/", {"reason": "Non."})
    assert Version.objects.get().is_shown


def test_the_database_refuses_to_hide_without_a_reason(popular):
    edit(popular, problem="La friche de la mairie est vide depuis dix ans.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.update(is_shown=False, hidden_at="2026-11-22T10:00:00+00:00")
