"""The order of what is found, written once: the page that explains it prints these very numbers.

    score = words × nearness × liveliness

Words: for each word that was typed, where it stands counts (`WEIGHTS`), and a rare word counts more than a common
one: ln(1 + entries of the site / entries that hold the word). Nearness: 1 in the place that was named, halved every
`HALF_KM` around it, 1 for everything when none was. Liveliness: what is coming, what is under way, what people stand
behind.
"""

from territories.geo import EARTH_RADIUS

#: What a word is worth by where it stands, as PostgreSQL's `ts_rank` weighs it.
WEIGHTS = {"title": 1.0, "names": 0.7, "lead": 0.5, "text": 0.3}
#: When the word that is found only begins as the one that was typed: unfinished, or of its family.
BEGINNING = 0.4
#: When the title holds the very letters that were typed, and not only their stem: « aidants », and « aide » less.
AS_TYPED = 1.5
#: When every word that was typed is found, and when all of them are in the title.
ALL_WORDS, WHOLE_TITLE = 8.0, 1.25

#: Half as near, so many kilometres away.
HALF_KM = 25
#: The whole country's: initiatives of France, events online. And the least that distance leaves.
EVERYWHERE, FARTHEST = 0.3, 0.02
#: The same when no more than a place was typed: one looks for what is there.
EVERYWHERE_ALONE = 0.12

#: What an initiative is worth by its state.
STATES = {"published": 1.0, "succeeded": 0.9, "closed": 0.6, "archived": 0.5}
#: Beside initiatives and coming events, a message in a discussion.
DISCUSSION = 0.6
#: An event to come gains at most this much when it is today, and half of it so many days before.
SOON, SOON_DAYS = 0.3, 14
#: An event that is over, and what it still loses in so many days.
PAST, PAST_DAYS = 0.7, 365
#: A new initiative gains at most this much, half of it so many days later.
NEW, NEW_DAYS = 0.2, 30
#: What people add: this much each time that they are twice as many.
WARMTH = 0.02

_WARMTH = f"(1 + {WARMTH / 2} * e.warmth)"
_DAYS = "extract(epoch FROM {})::float8 / 86400.0"
_STATES = " ".join(f"WHEN '{state}' THEN {worth}" for state, worth in STATES.items())

#: Of a row `e` of search_entry.
LIVELINESS = f"""(
    CASE e.kind
    WHEN 'initiative' THEN CASE e.state {_STATES} ELSE 0.5 END
        * (1 + {NEW} * power(0.5, greatest({_DAYS.format("now() - e.published_at")}, 0) / {NEW_DAYS}))
    WHEN 'event' THEN CASE WHEN e.ends_at > now()
        THEN 1 + {SOON} * power(0.5, greatest({_DAYS.format("e.starts_at - now()")}, 0) / {SOON_DAYS})
        ELSE {PAST} * (0.5 + power(0.5, 1 + {_DAYS.format("now() - e.ends_at")} / {PAST_DAYS})) END
    ELSE {DISCUSSION} END
    * {_WARMTH}
)"""

#: Kilometres from the point (%(latitude)s, %(longitude)s) of the place that was named.
KILOMETRES = f"""({2 * EARTH_RADIUS} * asin(sqrt(least(1.0,
    power(sin(radians(e.latitude - %(latitude)s::float8) / 2), 2)
    + cos(radians(%(latitude)s::float8)) * cos(radians(e.latitude))
    * power(sin(radians(e.longitude - %(longitude)s::float8) / 2), 2)))))"""

#: Of a row `e` whose place is in %(within)s, a list of marks, or so far from it.
NEARNESS = f"""(CASE
    WHEN e.marks && %(within)s::text[] THEN 1.0
    WHEN e.latitude IS NULL THEN %(everywhere)s::float8
    ELSE greatest({FARTHEST}, power(0.5, greatest(1, {KILOMETRES} - %(radius)s::float8) / {HALF_KM})) END)"""

#: The text of `ts_rank`: from the least to the most, D, C, B, A.
RANKED = f"ARRAY{list(reversed(WEIGHTS.values()))}::float4[]"
