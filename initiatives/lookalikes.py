"""Initiatives by their titles: like the one that somebody is about to open, since supporting one is often better than
opening another; or whose words somebody remembers. What is looked for over the whole site is in the room `search`."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

from django.contrib.postgres.search import SearchQuery
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from initiatives.models import TITLE_STEMS, Initiative
from territories.models import Commune, Department, Place, Region

#: Titles shorter than this are like too many others; more than this is no title.
SHORTEST, LONGEST = 8, 120
#: Milliseconds that looking by words, then by letters, may take: somebody is typing.
_PATIENCE, _PATIENCE_BY_LETTERS = 300, 200
#: How alike, from 0 to 1: by the stems that two titles share, or by their trigrams.
_ALIKE_BY_STEMS, _ALIKE_BY_LETTERS = 0.55, 0.45
#: The stems of a title that are looked for, the longest ones: they say most.
_STEMS = 8
#: Candidates compared one by one: the newest around the place, whatever their words; by their words, those around the
#: place first; by their letters.
_AROUND, _BY_WORDS, _BY_LETTERS = 150, 300, 100

_STEMS_OF = "SELECT tsvector_to_array(to_tsvector('french_unaccented', %s::text))"

# Each source reads one index and stops.
_NEWEST_AROUND = """
    SELECT id FROM initiatives_initiative
    WHERE state = 'published' AND withheld_at IS NULL AND {place} = %(place)s::text
    ORDER BY published_at DESC, id DESC LIMIT %(around)s::int
"""
_WITH_TWO_STEMS = """
    SELECT id FROM initiatives_initiative
    WHERE state = 'published' AND withheld_at IS NULL AND {held} @@ %(query)s::tsquery
    ORDER BY coalesce({place} = %(place)s::text, false) DESC, id DESC LIMIT %(by_words)s::int
"""
# As the index `initiative_title_stems` writes it.
_HELD = "to_tsvector('french_unaccented'::regconfig, coalesce(title, '') || ' ' || coalesce(place_label, ''))"
_BY_TRIGRAMS = """
    SELECT id FROM initiatives_initiative
    WHERE state = 'published' AND withheld_at IS NULL AND unaccented(title) %% unaccented(%(title)s::text)
    LIMIT %(by_letters)s::int
"""

# What they found is compared by its title and its place alone. Sørensen’s index of two sets of stems: twice what they
# share, over what they hold together.
_COMPARED = """
WITH typed AS (
    SELECT unaccented(%(title)s::text) AS bare, %(stems)s::text[] AS stems
), found AS (
    {found}
), candidates AS MATERIALIZED (
    SELECT id, support_count, commune_id, department_id, region_id,
        tsvector_to_array(to_tsvector('french_unaccented', title)) AS stems,
        tsvector_to_array({held}) AS all_stems,
        similarity(unaccented(title), typed.bare) AS by_letters
    FROM found JOIN initiatives_initiative USING (id), typed
    WHERE frozen_at IS NULL AND id <> %(exclude)s::bigint
), compared AS (
    SELECT candidates.*, 2.0 * (
        SELECT count(*) FROM unnest(typed.stems) AS stem WHERE stem = ANY(all_stems)
    ) / greatest(cardinality(typed.stems) + cardinality(candidates.stems), 1) AS by_stems
    FROM candidates, typed
)
SELECT id FROM compared
WHERE by_stems >= %(alike_by_stems)s::float OR by_letters >= %(alike_by_letters)s::float
ORDER BY
    CASE
        WHEN commune_id = %(commune)s::text THEN 0
        WHEN department_id = %(department)s::text THEN 1
        WHEN region_id = %(region)s::text THEN 2
        WHEN region_id IS NULL AND department_id IS NULL THEN %(country)s::int
        ELSE 4
    END,
    greatest(by_stems, by_letters) DESC, support_count DESC, id DESC
LIMIT %(limit)s::int
"""


def look_alikes(
    title: str, *, territory: Place | None, exclude: Initiative | None = None, limit: int = 3
) -> list[Initiative]:
    """Initiatives under way whose title is close to this one, the nearest to this place first, with what cards show.

    A place of None is France: what belongs to no place comes first. What takes too long to find is not offered.
    """
    title = title.replace("\x00", "").strip()[:LONGEST]
    if len(title) < SHORTEST:
        return []
    with planned_for_the_words():
        wanted = _wanted(title, territory) | {"exclude": exclude.pk if exclude else 0, "limit": limit}
        sources = [_NEWEST_AROUND, _WITH_TWO_STEMS] if territory else [_WITH_TWO_STEMS]
        found = _compared(sources, wanted, place=_column(territory), patience=_PATIENCE)
        if len(found) < limit:
            # Misspelt, perhaps: common letters are in so many titles that this is the first to be given up.
            spelt = _compared([_BY_TRIGRAMS], wanted, place="", patience=_PATIENCE_BY_LETTERS)
            found += [pk for pk in spelt if pk not in found]
    by_id = Initiative.objects.for_cards().in_bulk(found[:limit])
    return [by_id[pk] for pk in found[:limit] if pk in by_id]


def titled(queryset: QuerySet, words: str, *, limit: int) -> list[Initiative]:
    """Of these, which are all published, those whose title or place holds all these words, the newest first."""
    query = SearchQuery(words, config="french_unaccented")
    with planned_for_the_words():
        return list(queryset.alias(stems=TITLE_STEMS).filter(stems=query).order_by("-id")[:limit])


@contextmanager
def planned_for_the_words() -> Iterator[None]:
    """Planned anew each time: a plan kept for any words reads the whole table for those that are rare."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
        yield


def _compared(sources: list[str], wanted: dict, *, place: str, patience: int) -> list[int]:
    """The numbers of what is alike among what these sources find, the nearest first; none when it takes too long."""
    try:
        with _bounded(patience) as cursor:
            found = " UNION ".join(f"({source.format(place=place, held=_HELD)})" for source in sources)
            cursor.execute(_COMPARED.format(found=found, held=_HELD), wanted)
            return [pk for (pk,) in cursor.fetchall()]
    except OperationalError:
        # Given up: nothing is offered, and nobody waits.
        return []


def _wanted(title: str, territory: Place | None) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(_STEMS_OF, [title])
        stems = sorted(cursor.fetchone()[0])
    return _around(territory) | {
        "title": title,
        "stems": stems,
        "query": _two_of(stems),
        "around": _AROUND,
        "by_words": _BY_WORDS,
        "by_letters": _BY_LETTERS,
        "alike_by_stems": _ALIKE_BY_STEMS,
        "alike_by_letters": _ALIKE_BY_LETTERS,
    }


def _two_of(stems: list[str]) -> str:
    """What holds two of these stems, whichever, as PostgreSQL reads it: one alone is in too many titles."""
    quoted = ["'" + stem.replace("\\", "\\\\").replace("'", "''") + "'" for stem in stems]
    longest = sorted(quoted, key=len, reverse=True)[:_STEMS]
    if len(longest) < 2:
        return "".join(longest)
    return " | ".join(f"{one} & {other}" for one, other in combinations(longest, 2))


def _around(territory: Place | None) -> dict[str, str | int | None]:
    """The codes of the place and of what contains it, and where France stands among them."""
    commune = territory if isinstance(territory, Commune) else None
    department = commune.department if commune else territory if isinstance(territory, Department) else None
    region = department.region if department else territory
    return {
        "commune": commune.pk if commune else None,
        "department": department.pk if department else None,
        "region": region.pk if region else None,
        "place": department.pk if department else region.pk if region else None,
        "country": 3 if territory else 0,
    }


def _column(territory: Place | None) -> str:
    """What holds all that is around the place: its région, else the département of any smaller one."""
    return "region_id" if isinstance(territory, Region) else "department_id"


@contextmanager
def _bounded(patience: int) -> Iterator[CursorWrapper]:
    """A cursor whose statements are given up when they take too long; the limit goes as it came."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), show_limit()::text")
        before = cursor.fetchone()
        _set(cursor, (f"{patience}ms", str(_ALIKE_BY_LETTERS)))
        yield cursor
        _set(cursor, before)


def _set(cursor: CursorWrapper, values: tuple[str, str]) -> None:
    cursor.execute(
        "SELECT set_config('statement_timeout', %s::text, true),"
        " set_config('pg_trgm.similarity_threshold', %s::text, true)",
        values,
    )
