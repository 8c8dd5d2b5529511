"""The words and the stems that entries hold: counted anew each night, and added to as new entries come."""

from django.db import connection, transaction

from search.models import Word

_COUNTED = """
SELECT bare.word, (array_agg(said.word ORDER BY ndoc DESC, said.word))[1] AS shown, sum(ndoc) AS entries
FROM ts_stat($$
    SELECT to_tsvector('simple', title || ' ' || left(body, 1000) || ' ' || place_label)
    FROM search_entry WHERE {condition}
$$) said
CROSS JOIN LATERAL (SELECT unaccented(said.word) AS word) bare
WHERE bare.word ~ '^[a-z]{{2,30}}$' AND length(said.word) <= 30
GROUP BY bare.word
"""
_ADD = "INSERT INTO search_word (word, shown, entries) {counted} ORDER BY bare.word ON CONFLICT (word) DO NOTHING"
_SET = """
INSERT INTO search_word AS known (word, shown, entries)
SELECT word, shown, entries FROM counted_words ORDER BY word
ON CONFLICT (word) DO UPDATE SET entries = excluded.entries, shown = excluded.shown
WHERE (known.entries, known.shown) <> (excluded.entries, excluded.shown)
"""
_FORGET = (
    "DELETE FROM search_word known WHERE NOT EXISTS (SELECT FROM counted_words counted WHERE counted.word = known.word)"
)

# As the indexes hold them.
_COUNTED_STEMS = """
SELECT word AS stem, said.ndoc AS entries, coalesce(titles.ndoc, 0) AS titles
FROM ts_stat($$ SELECT vector FROM search_entry WHERE {condition} $$) said
LEFT JOIN ts_stat($$ SELECT heading FROM search_entry WHERE {condition} $$) titles USING (word)
WHERE length(word) <= 60
"""
_ADD_STEMS = "INSERT INTO search_stem (stem, entries, titles) {counted} ORDER BY word ON CONFLICT (stem) DO NOTHING"
_SET_STEMS = """
INSERT INTO search_stem AS known (stem, entries, titles)
SELECT stem, entries, titles FROM counted_stems ORDER BY stem
ON CONFLICT (stem) DO UPDATE SET entries = excluded.entries, titles = excluded.titles
WHERE (known.entries, known.titles) <> (excluded.entries, excluded.titles)
"""
_FORGET_STEMS = (
    "DELETE FROM search_stem known WHERE NOT EXISTS (SELECT FROM counted_stems counted WHERE counted.stem = known.stem)"
)

#: Minutes of entries that are read again each time: one run may be late.
RECENT = 60


def add_words() -> int:
    """Words of the entries written lately; how many are new."""
    lately = f"indexed_at > now() - interval '{RECENT} minutes'"
    with connection.cursor() as cursor:
        cursor.execute(_ADD_STEMS.format(counted=_COUNTED_STEMS.format(condition=lately)))
        cursor.execute(_ADD.format(counted=_COUNTED.format(condition=lately)))
        return cursor.rowcount


@transaction.atomic
def count_words() -> int:
    """Count all of them anew, and forget those that nothing holds any more; how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE counted_words AS {_COUNTED.format(condition='true')}")
        cursor.execute(_SET)
        cursor.execute(_FORGET)
        cursor.execute(f"CREATE TEMPORARY TABLE counted_stems AS {_COUNTED_STEMS.format(condition='true')}")
        cursor.execute(_SET_STEMS)
        cursor.execute(_FORGET_STEMS)
        cursor.execute("DROP TABLE counted_words, counted_stems")
        cursor.execute("SELECT count(*) FROM search_word")
        return cursor.fetchone()[0]


def most_common(count: int) -> list[str]:
    """The words that most entries hold, the commonest first."""
    return list(Word.objects.order_by("-entries", "word").values_list("word", flat=True)[:count])
