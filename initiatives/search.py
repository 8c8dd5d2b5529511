"""Finding initiatives by words: French stems, with and without accents, then typos when nothing was found."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.postgres.search import SearchRank, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import CharField, F, Func, QuerySet, Value

from initiatives.models import Initiative, french_query

#: Ranking reads every match: only the newest are ranked.
_RANKED = 1000
#: Results that anyone will look at.
LIMIT = 200
#: Matches put in another order than that of the words: only the newest are.
_SORTED = 10_000
#: How alike a title must be to words that nothing holds, from 0 to 1 (pg_trgm), and how many are offered.
_ALIKE = 0.5
_OFFERED = 20


def search(queryset: QuerySet, words: str) -> list[Initiative]:
    """The best matches first, at most LIMIT of them, with what their cards show; else titles that look alike."""
    with planned_for_the_words():
        return list(_best(queryset, words)) or list(_alike(queryset, words))


def matches(queryset: QuerySet, words: str) -> QuerySet:
    """The newest that hold these words, to be put in any order; read inside `planned_for_the_words`."""
    # Found first: the index of an order would be walked to its end for words that nothing holds.
    newest = queryset.matching(words).order_by("-id").values("pk")[:_SORTED]
    return queryset.model.objects.filter(pk__in=newest).for_cards()


@contextmanager
def planned_for_the_words() -> Iterator[None]:
    """A search is planned anew each time.

    A plan kept for any words reads the whole table for those that are rare: seconds on 400,000 initiatives.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
            " set_config('pg_trgm.word_similarity_threshold', %s::text, true)",
            [str(_ALIKE)],
        )
        yield


def _best(queryset: QuerySet, words: str) -> QuerySet:
    newest = queryset.matching(words).order_by("-id").values("pk")[:_RANKED]
    return (
        queryset.model.objects.filter(pk__in=newest)
        .for_cards()
        .annotate(rank=SearchRank(F("search"), french_query(words)))
        .order_by("-rank", "-support_count", "-id")[:LIMIT]
    )


def _alike(queryset: QuerySet, words: str) -> QuerySet:
    """The index says which titles are alike; only so many are compared one by one, however common the letters."""
    title = Func(F("title"), function="unaccented", output_field=CharField())
    typed = Func(Value(words), function="unaccented", output_field=CharField())
    close = queryset.alias(bare=title).filter(bare__trigram_word_similar=typed).order_by().values("pk")[:_RANKED]
    return (
        queryset.model.objects.filter(pk__in=close)
        .for_cards()
        .annotate(likeness=TrigramWordSimilarity(typed, title))
        .order_by("-likeness", "-support_count", "-id")[:_OFFERED]
    )
