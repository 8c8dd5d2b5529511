"""Advertising and flooding wait for a moderator; a citizen who gives a link does not."""

import pytest

from moderation.filter import Ground, Outcome, examine, worst
from moderation.filter.writer import Writer

LAWFUL = "Nous demandons une piste cyclable entre la gare et le collège."
WITH_A_LINK = "Nous demandons une piste cyclable : le plan est sur https://velo.exemple.fr/plan"


def said(text: str, writer: Writer | None = None) -> tuple[str, str]:
    verdict = worst(examine(text, writer=writer) if writer else examine(text))
    return verdict.outcome.value, verdict.rule.removeprefix("spam.")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Voir https://a.fr/1, https://b.fr/2 et https://c.fr/3", "many_links"),
        ("Cliquez : bit.ly/abc", "shortened_link"),
        ("Venez tous voir mon nouveau site. " * 4, "repetition"),
        ("promo " * 20, "repetition"),
        ("VENEZ TOUS VITE SUR NOTRE SITE INCROYABLE www.exemple.fr", "shouted_link"),
        ("Gagnez 500 euros par jour sans travailler", "commercial"),
    ],
)
def test_what_looks_like_advertising_waits(text, rule):
    assert said(text) == ("queue", rule)
    assert worst(examine(text)).ground is Ground.SPAM


@pytest.mark.parametrize(
    "text",
    [
        WITH_A_LINK,
        "Deux liens : https://a.fr et https://b.fr, pour qui veut lire.",
        "Écrivez à contact@exemple.fr.",
        "Plus de bus ! Plus de bus ! C’est ce que tout le quartier demande depuis dix ans.",
    ],
)
def test_a_citizen_who_gives_a_link_or_insists_is_published(text):
    assert said(text)[0] == "publish"


def test_a_link_in_the_first_text_of_a_new_account_waits():
    assert said(WITH_A_LINK, Writer(is_new=True)) == ("queue", "first_link")
    assert said(LAWFUL, Writer(is_new=True))[0] == "publish"
    assert said(WITH_A_LINK, Writer(is_new=False))[0] == "publish"


def test_a_text_that_comes_after_many_others_at_once_waits():
    assert said(LAWFUL, Writer(recent=20)) == ("queue", "haste")
    assert said(LAWFUL, Writer(recent=19))[0] == "publish"


def test_what_many_accounts_wrote_waits():
    assert said(LAWFUL, Writer(alike=5)) == ("queue", "copies")
    assert said(LAWFUL, Writer(alike=4))[0] == "publish"


def test_nothing_of_the_writer_is_ever_a_reason_to_refuse():
    writer = Writer(is_new=True, recent=1_000, alike=1_000)
    assert worst(examine(WITH_A_LINK, writer=writer)).outcome is Outcome.QUEUE
