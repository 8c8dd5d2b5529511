from dataclasses import dataclass

from django.utils.text import slugify


@dataclass(frozen=True)
class NumberedSlug:
    """`un-verger-pour-tous-123`: the words may change, the number never does."""

    words: str
    pk: int

    def __str__(self) -> str:
        return f"{self.words}-{self.pk}" if self.words else str(self.pk)


def numbered_slug(title: str, pk: int) -> NumberedSlug:
    """The address of a titled object; at most 80 characters of its title."""
    return NumberedSlug(slugify(title.replace("’", " ").replace("'", " "))[:80].strip("-"), pk)


class NumberedSlugConverter:
    """Addresses that keep working when a title changes: only the final number is looked up."""

    regex = r"(?:[a-z0-9-]+-)?[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> NumberedSlug:
        words, _, number = value.rpartition("-")
        return NumberedSlug(words, int(number))

    def to_url(self, value: NumberedSlug | str) -> str:
        return str(value)
