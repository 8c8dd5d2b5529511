"""The names of places as people write them: folded for comparing, and with the article that a sentence asks for."""

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})

#: What people shorten; no commune has one of these as a word of its name.
SHORT_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}

#: The article that opens a name and that people leave out: « rochelle », « haÿ », « mans ».
ARTICLES = ("l", "la", "le", "les", "aux", "las", "los")


def fold(text: str) -> str:
    """A name as it is compared and sorted: lower case, no accent, words parted by one space, « st » spelt out.

    « L’Haÿ-les-Roses » gives "l hay les roses", « St-Étienne » gives "saint etienne".
    """
    decomposed = unicodedata.normalize("NFD", text.translate(LIGATURES).lower())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    bare = re.sub(r"\bs/(?=\s?[a-z])", "sur ", bare)
    words = re.findall(r"[a-z0-9]+", bare)
    return " ".join(SHORT_WORDS.get(word, word) for word in words)


def ordinal(number: int) -> str:
    """« 1er », « 2e »."""
    return "1er" if number == 1 else f"{number}e"
