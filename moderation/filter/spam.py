"""Finds what looks like advertising or flooding. Such a text waits for a moderator; it is never refused by machine."""

from collections import Counter
from collections.abc import Callable, Mapping

from .forms import compile_pattern
from .views import Views

Span = tuple[int, int]
Detector = Callable[[Views, Mapping[str, object], frozenset[str]], list[Span]]

_LINK = compile_pattern(
    r"(?:https?:/?/?|www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/[^ \n\"<>)\]]*)?"
    r"|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:fr|com|net|org|eu|info|io|biz|xyz|top|ru|cn|shop|online|site|club|link|click|app|me|ly|co)\b"
    r"(?:/[^ \n\"<>)\]]*)?"
)
_HOST = compile_pattern(r"^(?:https?:/?/?)?(?:www\.)?([a-z0-9.-]+)")


def links(views: Views) -> list[Span]:
    """Where the links stand in the lowered view; the domain of an e-mail address is not a link."""
    text = views.lowered.text
    spans = (match.span() for match in _LINK.finditer(text))
    return [(start, end) for start, end in spans if text[max(0, start - 1) : start] != b"@"]


def _host(link: bytes) -> str:
    return _HOST.search(link).group(1).decode().strip(".-")


def many_links(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """All the links of a text that has more than `most` of them, the same one counted each time it comes."""
    found = links(views)
    if len(found) <= int(options["most"]):
        return []
    return [views.lowered.original(*span) for span in found]


def shortened_links(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """Links that hide where they lead."""
    hosts = set(options["hosts"])
    text = views.lowered.text
    return [views.lowered.original(start, end) for start, end in links(views) if _host(text[start:end]) in hosts]


def repetition(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """A sentence or line of some length said again and again, or one word that fills the text."""
    text = views.folded.text
    times, shortest = int(options["times"]), int(options["shortest"])
    counts = Counter(sentence.strip() for sentence in text.translate(_ENDS_AS_LINES).split(b"\n"))
    repeated = {sentence for sentence, count in counts.items() if count >= times and len(sentence) >= shortest}
    if repeated:
        sentences = (match for match in _SENTENCE.finditer(text) if match.group().strip() in repeated)
        return [views.folded.original(*match.span()) for match in sentences]
    words = Counter(text.translate(_LETTERS_ONLY).split())
    long = [count for word, count in words.items() if len(word) >= 4]
    if sum(long) >= int(options["words"]) and max(long) * 2 > sum(long):
        return [(0, len(views.original))]
    return []


_ENDS_AS_LINES = bytes.maketrans(b".!?", b"\n\n\n")
_SENTENCE = compile_pattern(r"[^.!?\n]+")
_LETTERS_ONLY = bytes(sign if 97 <= sign <= 122 else 32 for sign in range(256))


def first_links(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """The links of the first text of a new account."""
    if not views.writer.is_new:
        return []
    return [views.lowered.original(*span) for span in links(views)]


def haste(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """All of a text that comes after `most` others in a few minutes."""
    return _all_of(views) if views.writer.recent >= int(options["most"]) else []


def copies(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """All of a text that `most` other accounts have nearly written already."""
    return _all_of(views) if views.writer.alike >= int(options["most"]) else []


def _all_of(views: Views) -> list[Span]:
    return [(0, len(views.original))] if views.original else []


def shouted_links(views: Views, options: Mapping[str, object], own_contacts: frozenset[str]) -> list[Span]:
    """The links of a text that is mostly in capitals."""
    found = links(views)
    if not found:
        return []
    cased, position, capitals, letters = views.cased.text, 0, 0, 0
    for start, end in [*found, (len(cased), len(cased))]:
        for sign in cased[position:start]:
            capitals += 65 <= sign <= 90
            letters += 65 <= sign <= 90 or 97 <= sign <= 122
        position = end
    if letters < int(options["letters"]) or capitals < float(options["share"]) * letters:
        return []
    return [views.lowered.original(*span) for span in found]


DETECTORS: Mapping[str, Detector] = {
    "many_links": many_links,
    "shortened_links": shortened_links,
    "repetition": repetition,
    "shouted_links": shouted_links,
    "first_links": first_links,
    "haste": haste,
    "copies": copies,
}
