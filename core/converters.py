import re
from dataclasses import dataclass
from datetime import date

from django.utils.text import slugify


@dataclass(frozen=True)
class NumberedSlug:
    """`un-verger-pour-tous-123`: the words may change, the number never does."""

    words: str
    pk: int
    #: What nobody guesses: `un-verger-pour-tous-123.k7f3q9x2wd` reads what is not public yet.
    key: str = ""

    def __str__(self) -> str:
        number = f"{self.words}-{self.pk}" if self.words else str(self.pk)
        return f"{number}.{self.key}" if self.key else number


def numbered_slug(title: str, pk: int, key: str = "") -> NumberedSlug:
    """The address of a titled object; at most 80 characters of its title, letters and digits of it."""
    return NumberedSlug(slugify(re.sub("[’'_]", " ", title))[:80].strip("-"), pk, key)


class NumberedSlugConverter:
    """Addresses that keep working when a title changes: only the final number is looked up."""

    regex = r"(?:[a-z0-9-]+-)?[1-9][0-9]{0,17}(?:\.[a-z0-9]{10})?"

    def to_python(self, value: str) -> NumberedSlug:
        number, _, key = value.partition(".")
        words, _, number = number.rpartition("-")
        return NumberedSlug(words, int(number), key)

    def to_url(self, value: NumberedSlug | str) -> str:
        return str(value)


class DayConverter:
    """`2026-11-22`; a day that no calendar has is no address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return str(value)
