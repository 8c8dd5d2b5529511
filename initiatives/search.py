"""Finding initiatives by words: French stems, with and without accents, then typos when nothing was found."""

from django.contrib.postgres.search import SearchRank, TrigramWordSimilarity
from django.db.models import F, Func, QuerySet, Value

from initiatives.models import french_query

#: Ranking reads every match: only the newest are ranked.
_RANKED = 1000
#: Results that anyone will look at.
LIMIT = 200


def search(queryset: QuerySet, words: str) -> QuerySet:
    """The best matches first, at most LIMIT of them."""
    query = french_query(words)
    newest = queryset.matching(words).order_by("-id").values("pk")[:_RANKED]
    found = (
        queryset.model.objects.filter(pk__in=newest)
        .annotate(rank=SearchRank(F("search"), query))
        .order_by("-rank", "-support_count", "-id")
    )
    return found[:LIMIT] if found.exists() else _alike(queryset, words)


def _alike(queryset: QuerySet, words: str) -> QuerySet:
    title = Func(F("title"), function="unaccented")
    return (
        queryset.annotate(likeness=TrigramWordSimilarity(Func(Value(words), function="unaccented"), title))
        .filter(likeness__gte=0.5)
        .order_by("-likeness", "-support_count", "-id")[:20]
    )
