"""The whole demonstration in memory: who opened what where, who supports it, what takes place, who comes.

Every draw is made by a generator of ours, seeded, and none depends on the date: two loads on two days give the same
country, moved in time. Ages are in days before now.
"""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from zoneinfo import ZoneInfo

from pages.demo import NEIGHBOUR_EMAIL, ORGANISED, ORGANISER_EMAIL
from pages.demo.atlas import Atlas, fill
from pages.demo.diary import slot_for
from pages.demo.lives import Life, live_all
from pages.demo.opened import FIRST, PARIS, Merger, Opened
from pages.demo.people import People, Person, Place, settle
from pages.demo.texts import EventText, InitiativeText, QueuedText, Texts
from territories.models import Commune, Department, Region

SEED = "les créateurs de possibles"
MEMBERS = 3_000
SUPPORTS = 25_000
MOST_SUPPORTED = 900
EVENTS = 640
#: In each of the largest communes, something is coming.
CITIES = 30
PAST_SHARE = 0.6
ARCHIVED, DRAFTS, PREPARING = 10, 8, 4
#: Of the queue: those that a moderator has already withheld.
WITHHELD = 3
CANCELLED_COMING, CANCELLED_PAST, FULL = 6, 4, 12
#: Days since the oldest initiative was published.
OLDEST = 300


@dataclass(eq=False)
class Held:
    """An event to be. Online when it has no commune.

    `ahead` is about how many days from now it starts, negative when it is over, whatever the day of the week.
    `published` is its age, like those of who comes.
    """

    text: EventText
    opened: Opened | None
    author: Person
    commune: Commune | None
    zone: ZoneInfo
    starts_at: datetime
    ends_at: datetime
    ahead: float
    published: float
    latitude: float | None
    longitude: float | None
    capacity: int | None = None
    cancelled: float | None = None
    attendees: list[tuple[Person, float]] = field(default_factory=list)


@dataclass(eq=False)
class Queued:
    """A text to be held by the filter, and, when it was, withheld by a moderator."""

    text: QueuedText
    author: Person
    commune: Commune
    age: float
    starts_at: datetime
    ends_at: datetime
    is_withheld: bool


@dataclass
class Country:
    now: datetime
    people: People
    initiatives: list[Opened]
    events: list[Held]
    queue: list[Queued]
    lives: list[Life]
    mergers: list[Merger]
    organiser: Person
    neighbour: Person


def imagine(texts: Texts, *, now: datetime) -> Country:
    """The same country each time, dated from `now`. Reads the territories, writes nothing."""
    atlas = Atlas()
    placed = _place_all(texts.initiatives, atlas)
    people = settle(texts, atlas, (place for _, place in placed if place), count=MEMBERS, rng=_draws("people"))
    initiatives = _open_all(placed, people)
    mergers = _merge_all(initiatives)
    _support_all([opened for opened in initiatives if opened.is_public and not opened.is_joined], people)
    _gather_all(initiatives, mergers, people)
    organiser, neighbour = _name_guests(initiatives)
    events = _hold_all(texts, initiatives, people, atlas, now=now)
    rng = _draws("attendees")
    for event in events:
        event.attendees = _attendees(event, people, now=now, rng=rng)
    _cancel_and_fill(events, now=now)
    queue = _queue_all(texts.queue, people, atlas, now=now)
    lives = live_all(initiatives, people, texts.voices, neighbour=neighbour, now=now, rng=_draws("lives"))
    _join_before_acting(people, initiatives, events, queue, lives)
    return Country(
        now=now,
        people=people,
        initiatives=initiatives,
        events=events,
        queue=queue,
        lives=lives,
        mergers=mergers,
        organiser=organiser,
        neighbour=neighbour,
    )


def _draws(subject: str) -> Random:
    """A generator for one subject: what is added to another does not change this one's draws."""
    return Random(f"{SEED}: {subject}")  # noqa: S311 (nothing secret is drawn)


# --- Initiatives -----------------------------------------------------------------------------------------------------


def _place_all(texts: Iterable[InitiativeText], atlas: Atlas) -> list[tuple[InitiativeText, Place]]:
    rng = _draws("places")
    # Those that one place in France can hold choose before those that fit anywhere.
    order = {"any": 2, "village": 2, "town": 2, "city": 1, "suburb": 1}
    chosen = {
        text.title: atlas.place_for(text, rng)
        for text in sorted(texts, key=lambda text: (not text.tags, order.get(text.setting, 0)))
    }
    # What is beside another is where that one is.
    return [(text, chosen[text.joins or text.beside or text.title]) for text in texts]


def _open_all(placed: list[tuple[InitiativeText, Place]], people: People) -> list[Opened]:
    rng = _draws("initiatives")
    free = [text.title for text, _ in placed if not (text.state or text.story or text.joins)]
    rng.shuffle(free)
    states = dict.fromkeys(free[:ARCHIVED], "archived")
    states |= dict.fromkeys(free[ARCHIVED : ARCHIVED + DRAFTS], "draft")
    states |= dict.fromkeys(free[ARCHIVED + DRAFTS : ARCHIVED + DRAFTS + PREPARING], "preparing")
    busy: set[Person] = set()
    opened = []
    for text, place in placed:
        state = text.state or states.get(text.title, "published")
        author = _author(place, people, busy, rng)
        busy.add(author)
        age, ended = _ages(state, rng)
        if text.story and state == "published":
            # Old enough for its story.
            age = 95 + 0.65 * age
        elif text.story and state == "succeeded":
            age, ended = OLDEST - 6, 20 + 0.1 * age
        opened.append(Opened(text, place, author, state, age, ended))
    _finish_opening(opened)
    return opened


def _finish_opening(initiatives: list[Opened]) -> None:
    """When each was launched and submitted; what depends on another."""
    rng = _draws("opening")
    by_title = {opened.text.title: opened for opened in initiatives}
    for opened in initiatives:
        if opened.text.beside:
            opened.author = by_title[opened.text.beside].author
        # Nine of ten did not wait for a moderator.
        waited = rng.uniform(0.05, 1.2) if rng.random() < 0.1 else 0.0
        gathered = rng.uniform(0.6, 9)
        if opened.is_public:
            opened.submitted = opened.age + waited
            opened.launched = opened.submitted + gathered
        elif opened.state == "preparing":
            opened.launched = opened.age
        if opened.text.story and opened.text.story.orphan:
            opened.frozen = opened.age * (1 - opened.text.story.orphan)


def _author(place: Place, people: People, busy: set[Person], rng: Random) -> Person:
    """Somebody of the place who opened nothing yet; for France, somebody from anywhere, large cities not favoured."""
    candidates = people.near(place)
    candidates = [person for person in candidates if person not in busy] or candidates
    if place is not None:
        return rng.choice(candidates)
    crowd = people.by_department
    return rng.choices(candidates, [len(crowd[person.department]) ** -0.7 for person in candidates])[0]


def _ages(state: str, rng: Random) -> tuple[float, float | None]:
    """Days since it was published (begun, for a draft), and since it ended."""
    ranges = {"archived": (240, OLDEST), "succeeded": (110, OLDEST), "closed": (110, OLDEST)}
    if state in ranges:
        age = rng.uniform(*ranges[state])
        return age, age * rng.uniform(0.05, 0.45)
    share = rng.random()
    if state == "published":
        return 0.2 + (OLDEST - 0.2) * share**1.25, None
    return 0.1 + 20 * share, None


# --- Mergers ---------------------------------------------------------------------------------------------------------

#: Days since two look-alikes became one.
JOINED = 31.0
#: Who supported the one that joined, and how many of them stayed with it.
JOINING, STAYING = 17, 2


def _merge_all(initiatives: list[Opened]) -> list[Merger]:
    by_title = {opened.text.title: opened for opened in initiatives}
    mergers = []
    for source in [opened for opened in initiatives if opened.text.joins]:
        target = by_title[source.text.joins]
        source.age = min(source.age, 0.6 * target.age)
        if source.text.is_proposed:
            source.age = max(source.age, 20.0)
            merger = Merger(source, target, proposed=2.3, is_accepted=source.text.is_accepted)
        else:
            source.age = max(source.age, JOINED + 25)
            source.state, source.ended = "archived", JOINED
            merger = Merger(source, target, proposed=JOINED + 9.4, agreed=JOINED + 7.2, done=JOINED)
        gathered = source.launched - source.submitted
        source.submitted = source.age
        source.launched = source.age + gathered
        source.merger_out = merger
        target.mergers_in.append(merger)
        mergers.append(merger)
    return mergers


# --- Supports --------------------------------------------------------------------------------------------------------


def _support_all(initiatives: list[Opened], people: People) -> None:
    rng = _draws("supports")
    for opened, count in zip(*_audiences(initiatives, people, rng), strict=True):
        supporters = _draw_people(people.everyone, count, _closeness(opened.place), rng, but=opened.author)
        opened.supporters = [(person, _support_age(opened, rng)) for person in supporters]


def _gather_all(initiatives: list[Opened], mergers: list[Merger], people: People) -> None:
    """Five people make an initiative public, fewer are behind one that is in preparation; some come with a merger."""
    rng = _draws("first supports")
    for merger in mergers:
        if merger.done is None:
            continue
        known = {person for person, _ in merger.target.supporters} | {merger.source.author, merger.target.author}
        candidates = [person for person in people.everyone if person not in known]
        chosen = _draw_people(candidates, JOINING, _closeness(merger.source.place), rng, but=merger.source.author)
        merger.source.supporters = [(person, _support_age(merger.source, rng)) for person in chosen]
    wanted = cycle((3, 1, 4, 2))
    for opened in initiatives:
        if opened.state == "preparing":
            count = next(wanted)
            chosen = _draw_people(people.everyone, count, _closeness(opened.place), rng, but=opened.author)
            opened.supporters = [(person, opened.launched * rng.uniform(0.05, 0.95)) for person in chosen]
        elif opened.is_public:
            opened.supporters.sort(key=lambda support: -support[1])
            before = sorted((rng.random() ** 1.5 for _ in opened.supporters[:FIRST]), reverse=True)
            before[-1] = 0.001
            lasted = opened.launched - opened.submitted
            first = [
                (person, opened.submitted + lasted * share)
                for (person, _), share in zip(opened.supporters, before, strict=False)
            ]
            opened.supporters[:FIRST] = first
    for merger in mergers:
        if merger.done is not None:
            source = merger.source
            merger.source_count = len(source.supporters)
            merger.carried = dict(source.supporters[STAYING:])
            merger.target.supporters += source.supporters[STAYING:]
            source.supporters = source.supporters[:STAYING]


def _name_guests(initiatives: list[Opened]) -> tuple[Person, Person]:
    """Two people whom a visitor of the demonstration may be: who carries the fullest initiative, and a neighbour."""
    opened = next(opened for opened in initiatives if opened.text.title == ORGANISED)
    closeness = _closeness(opened.place)
    authors = {other.author for other in initiatives}
    neighbours = [person for person, _ in opened.supporters if person not in authors]
    neighbour = max(neighbours, key=lambda person: (closeness(person), person.eagerness))
    opened.author.email, neighbour.email = ORGANISER_EMAIL, NEIGHBOUR_EMAIL
    return opened.author, neighbour


def _audiences(initiatives: list[Opened], people: People, rng: Random) -> tuple[list[Opened], list[int]]:
    """How many support each, as such numbers fall in life: a few known by all, most by their neighbours."""
    ranked = sorted(initiatives, key=lambda opened: -_appeal(opened, rng))
    counts = [round(MOST_SUPPORTED * (1 + rank / 24) ** -1.8) for rank in range(len(ranked))]
    counts = [min(count, _most(opened, people)) for opened, count in zip(ranked, counts, strict=True)]
    # What the neighbours could not fill goes to the national ones, the best staying the best.
    growing = [at for at, opened in enumerate(ranked) if opened.place is None and at > 0 and opened.age > 20]
    missing = SUPPORTS - sum(counts)
    total = sum(counts[at] for at in growing)
    for at in growing:
        counts[at] = min(round(counts[at] * (1 + missing / total)), MOST_SUPPORTED - 10 * (1 + at % 9))
    for at in growing[: abs(SUPPORTS - sum(counts))]:
        counts[at] += 1 if sum(counts) < SUPPORTS else -1
    return ranked, counts


def _appeal(opened: Opened, rng: Random) -> float:
    by_level = {"country": 6.0, "region": 2.2, "department": 1.6}
    by_setting = {"city": 1.6, "suburb": 1.1, "village": 0.45}
    appeal = by_level.get(opened.text.level) or by_setting.get(opened.text.setting, 0.9)
    if opened.state == "succeeded":
        appeal *= 1.6
    if opened.text.story:
        appeal *= opened.text.story.appeal
    return appeal * rng.lognormvariate(0, 0.9) * opened.age / (opened.age + 12)


def _most(opened: Opened, people: People) -> int:
    """A local one goes little further than its département, and a young one has not been seen by many."""
    seen = 6 + round(25 * opened.age)
    if opened.place is None:
        return min(seen, MOST_SUPPORTED)
    if isinstance(opened.place, Region):
        return min(seen, 6 + len(people.by_region[opened.place.code]))
    code = opened.place.code if isinstance(opened.place, Department) else opened.place.department_id
    return min(seen, 6 + round(1.2 * len(people.by_department[code])))


def _closeness(place: Place) -> Callable[[Person], float]:
    """How much nearer to the heart of each person a place is: its people, its département's, its région's, others."""
    if place is None:
        return lambda person: 1
    if isinstance(place, Region):
        return lambda person: 60 if person.region == place.code else 1
    if isinstance(place, Department):
        town, department, region = None, place.code, place.region_id
    else:
        town, department, region = place.code, place.department_id, place.department.region_id

    def closeness(person: Person) -> float:
        if person.department == department:
            return 4000 if person.town == town else 1000
        return 20 if region and person.region == region else 1

    return closeness


def _support_age(opened: Opened, rng: Random) -> float:
    """Half come in the first days, the others more and more slowly."""
    lasted = opened.age - opened.until
    first_days, share, day = rng.random() < 0.5, rng.random(), rng.expovariate(1 / 5)
    delay = min(day, lasted * share) if first_days else lasted * share**1.4
    return opened.age - 0.01 - delay * 0.95


def _draw_people(
    candidates: Iterable[Person], count: int, weight: Callable[[Person], float], rng: Random, *, but: Person
) -> list[Person]:
    """So many different people, likelier by their eagerness and this weight (Efraimidis and Spirakis)."""
    # A million and a half draws of `Random.expovariate`, written out: half the time.
    draw, log = rng.random, math.log
    keyed = [
        (-log(1.0 - draw()) / (person.eagerness * weight(person)), at, person)
        for at, person in enumerate(candidates)
        if person is not but
    ]
    return [person for _, _, person in heapq.nsmallest(count, keyed)]


# --- Events ----------------------------------------------------------------------------------------------------------


def _hold_all(texts: Texts, initiatives: list[Opened], people: People, atlas: Atlas, *, now: datetime) -> list[Held]:
    rng = _draws("events")
    announced = [
        (text, opened, number)
        for opened in initiatives
        if opened.is_public
        for number, text in enumerate(opened.text.events)
    ]
    free_standing = max(EVENTS - len(announced), 0)
    events = []
    past = _past_ones(announced, free_standing, rng)
    for at, (text, opened, number) in enumerate(announced):
        commune = None if text.kind == "online" else _where(opened, number, atlas, rng)
        events.append(_held(text, opened, opened.author, commune, is_past=at in past, now=now, rng=rng))
    events += _free_standing(texts.events, events, free_standing, people, atlas, now=now, rng=rng)
    return events


def _past_ones(announced: list, free_standing: int, rng: Random) -> set[int]:
    """Which are over: all of an ended initiative, none of a young one, and enough others for the right share."""
    ended = {at for at, (_, opened, _) in enumerate(announced) if opened.until}
    either = [
        at
        for at, (_, opened, number) in enumerate(announced)
        # The last one of a story is still to come.
        if not opened.until and opened.age > 30 and not (opened.text.story and number == len(opened.text.events) - 1)
    ]
    wanted = round((len(announced) + free_standing) * PAST_SHARE) - len(ended)
    return ended | set(rng.sample(either, min(wanted, len(either))))


def _where(opened: Opened, number: int, atlas: Atlas, rng: Random) -> Commune:
    """In its commune; in a town of its département or région; for France, near its author, then anywhere."""
    if isinstance(opened.place, Commune):
        return opened.place
    if isinstance(opened.place, Department):
        return atlas.commune_in(opened.place.code, rng, at_least=2_000, power=0.6)
    if isinstance(opened.place, Region):
        inside = [code for code, department in atlas.departments.items() if department.region_id == opened.place.code]
        return atlas.commune_in(rng.choice(inside), rng, at_least=5_000, power=0.6)
    if number == 0:
        return atlas.commune_in(opened.author.department, rng, at_least=8_000, power=0.8)
    return atlas.anywhere(rng, 1, at_least=15_000, power=0.6)[0]


def _free_standing(
    texts: list[EventText],
    events: list[Held],
    count: int,
    people: People,
    atlas: Atlas,
    *,
    now: datetime,
    rng: Random,
) -> list[Held]:
    """Events of no initiative, all coming: where a département has too few, in large cities, then anywhere."""
    alive = Counter(event.commune.department_id for event in events if event.commune and event.ahead > 0)
    # Overseas, the next département is an ocean away.
    wanted = {code: 3 if len(code) == 3 else 1 for code in atlas.departments}
    empty = [code for code, least in wanted.items() for _ in range(least - alive[code])]
    communes = [atlas.commune_in(code, rng, at_least=1_500, power=0.7) for code in empty]
    busy = {event.commune.pk for event in events if event.commune and event.ahead > 0} | {each.pk for each in communes}
    communes += [city for city in atlas.largest(CITIES) if city.pk not in busy]
    communes += atlas.anywhere(rng, max(count - len(communes), 0), at_least=1_500, power=0.5)
    return [
        _held(
            texts[number % len(texts)],
            None,
            rng.choice(people.near(commune)),
            commune,
            is_past=False,
            now=now,
            rng=rng,
        )
        for number, commune in enumerate(communes)
    ]


def _held(
    text: EventText,
    opened: Opened | None,
    author: Person,
    commune: Commune | None,
    *,
    is_past: bool,
    now: datetime,
    rng: Random,
) -> Held:
    place = commune or (opened.place if opened else None)
    text = EventText(text.kind, *(fill(part, place) for part in (text.title, text.description, text.place)))
    zone = _zone(commune, opened)
    slot = slot_for(text.kind, text.title, text.description, rng)
    share, lead = rng.random(), rng.uniform(7, 40)
    if is_past:
        first = 1 + opened.until
        ahead = -(first + (opened.age - 9 - first) * share)
        starts_at, ends_at = slot.before(now, -ahead, zone)
        published = min(_days(now - starts_at) + lead, opened.age - 0.1)
    else:
        ahead = 1 + 95 * share**1.5
        starts_at, ends_at = slot.after(now, ahead, zone)
        published = min(lead * 0.6, opened.age - 0.1 if opened else lead)
    latitude, longitude = _point(commune, rng) if commune else (None, None)
    return Held(text, opened, author, commune, zone, starts_at, ends_at, ahead, published, latitude, longitude)


def _zone(commune: Commune | None, opened: Opened | None) -> ZoneInfo:
    if commune is not None:
        return commune.zone
    return opened.zone if opened else PARIS


def _point(commune: Commune, rng: Random) -> tuple[float, float]:
    """Near the commune's centre, further in a large one: at most about two kilometres."""
    reach = min(0.02, 0.25 * min(commune.north - commune.south, commune.east - commune.west))
    return (
        round(commune.latitude + rng.uniform(-reach, reach), 5),
        round(commune.longitude + rng.uniform(-reach, reach), 5),
    )


# --- Who comes -------------------------------------------------------------------------------------------------------

#: Numbers of places that rooms have.
ROOMS = (8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150)


def _attendees(event: Held, people: People, *, now: datetime, rng: Random) -> list[tuple[Person, float]]:
    """Mostly neighbours and supporters; fewer when it is far ahead."""
    if event.ahead < 0:
        count = rng.lognormvariate(math.log(15), 0.6)
    else:
        count = rng.lognormvariate(math.log(9), 0.8) / (1 + event.ahead / 60)
    supporters = {person for person, _ in event.opened.supporters} if event.opened else set()
    if event.commune:
        region = event.commune.department.region_id
        nearby = people.by_region[region] if region else people.by_department[event.commune.department_id]
        neighbours = len(people.by_department[event.commune.department_id])
        candidates = dict.fromkeys([*nearby, *(person for person in people.everyone if person in supporters)])
        count = min(count, 2 + neighbours)
    else:
        candidates = dict.fromkeys(people.everyone)
    if rng.random() < 0.35:
        event.capacity = next(room for room in ROOMS if room > count + 2)
    closeness = _closeness(event.commune)
    chosen = _draw_people(
        candidates,
        round(count),
        lambda person: closeness(person) * (8 if person in supporters else 1),
        rng,
        but=event.author,
    )
    until = max(_days(now - event.starts_at), 0.0)
    return [(person, until + (event.published - until) * rng.random() ** 1.3) for person in chosen]


#: The largest communes have more inhabitants.
_CITY = 100_000


def _cancel_and_fill(events: list[Held], *, now: datetime) -> None:
    rng = _draws("cancelled")
    coming = [event for event in events if event.ahead > 0 and event.opened]
    towns = Counter(event.commune.department_id for event in coming if event.commune)
    # No département loses its only event, nor a large city its own.
    cancellable = [
        event
        for event in coming
        if event.commune and event.commune.population < _CITY and towns[event.commune.department_id] >= 4
    ]
    past = [event for event in events if event.ahead < 0]
    for event in rng.sample(cancellable, CANCELLED_COMING) + rng.sample(past, CANCELLED_PAST):
        ended = max(_days(now - event.starts_at), 0)
        event.cancelled = ended + (event.published - ended) * rng.uniform(0.05, 0.4)
        # Nobody signs up for what will not be.
        event.attendees = [(person, max(age, event.cancelled + 0.001)) for person, age in event.attendees]
    for event in [event for event in coming if event.cancelled is None and len(event.attendees) >= ROOMS[0]][:FULL]:
        event.capacity = max(room for room in ROOMS if room <= len(event.attendees))
        event.attendees = event.attendees[: event.capacity]


# --- The moderators' queue -------------------------------------------------------------------------------------------


def _queue_all(texts: list[QueuedText], people: People, atlas: Atlas, *, now: datetime) -> list[Queued]:
    rng = _draws("queue")
    withheld = {text.title for text in texts if text.kind_of == "initiative" and "injur" in text.reason.lower()}
    withheld = set(sorted(withheld)[:WITHHELD])
    queue = []
    for text in texts:
        words = f"{text.title} {text.summary}".lower()
        by_water = "coast" if " port." in words or "du port" in words else "river" if "canal" in words else ""
        commune = atlas.commune_like(by_water or "any", rng)
        author = rng.choice(people.near(commune))
        slot, share, ahead = slot_for("meeting", text.title, text.summary, rng), rng.random(), rng.uniform(8, 40)
        starts_at, ends_at = slot.after(now, ahead, commune.zone)
        is_withheld = text.title in withheld
        age = 12 + 30 * share if is_withheld else 0.05 + 4 * share**1.5
        queue.append(Queued(text, author, commune, age, starts_at, ends_at, is_withheld))
    return queue


# --- Members ---------------------------------------------------------------------------------------------------------


def _join_before_acting(
    people: People, initiatives: list[Opened], events: list[Held], queue: list[Queued], lives: list[Life]
) -> None:
    """Everyone joined before the first thing they did: often just before."""
    rng = _draws("joined")
    first: Counter[Person] = Counter()
    for opened in initiatives:
        first[opened.author] = max(first[opened.author], opened.launched, opened.age) + 2
        for person, age in opened.supporters:
            first[person] = max(first[person], age)
    for event in events:
        first[event.author] = max(first[event.author], event.published + 1)
        for person, age in event.attendees:
            first[person] = max(first[person], age)
    for queued in queue:
        first[queued.author] = max(first[queued.author], queued.age + 1)
    for life in lives:
        for person, age in life.acts():
            first[person] = max(first[person], age)
    for person in people.everyone:
        before, idle = rng.expovariate(1 / 3), rng.uniform(0.5, OLDEST)
        person.joined_ago = min(first[person] + 0.005 + before, OLDEST + 30) if first[person] else idle


def _days(delta: timedelta) -> float:
    return delta / timedelta(days=1)
