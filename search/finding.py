"""Finding by words, and where, in `search_entry`.

What was typed is taken apart in Python (`search.typed`), each of its words is read and weighed by PostgreSQL in one
statement, and the few hundred entries that deserve it are scored in another (`search.ranking` holds the formula). No
statement ever scores, sorts or counts more than so many rows, however common the words.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from search import ranking
from search.typed import SHORTEST_BEGINNING, Typed
from search.where import Where, named
from territories.models import Place

#: Entries that are scored, of each source; results that anyone will look at; entries among which sorts are counted.
SCORED, SHOWN, COUNTED = 120, 100, 300
#: Of words that more entries hold, the newest that do are read: about so many of each source, and so many times more
#: as long as that leaves too few to score.
READ, FURTHER = 500, 10
#: What more entries hold is not looked for by its beginning in all texts: the index reads them all to say so.
_MANY = 5000
#: With fewer results than these, entries that hold some of the words follow.
_FEW = 10
#: How many messages of one discussion; of the dates of a series, one.
_OF_A_DISCUSSION = 2
#: Letters from which a beginning is looked for in all texts.
_LONG_BEGINNING = 5
#: Of many words, those that are looked for one by one.
_RAREST = 4
#: Words of questions, which PostgreSQL keeps: they say nothing as long as others do.
_IDLE = frozenset(
    """
    alors ca cela chez combien comment connaitre existe faire fait faut moi on ou pourquoi peut pres quand que quel
    quelle quelles quels quoi savoir sont trouver veux voudrais
    """.split()  # noqa: SIM905 (read more easily than a list of strings)
)
#: The likeness (pg_trgm) from which a known word may be what was meant, and how many are weighed.
_ALIKE, _WEIGHED = 0.25, 40
#: Letters of a word in which two may be wrong; in a shorter one, a single one.
_LONG = 9
#: Words so long also answer to others of their family, which share all but so many last letters: « débroussailleur ».
_FAMILY, _ENDING = 8, 3
#: Verbs of PostgreSQL's list of empty words that are nouns first.
_NOUNS = {"avions": "avion", "sommes": "somme"}

# Each word: its stems, how many entries hold one like it; where none is known, whether the index holds it all the same.
_WORDS = """
SELECT typed.word, stems.query::text, coalesce(known.entries, 0), coalesce(known.titles, 0), folded.word,
    CASE WHEN known.entries IS NULL AND numnode(stems.query) > 0
        THEN NOT EXISTS (SELECT FROM search_entry WHERE vector @@ stems.query) ELSE false END,
    (SELECT reltuples FROM pg_class WHERE oid = 'search_entry'::regclass),
    coalesce(begun.entries, 0), coalesce(begun.titles, 0)
FROM unnest(%(words)s::text[]) WITH ORDINALITY AS typed (word, place)
CROSS JOIN LATERAL (SELECT unaccented(typed.word) AS word) folded
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN length(folded.word) >= {family} THEN left(folded.word, -{ending})
        WHEN typed.place = %(open)s::bigint AND length(folded.word) >= {shortest} THEN folded.word
    END AS start
) looser
CROSS JOIN LATERAL (
    SELECT plainto_tsquery('french', typed.word) || plainto_tsquery('french_unaccented', typed.word) AS query
) stems
CROSS JOIN LATERAL (
    SELECT max(entries) AS entries, max(titles) AS titles FROM search_stem
    WHERE stem = ANY (
        tsvector_to_array(to_tsvector('french', typed.word) || to_tsvector('french_unaccented', typed.word)))
) known
CROSS JOIN LATERAL (
    SELECT sum(entries)::bigint AS entries, sum(titles)::bigint AS titles FROM search_stem
    WHERE stem ~>=~ looser.start AND stem ~<~ (looser.start || '~')
) begun
ORDER BY typed.place
"""

_PHRASES = """
SELECT phraseto_tsquery('french_unaccented', phrase)::text
FROM unnest(%(phrases)s::text[]) WITH ORDINALITY AS typed (phrase, place) ORDER BY place
"""

_BEGINS = "SELECT EXISTS (SELECT FROM search_entry WHERE vector @@ %s::tsquery)"

# Words of the site, and names of places, that look like each of these; what many hold is likelier.
_LIKE = """
SELECT typed.word, known.word, known.shown, similarity(known.word, typed.word) + 0.04 * ln(1 + known.entries)
FROM unnest(%(words)s::text[]) AS typed (word)
CROSS JOIN LATERAL (
    (SELECT word, shown, entries FROM search_word WHERE word %% typed.word
    ORDER BY similarity(word, typed.word) DESC, word LIMIT %(weighed)s::int)
    UNION ALL
    (SELECT sort_name, name, (population / 5000)::integer FROM territories_commune
    WHERE sort_name %% typed.word AND ended_on IS NULL AND population > 10000
    ORDER BY similarity(sort_name, typed.word) DESC, sort_name LIMIT %(weighed)s::int)
) known (word, shown, entries)
WHERE known.word <> typed.word AND abs(length(known.word) - length(typed.word)) < 3
ORDER BY 1, 2
"""

# Of those, what may be said: nothing that was withheld since words were counted. Names of places are everybody's.
_STILL_HELD = """
SELECT word FROM unnest(%s::text[]) AS meant (word)
CROSS JOIN LATERAL plainto_tsquery('french_unaccented', word) AS query
WHERE numnode(query) = 0 OR EXISTS (SELECT FROM search_entry WHERE vector @@ query)
    OR EXISTS (SELECT FROM territories_commune WHERE sort_name = word AND ended_on IS NULL)
"""

# As each room says what anyone may read, asked of all that is shown, by the statement that reads it (`_EXTRACTS`): the
# index is in the same transaction, but two transactions may cross.
READABLE = """
    CASE e.kind
    WHEN 'initiative' THEN EXISTS (
        SELECT FROM initiatives_initiative read
        WHERE read.id = e.object_id AND read.published_at IS NOT NULL AND read.withheld_at IS NULL)
    WHEN 'event' THEN EXISTS (
        SELECT FROM events_event read
        WHERE read.id = e.object_id AND read.published_at IS NOT NULL AND read.withheld_at IS NULL)
    ELSE EXISTS (
        SELECT FROM initiatives_contribution read JOIN initiatives_initiative around ON around.id = read.initiative_id
        WHERE read.id = e.object_id AND read.published_at IS NOT NULL AND read.withheld_at IS NULL
            AND read.erased_at IS NULL AND around.published_at IS NOT NULL AND around.withheld_at IS NULL)
    END
"""

# The liveliest of what answers: they are few, or they are all alike.
_SOURCE = """
(SELECT id FROM search_entry WHERE {condition}
ORDER BY coalesce(ends_at < now(), false), warmth DESC, id DESC LIMIT {limit})
"""
_SCORED = """
WITH found AS MATERIALIZED ({sources}), scored AS MATERIALIZED (
    SELECT e.id, e.kind,
        coalesce(CASE e.kind WHEN 'discussion' THEN e.initiative_id ELSE e.series_id END, -e.id) AS one,
        {words} * {nearness} * {liveliness} AS score
    FROM found JOIN search_entry e USING (id) CROSS JOIN LATERAL ({read_once}) said
    WHERE {phrases}
), in_turn AS (
    SELECT id, score, kind, row_number() OVER (PARTITION BY kind, one ORDER BY score DESC, id DESC) AS turn FROM scored
)
SELECT (SELECT count(*) FROM found), ARRAY(
    SELECT id FROM in_turn WHERE turn <= CASE kind WHEN 'discussion' THEN {of_a_discussion} ELSE 1 END
    ORDER BY score DESC, id DESC LIMIT {shown}
)
"""
# Read once for all that is asked of them: the words of the title as they are written, each after a space (a regular
# expression takes four times longer), and the vector, which each function would take out of its compression again.
_READ_ONCE = """
SELECT ' ' || translate(unaccented(e.title), '-''"(</', '      ') AS title, e.vector || ''::tsvector AS vector OFFSET 0
"""

# One that misses a single mark still counts under the other choices of that mark's group.
_MARKS = """
WITH base AS MATERIALIZED (
    SELECT kind, marks || CASE
            WHEN kind <> 'event' THEN ARRAY[]::text[]
            WHEN ends_at < now() THEN ARRAY['when:passes']
            WHEN starts_at < now() + interval '7 days' THEN ARRAY['when:a-venir', 'when:semaine', 'when:mois']
            WHEN starts_at < now() + interval '31 days' THEN ARRAY['when:a-venir', 'when:mois']
            ELSE ARRAY['when:a-venir']
        END AS marks
    FROM search_entry WHERE {condition} LIMIT {counted} + 1
), counted AS (
    SELECT marks, ARRAY(SELECT wanted FROM unnest(%(chosen)s::text[]) wanted WHERE wanted <> ALL (marks)) AS missing
    FROM base
)
SELECT mark, count(*), (SELECT count(*) FROM base)
FROM counted, unnest(marks) AS mark
WHERE (cardinality(missing) = 0
    OR (cardinality(missing) = 1 AND split_part(missing[1], ':', 1) = split_part(mark, ':', 1)))
    AND split_part(mark, ':', 1) IN ('kind', 'theme', 'state', 'when')
GROUP BY mark
"""
_WHEN = {
    "a-venir": "ends_at >= now()",
    "semaine": "ends_at >= now() AND starts_at < now() + interval '7 days'",
    "mois": "ends_at >= now() AND starts_at < now() + interval '31 days'",
    "passes": "ends_at < now()",
}

# Two letters that no text holds: what is between them is marked, once the rest is escaped.
OPENS, CLOSES = "\ue000", "\ue001"
_EXTRACTS = f"""
SELECT e.id, e.kind, e.object_id, e.initiative_id, e.sort, e.state, e.place_label, e.latitude, e.longitude,
    e.time_zone, e.published_at, e.starts_at, e.ends_at, e.marks && %(within)s::text[], e.title,
    ts_headline('french_unaccented', translate(e.title, '{OPENS}{CLOSES}', ''), %(query)s::tsquery,
        'HighlightAll=true, StartSel={OPENS}, StopSel={CLOSES}'),
    ts_headline('french_unaccented', translate(left(e.body, 3000), '{OPENS}{CLOSES}', ''), %(query)s::tsquery,
        'MaxFragments=2, MaxWords=22, MinWords=10, FragmentDelimiter=" … ", StartSel={OPENS}, StopSel={CLOSES}')
FROM unnest(%(numbers)s::bigint[]) WITH ORDINALITY AS shown (id, place) JOIN search_entry e USING (id)
WHERE {READABLE}
ORDER BY shown.place
"""  # noqa: S608 (made of constants)


@contextmanager
def planned_anew() -> Iterator[CursorWrapper]:
    """Each search has its own plan, by how common its words are; compiling it would take longer than running it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),"
            # A word that nothing holds is looked for in the index, not in the whole table for a first row of it.
            " set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),"
            " set_config('pg_trgm.similarity_threshold', %s::text, true)",
            [str(_ALIKE)],
        )
        yield cursor


@dataclass(frozen=True)
class Word:
    """One word as PostgreSQL reads it: its stems as a query (empty for « le », « de »), how many entries hold it."""

    text: str
    query: str
    entries: int
    folded: str
    is_unknown: bool
    worth: float = 1.0
    #: The query of words that look like it from the beginning, which count less.
    loose: str = ""
    #: Of all entries, how many hold it, and how many at most hold one that begins so, from 0 to 1; the same of titles.
    share: float = 0.0
    loose_share: float = 0.0
    title_share: float = 0.0
    loose_title_share: float = 0.0

    @property
    def either(self) -> str:
        return _any([self.query, self.loose])

    def looked_for(self, column: str, last: int, *, is_exact: bool = False) -> tuple[str, float]:
        """Its query in this column of `last` entries, and how many of all hold it, at most."""
        if column == "heading":
            return self.either, max(self.title_share, self.loose_title_share if self.loose else 0)
        if is_exact or self.begins_many(last):
            return self.query, self.share
        return self.either, max(self.share, self.loose_share if self.loose else 0)

    def begins_many(self, last: int) -> bool:
        return bool(self.loose) and self.loose_share * last > _MANY


@dataclass(frozen=True)
class Asked:
    """What is looked for. `is_literal` takes every word as it is: no place is read in them, none is corrected."""

    text: str
    kind: str = ""
    theme: str = ""
    state: str = ""
    when: str = ""
    place: Place | None = None
    is_literal: bool = False

    @property
    def chosen(self) -> list[str]:
        """The marks of all that was chosen."""
        groups = {"kind": self.kind, "theme": self.theme, "state": self.state, "when": self.when}
        return [f"{group}:{value}" for group, value in groups.items() if value]


@dataclass
class Found:
    """What was found: numbers of entries, the best first; where, and what was understood of the words."""

    numbers: list[int]
    where: Where | None
    words: list[Word] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    #: What was meant, where nothing holds what was typed: « piscine vitré »; else empty.
    corrected: str = ""
    #: Whether some of the results hold only some of the words.
    is_wider: bool = False
    #: What the words are but for the place's name.
    rest: str = ""
    #: Whether what is elsewhere is among the results.
    is_everywhere: bool = False
    #: The number of the last entry.
    last: int = 0
    #: Whether titles alone are read, for a beginning or words that are too common: no more is counted than is shown.
    is_brief: bool = False
    #: The query of all the words, and how many of all entries answer, about.
    whole: str = ""
    share: float = 1.0
    _conditions: "_Conditions | None" = None

    @property
    def query(self) -> str:
        """What is highlighted."""
        return _any([*(word.either for word in self.words), *self.phrases])


@dataclass(frozen=True)
class _Conditions:
    """What every source asks, apart from its words."""

    asked: Asked
    where: Where | None
    left_out: str

    def of(
        self, query: str, *, column: str = "vector", only: list[str] | None = None, ages: list[int] | None = None
    ) -> tuple[str, list]:
        """SQL and its parameters: the words of `query`, what was chosen, in one of the places of `only`, so new."""
        conditions, parameters = [], []
        if query:
            conditions.append(f"{column} @@ %s::tsquery")
            parameters.append(query)
            if self.left_out:
                # Wherever they stand.
                conditions.append("vector @@ %s::tsquery")
                parameters.append(f"!({self.left_out})")
        marks = [mark for mark in self.asked.chosen if not mark.startswith("when:")]
        if self.asked.when:
            # Dates are in no index beside words: of the rest nothing is read for one.
            marks = list({*marks, "kind:event"})
        if marks:
            conditions.append("marks @> %s::text[]")
            parameters.append(marks)
        if only is not None:
            conditions.append("marks && %s::text[]")
            parameters.append(only)
        if self.asked.when:
            conditions.append(_WHEN[self.asked.when])
        if ages:
            conditions.append("search_ages(id) && %s::bigint[]")
            parameters.append(ages)
        return " AND ".join(conditions) or "true", parameters


def find(asked: Asked) -> Found:
    """The best answers first, at most SHOWN of them; five statements, each of which reads a bounded number of rows."""
    typed = Typed.read(asked.text)
    with planned_anew() as cursor:
        words, left_out = _read(cursor, typed)
        where = Where(asked.place) if asked.place else None
        corrected = ""
        if not asked.is_literal:
            where = where or named(typed, {word.folded: word.entries for word in words})
            meant = _meant(cursor, typed, words, where)
            if meant:
                typed = Typed.read(corrected := meant)
                words, left_out = _read(cursor, typed)
                if asked.place is None:
                    where = named(typed, {word.folded: word.entries for word in words})
        named_by = where.named_by if where else frozenset()
        rest = [word for position, word in enumerate(words) if position not in named_by]
        phrases = _phrases(cursor, typed)
        telling = [word for word in rest if word.query and word.folded not in _IDLE]
        found = Found([], where, telling or [word for word in rest if word.query], phrases, corrected)
        found.rest = " ".join(word.text for word in rest)
        found.words += _within_phrases(cursor, typed, found.words)
        cursor.execute("SELECT last_value FROM search_entry_id_seq")
        found.last = cursor.fetchone()[0]
        found._conditions = _Conditions(asked, where, left_out)
        last_is_open = typed.is_open and len(words) - 1 not in named_by and found.words[-1:] == rest[-1:]
        _fill(cursor, found, is_open=last_is_open and bool(rest))
        return found


def marks(found: Found, asked: Asked) -> tuple[dict[str, int], bool]:
    """How many answers stand under each mark, and whether there are more: no more than COUNTED are counted."""
    if not found.whole and found.where is None and not asked.chosen:
        return {}, False
    only = found.where.around if found.where and not found.is_everywhere else None
    bare = _Conditions(Asked(asked.text), found.where, found._conditions.left_out)
    is_listed, ages = found.is_wider or found.is_brief, None
    if is_listed:
        # Of those that hold some of the words, or a beginning, no more are counted than are shown.
        condition, parameters = "id = ANY (%s::bigint[])", [found.numbers]
    else:
        ages = _newest(found, found.share, only, READ)
        condition, parameters = bare.of(found.whole, only=only, ages=ages)
    statement, parameters = _numbered(
        _MARKS.format(condition=condition, counted=COUNTED), parameters, {"chosen": asked.chosen}
    )
    with planned_anew() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    most = SHOWN - 1 if is_listed else COUNTED
    return {mark: count for mark, count, _total in rows}, bool(rows) and (rows[0][2] > most or bool(ages))


def extracts(found: Found, numbers: list[int]) -> list[tuple]:
    """What is shown of these entries, in their order, as long as anyone may read them."""
    within = found.where.within if found.where else []
    with planned_anew() as cursor:
        cursor.execute(_EXTRACTS, {"numbers": numbers, "query": found.query, "within": within})
        return cursor.fetchall()


def _read(cursor: CursorWrapper, typed: Typed) -> tuple[list[Word], str]:
    """Each word that was typed, and the query of those left out."""
    if not typed.words and not typed.left_out:
        return [], ""
    asked = [*typed.words, *typed.left_out]
    read = _WORDS.format(family=_FAMILY, ending=_ENDING, shortest=SHORTEST_BEGINNING)
    said = [_NOUNS.get(word.lower(), word) for word in asked]
    cursor.execute(read, {"words": said, "open": len(typed.words) if typed.is_open else 0})
    words = [
        Word(
            text,
            query,
            entries,
            bare,
            unknown,
            _worth(entries, total),
            _family(bare),
            *(min(count / max(total, 1), 1) for count in (entries, begun, titles, titles_begun)),
        )
        for text, (_as, query, entries, titles, folded, unknown, total, begun, titles_begun) in zip(
            asked, cursor.fetchall(), strict=True
        )
        # Without its accents a letter may become a quote or a parenthesis: « ŉ », « ⑴ ».
        for bare in ["".join(filter(str.isalnum, folded))]
    ]
    return words[: len(typed.words)], _any(word.query for word in words[len(typed.words) :])


def _worth(entries: int, total: float) -> float:
    # PostgreSQL has not counted a new table yet: -1.
    return math.log(1 + max(total, 1000) / (1 + entries))


def _phrases(cursor: CursorWrapper, typed: Typed) -> list[str]:
    if not typed.phrases:
        return []
    cursor.execute(_PHRASES, {"phrases": [" ".join(words) for words in typed.phrases]})
    return [query for (query,) in cursor.fetchall() if query]


def _within_phrases(cursor: CursorWrapper, typed: Typed, known: list[Word]) -> list[Word]:
    """The words of phrases: they are in whatever holds the phrase, and say how common it may be."""
    if not typed.phrases:
        return []
    words, _none = _read(cursor, Typed([word for phrase in typed.phrases for word in phrase]))
    return [word for word in words if word.query and word not in known]


def _meant(cursor: CursorWrapper, typed: Typed, words: list[Word], where: Where | None) -> str:
    """The same words, those that nothing holds replaced by the likeliest that something does; "" when none is."""
    named_by = where.named_by if where else frozenset()
    unknown = [
        (position, word)
        for position, word in enumerate(words)
        if word.is_unknown and position not in named_by and len(word.folded) > 3 and not word.folded.isdecimal()
    ]
    if typed.is_open and unknown and unknown[-1][0] == len(words) - 1:
        cursor.execute(_BEGINS, [_beginning(unknown[-1][1])])
        if cursor.fetchone()[0]:
            unknown.pop()
    if not unknown:
        return ""
    letters = [word.folded for _position, word in unknown]
    cursor.execute(_LIKE, {"words": letters, "weighed": _WEIGHED})
    close = []
    for word, known, shown, likeness in cursor.fetchall():
        wrong = letters_apart(word, known)
        if wrong <= (1 if len(word) < _LONG else 2):
            close.append((likeness - 0.1 * wrong, shown, word, known))
    cursor.execute(_STILL_HELD, [list({known for *_others, known in close})])
    held = {known for (known,) in cursor.fetchall()}
    likely = {word: (likeness, shown) for likeness, shown, word, known in sorted(close) if known in held}
    if not likely:
        return ""
    changed = {position: likely[word.folded][1] for position, word in unknown if word.folded in likely}
    return " ".join(changed.get(position, word.text) for position, word in enumerate(words)) + "".join(
        f' "{" ".join(phrase)}"' for phrase in typed.phrases
    )


def letters_apart(one: str, other: str) -> int:
    """How many letters are to be added, left out, changed, or exchanged with their neighbour, each at most once.

    The optimal string alignment distance: pg_trgm says what is close, this says how it was mistyped.
    """
    before, row = [], list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        further, before, row = before, row, [i]
        for j, theirs in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 < j and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
    return row[-1]


@dataclass(frozen=True)
class _Source:
    """Entries of one column that answer `query`, in one of the places of `only`; about `share` of all do anywhere."""

    query: str
    share: float
    column: str
    only: list[str] | None


def _fill(cursor: CursorWrapper, found: Found, *, is_open: bool) -> None:
    """First what holds every word near the place; wider when that is little."""
    if is_open:
        last = found.words[-1]
        found.words[-1] = replace(last, loose=_any([last.loose, _beginning(last)]))
        # Three letters begin too many words: those of titles alone.
        found.is_brief = len(found.words[-1].folded) < _LONG_BEGINNING or found.words[-1].begins_many(found.last)
    around = found.where.around if found.where else None
    in_titles = _every(found, "heading")
    in_texts = _every(found, "vector", is_exact=found.is_brief)
    found.whole, found.share = in_texts if in_texts[0] else in_titles
    if not found.whole and around is None and not found._conditions.asked.chosen:
        return
    # What thousands hold is looked for in titles first.
    is_common = bool(found.whole) and not found.where and in_texts[1] * found.last > 2 * READ
    found.is_brief |= is_common
    sources = [] if is_common else [_Source(*in_texts, "vector", around)]
    if found.whole:
        sources.append(_Source(*in_titles, "heading", around))
    if found.where:
        # What people all over France stand behind leaves room for what is near.
        places = [found.where.within] + [found.where.near] * (found.where.near != found.where.within)
        sources += [_Source(*in_texts, "vector", only) for only in places]
    count = _score(cursor, found, sources)
    if is_common and count < SHOWN:
        sources.append(_Source(*in_texts, "vector", around))
        _score(cursor, found, sources)
    if found.where and found.whole and len(found.numbers) < _FEW:
        found.is_everywhere = True
        sources.append(_Source(*in_texts, "vector", None))
        _score(cursor, found, sources)
    if len(found.words) > 1 and len(found.numbers) < _FEW:
        found.is_wider = True
        sources += [_Source(*_some(found, column), column, around) for column in ("heading", "vector")]
        _score(cursor, found, sources)


def _every(found: Found, column: str, *, is_exact: bool = False) -> tuple[str, float]:
    """The query of all the words and phrases in this column, and how many of all entries answer, about."""
    said = [word.looked_for(column, found.last, is_exact=is_exact) for word in found.words]
    return _all([*(query for query, _share in said), *found.phrases]), math.prod(share for _query, share in said)


def _some(found: Found, column: str) -> tuple[str, float]:
    """The same of any of the rarest words, which say most of what is meant."""
    rarest = sorted(found.words, key=lambda word: word.entries)[:_RAREST]
    said = [word.looked_for(column, found.last) for word in rarest]
    return _all([_any(query for query, _share in said), *found.phrases]), min(sum(share for _query, share in said), 1)


def _score(cursor: CursorWrapper, found: Found, sources: list[_Source]) -> int:
    """Fill `found.numbers`, from further and further away as long as few are found; how many were scored."""
    reach = READ
    while True:
        ages = [_newest(found, source.share, source.only, reach) for source in sources]
        count, found.numbers = _scored(cursor, found, sources, ages)
        # Events are read to know their date: not all of them.
        if count >= SHOWN or not any(ages) or (found._conditions.asked.when and reach > READ * FURTHER):
            return count
        reach *= FURTHER


def _scored(
    cursor: CursorWrapper, found: Found, sources: list[_Source], ages: list[list[int] | None]
) -> tuple[int, list[int]]:
    statements, parameters = [], []
    for source, so_new in zip(sources, ages, strict=True):
        condition, values = found._conditions.of(source.query, column=source.column, only=source.only, ages=so_new)
        statements.append(_SOURCE.format(condition=condition, limit=SCORED))
        parameters += values
    words, values = _weighed(found)
    named_values: dict = {}
    nearness = "1.0"
    if found.where:
        place = found.where.place
        nearness = ranking.NEARNESS
        named_values = {
            "within": found.where.within,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "radius": found.where.radius,
            "everywhere": ranking.EVERYWHERE if found.whole else ranking.EVERYWHERE_ALONE,
        }
    parameters += values
    phrases = " AND ".join(["said.vector @@ %s::tsquery"] * len(found.phrases)) or "true"
    statement = _SCORED.format(
        sources=" UNION ".join(statements),
        read_once=_READ_ONCE,
        words=words,
        nearness=nearness,
        liveliness=ranking.LIVELINESS,
        phrases=phrases,
        of_a_discussion=_OF_A_DISCUSSION,
        shown=SHOWN,
    )
    cursor.execute(*_numbered(statement, parameters + found.phrases, named_values))
    return cursor.fetchone()


def _newest(found: Found, share: float, only: list[str] | None, reach: int) -> list[int] | None:
    """The ages (`search_ages`) of the newest entries among which about `reach` answer; None when all are read."""
    if only and found.where:
        share *= found.where.share_within if only == found.where.within else found.where.share_around
    expected = share * found.last
    if expected <= 2 * reach:
        return None
    return ages_of(int(found.last * (1 - reach / expected)), found.last)


def ages_of(first: int, last: int) -> list[int]:
    """The ages of these numbers, as the function `search_ages` gives them: small ones, then large ones to the last."""
    fine, coarse = first >> 11, last >> 15
    whole = (fine + 15) >> 4
    return [*(age * 2 for age in range(fine, whole << 4)), *(age * 2 + 1 for age in range(whole, coarse + 1))]


def _weighed(found: Found) -> tuple[str, list]:
    """SQL for what the words are worth in a row `e`, between 0 and a little more than 1, and its parameters."""
    if not found.words:
        return "1.0", []
    parts, values = [], []
    rank = f"ts_rank({ranking.RANKED}, said.vector, %s::tsquery)"
    for word in found.words:
        said = f"{rank} * CASE WHEN strpos(said.title, %s::text) > 0 THEN {ranking.AS_TYPED} ELSE 1 END"
        values += [word.worth, word.query, f" {word.folded}"]
        if word.loose:
            said = f"greatest({said}, {ranking.BEGINNING} * {rank})"
            values.append(word.loose)
        parts.append(f"%s::float8 * {said}")
    worth = sum(word.worth for word in found.words)
    every, loosely = _all(word.query for word in found.words), _all(word.either for word in found.words)
    return (
        f"(({' + '.join(parts)}) / {worth}"
        f" * CASE WHEN e.heading @@ %s::tsquery THEN {ranking.ALL_WORDS * ranking.WHOLE_TITLE}"
        f" WHEN said.vector @@ %s::tsquery THEN {ranking.ALL_WORDS} ELSE 1 END)",
        [*values, every, loosely],
    )


def _numbered(statement: str, parameters: list, named_values: dict) -> tuple[str, dict]:
    """The statement with its parameters by name: those that stand in a row get theirs from their place."""
    pieces = statement.split("%s::")
    text = pieces[0] + "".join(f"%(p{place})s::{piece}" for place, piece in enumerate(pieces[1:]))
    return text, {f"p{place}": value for place, value in enumerate(parameters)} | named_values


def _beginning(word: Word) -> str:
    """The query of words that begin so; "" for what is too short."""
    return f"'{word.folded}':*" if len(word.folded) >= SHORTEST_BEGINNING else ""


def _family(folded: str) -> str:
    """The query of words that share its beginning; "" for what is short."""
    return f"'{folded[:-_ENDING]}':*" if len(folded) >= _FAMILY and folded.isalpha() else ""


def _all(queries: Iterable[str]) -> str:
    return " & ".join(f"({query})" for query in queries if query)


def _any(queries: Iterable[str]) -> str:
    return " | ".join(f"({query})" for query in queries if query)
