"""What happens to the initiatives of the demonstration once they are opened: who carries them, what they tell, ask and
do, what is said of them.

As in `country`, ages are in days before now, and draws depend on no date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from pages.demo.diary import Slot
from pages.demo.opened import Opened
from pages.demo.people import People, Person
from pages.demo.texts import (
    ActionText,
    ContributionText,
    LetterText,
    NeedText,
    OfferText,
    StoryText,
    UpdateText,
    UsualAction,
    VersionText,
    Voices,
)

TUESDAY, THURSDAY, FRIDAY, SATURDAY = 1, 3, 4, 5
#: From so many supports on, an initiative is talked about.
TALKED_ABOUT = 12
#: The share of the others that told something, do something, lack something, have a team.
TELLING, DOING, LACKING, TEAMED = 0.4, 0.35, 0.2, 0.35
#: Words by which those who carry an initiative speak.
_OURS = re.compile(r"\b([Nn]ous|[Nn]otre|C’est prévu)\b")


@dataclass(eq=False)
class Told:
    """An update."""

    text: UpdateText
    author: Person
    age: float


@dataclass(eq=False)
class ToDo:
    """An action; `closed` is None while it is open."""

    text: ActionText
    author: Person
    age: float
    starts_at: datetime | None
    ends_at: datetime | None
    zone: ZoneInfo
    closed: float | None
    committed: list[tuple[Person, float]]


@dataclass(eq=False)
class Sought:
    """A need, and who offers it: each with their age, and that of the answer."""

    text: NeedText
    author: Person
    age: float
    met: float | None
    offers: list[tuple[OfferText, Person, float, float | None]]


@dataclass(eq=False)
class Said:
    """A contribution, its replies and its votes: True for useful."""

    text: ContributionText
    author: Person
    age: float
    replies: list[tuple[str, Person, float]] = field(default_factory=list)
    votes: list[tuple[Person, bool, float]] = field(default_factory=list)


@dataclass(eq=False)
class Written:
    """A letter to the team, and when it was answered."""

    text: LetterText
    writer: Person
    age: float
    answered: float | None


@dataclass(eq=False)
class Life:
    """All that happened to one initiative."""

    opened: Opened
    team: list[tuple[Person, float]] = field(default_factory=list)
    updates: list[Told] = field(default_factory=list)
    actions: list[ToDo] = field(default_factory=list)
    needs: list[Sought] = field(default_factory=list)
    versions: list[tuple[VersionText, float]] = field(default_factory=list)
    discussion: list[Said] = field(default_factory=list)
    letters: list[Written] = field(default_factory=list)
    adoptions: list[tuple[str, Person, float]] = field(default_factory=list)

    @property
    def newest(self) -> float:
        """The age of what happened last."""
        ages = [self.opened.age, *(age for _, age in self.opened.supporters), *(age for _, age in self.team)]
        ages += [each.age for part in (self.updates, self.actions, self.needs) for each in part]
        return min(ages)

    def acts(self) -> Iterator[tuple[Person, float]]:
        """Who did something, and when: they had joined the site before."""
        yield from self.team
        for each in (*self.updates, *self.actions, *self.needs, *self.discussion):
            yield each.author, each.age
        for action in self.actions:
            yield from action.committed
        for need in self.needs:
            yield from ((person, age) for _, person, age, _ in need.offers)
        for said in self.discussion:
            yield from ((person, age) for _, person, age in said.replies)
            yield from ((person, age) for person, _, age in said.votes)
        yield from ((letter.writer, letter.age) for letter in self.letters)
        yield from ((person, age) for _, person, age in self.adoptions)


def live_all(
    initiatives: list[Opened], people: People, voices: Voices, *, neighbour: Person, now: datetime, rng: Random
) -> list[Life]:
    """The life of each public initiative. `neighbour` takes a part in everything that their story offers."""
    return [
        _Living(opened, people, voices, neighbour=neighbour, now=now, rng=rng).live()
        for opened in initiatives
        if opened.is_public
    ]


class _Living:
    """One initiative, while its life is drawn."""

    def __init__(
        self, opened: Opened, people: People, voices: Voices, *, neighbour: Person, now: datetime, rng: Random
    ) -> None:
        self.opened, self.people, self.voices, self.now, self.rng = opened, people, voices, now, rng
        self.life = Life(opened)
        self.until = opened.until
        supporters = [person for person, _ in opened.supporters if person is not opened.author]
        self.rng.shuffle(supporters)
        if neighbour in supporters:
            supporters.remove(neighbour)
            # The first to be asked for whatever there is to do.
            supporters.insert(0, neighbour)
        self.supporters = supporters
        #: Nobody opens two threads of one short discussion.
        self.heard: set[Person] = set()

    def live(self) -> Life:
        opened = self.opened
        if opened.is_joined:
            return self.life
        if story := opened.text.story:
            self._team(story.team)
            self._tell_story(story)
        elif opened.age > 4 and opened.frozen is None:
            if self.rng.random() < TEAMED:
                self._team(self.rng.choice((1, 1, 2)))
            self._live_as_usual()
        return self.life

    # --- A story -----------------------------------------------------------------------------------------------------

    def _tell_story(self, story: StoryText) -> None:
        self.life.updates = [self._told(text, text.at) for text in story.updates]
        self.life.actions = [self._to_do(text) for text in story.actions]
        self.life.needs = [self._sought(text) for text in story.needs]
        self.life.versions = [(text, self._at(text.at)) for text in story.versions]
        self.life.discussion = self._crowd(story.crowd) + [self._said(text) for text in story.discussion]
        self.life.discussion.sort(key=lambda said: -said.age)
        self.life.letters = [self._written(number, text) for number, text in enumerate(story.letters)]
        since = self.until
        self.life.adoptions = [
            (text, person, since * self.rng.uniform(0.1, 0.8))
            for text, person in zip(story.adoptions, self._some(len(story.adoptions)), strict=False)
        ]

    def _team(self, count: int) -> None:
        for person in self._some(count, first=0):
            self.life.team.append((person, self._at(self.rng.uniform(0.02, 0.5))))
        self.life.team.sort(key=lambda joined: -joined[1])

    def _told(self, text: UpdateText, at: float | None) -> Told:
        age = self._at(self.rng.uniform(0.2, 0.95) if at is None else at)
        return Told(text, self._of_team(age), age)

    def _to_do(self, text: ActionText) -> ToDo:
        zone = self.opened.zone
        starts_at = ends_at = None
        is_closed = bool(text.done or text.given_up)
        if text.begins is not None:
            days = text.begins
            if is_closed and not (self.until + 3 < -days < self.opened.age - 8):
                # Its life is shorter than its text believes: in its middle.
                days = -(self.until + 0.5 * (self.opened.age - self.until))
            slot = _slot(text.hours)
            starts_at, ends_at = slot.before(self.now, -days, zone) if days < 0 else slot.after(self.now, days, zone)
        elif text.by is not None:
            slot = Slot(SATURDAY, time(22, 0), timedelta(hours=1))
            _, ends_at = slot.after(self.now, text.by, zone)
        closed = None
        age = self._at(self.rng.uniform(0.7, 0.97))
        if is_closed:
            over = ends_at or starts_at
            closed = max((self.now - over) / timedelta(days=1) - 0.6, self.until + 0.02) if over else self.until + 1
            age = min(closed + self.rng.uniform(6, 20), self.opened.age - 0.2)
        last = closed or self.until
        committed = [(person, last + (age - last) * self.rng.uniform(0.04, 0.96)) for person in self._some(text.taken)]
        return ToDo(text, self._of_team(age), age, starts_at, ends_at, zone, closed, committed)

    def _sought(self, text: NeedText) -> Sought:
        age = self._at(self.rng.uniform(0.3, 0.8))
        met = self._between(age, 0.3) if text.met else None
        offers = []
        for offer, person in zip(text.offers, self._some(len(text.offers)), strict=False):
            offered = self._between(age, 0.7 if offer.accepted is not None else 0.15, until=met)
            answered = None if offer.accepted is None else self._between(offered, 0.85, until=met)
            offers.append((offer, person, offered, answered))
        return Sought(text, self._of_team(age), age, met, offers)

    def _said(self, text: ContributionText) -> Said:
        # Those who are against are no supporters.
        tried = (self._some(1, first=0)[0] if text.stance == "for" else self._passer_by() for _ in range(20))
        author = next((person for person in tried if person not in self.heard), self.rng.choice(self.people.everyone))
        self.heard.add(author)
        said = Said(text, author, self._at(1 - 0.95 * self.rng.random() ** 1.4))
        for reply in text.replies:
            by = self._of_team(self.until) if _OURS.search(reply) else self._passer_by()
            said.replies.append((reply, by, self._between(said.age, 0.8)))
        said.replies.sort(key=lambda reply: -reply[2])
        self._vote(said, text.useful, text.useless)
        return said

    def _vote(self, said: Said, useful: int, useless: int) -> None:
        voters = self.rng.sample(self.people.everyone, useful + useless + 1)
        voters = [person for person in voters if person is not said.author][: useful + useless]
        for number, person in enumerate(voters):
            said.votes.append((person, number < useful, self._between(said.age, self.rng.uniform(0.05, 0.95))))

    def _written(self, number: int, text: LetterText) -> Written:
        writer = self.supporters[0] if number == 0 else self._passer_by()
        age = 2.5 + 6 * number if text.answer else 0.7
        return Written(text, writer, age, age * 0.4 if text.answer else None)

    # --- Any other ---------------------------------------------------------------------------------------------------

    def _live_as_usual(self) -> None:
        opened, rng, voices = self.opened, self.rng, self.voices
        if len(opened.supporters) < TALKED_ABOUT:
            return
        written = [
            ContributionText(stance, text, useful=round(rng.expovariate(1 / 4)), useless=int(rng.expovariate(1 / 0.8)))
            for stance, texts in voices.contributions[opened.text.kind].items()
            for text in texts
        ]
        count = min(len(written), 1 + round(rng.expovariate(1 / 2)) + len(opened.supporters) // 120)
        self.life.discussion = sorted(
            (self._said(text) for text in rng.sample(written, count)), key=lambda said: -said.age
        )
        if rng.random() < TELLING:
            self.life.updates = [self._told(rng.choice(voices.updates), None)]
        if opened.text.kind == "debate" or opened.age < 15:
            return
        if rng.random() < DOING:
            self.life.actions = [self._to_do(self._usual(rng.choice(voices.actions)))]
        if rng.random() < LACKING and opened.ended is None:
            self.life.needs = [self._sought(rng.choice(voices.needs))]

    def _usual(self, action: UsualAction) -> ActionText:
        rng = self.rng
        places = rng.choice(action.places)
        days = rng.choice(action.days)
        parts = {
            "title": action.title,
            "description": action.description,
            "hours": action.hours,
            "places": places,
            "skills": action.skills,
        }
        share = rng.random()
        if self.opened.ended is not None or share < 0.4:
            parts |= {"taken": rng.randint(max(1, places - 3), places), "done": action.report, "begins": -days - 3}
        elif share < 0.47:
            parts |= {
                "taken": 1,
                "given_up": "Trop peu de monde cette fois-ci. Nous proposerons une autre date.",
                "begins": -days - 3,
            }
        else:
            taken = places if share < 0.56 else rng.randint(0, places - 1)
            parts |= {"taken": taken} | ({"begins": days} if action.hours else {"by": days})
        return ActionText(**parts)

    def _crowd(self, count: int) -> list[Said]:
        """So many contributions, no two alike, made of the same few sentences."""
        rng, seen, said = self.rng, set(), []
        stances = rng.choices(("for", "against", "neither"), (52, 27, 21), k=4 * count)
        for stance in stances:
            if len(said) == count:
                break
            begin, middle, end = (rng.choice(part) for part in self.voices.crowd[stance])
            if (begin, middle, end) in seen:
                continue
            seen.add((begin, middle, end))
            text = _joined(begin, middle, end)
            useful, useless = round(rng.expovariate(1 / 5)), int(rng.expovariate(1 / 1.2))
            said.append(self._said(ContributionText(stance, text, useful, useless)))
            if rng.random() < 0.2:
                for reply in rng.sample(self.voices.replies, rng.choice((1, 1, 2, 3))):
                    said[-1].replies.append((reply, self._passer_by(), self._between(said[-1].age, 0.9)))
                said[-1].replies.sort(key=lambda reply: -reply[2])
        return said

    # --- Who and when ------------------------------------------------------------------------------------------------

    def _at(self, share: float) -> float:
        """The age of what happened at this share of its life."""
        return max(self.opened.age - (self.opened.age - self.until) * share, self.until + 0.02)

    def _between(self, age: float, share: float, *, until: float | None = None) -> float:
        """Some moment between this age and the end: `share` 1 is at once."""
        last = self.until if until is None else until
        return last + (age - last) * (0.03 + 0.94 * share)

    def _of_team(self, age: float) -> Person:
        there = [self.opened.author, *(person for person, joined in self.life.team if joined > age)]
        return self.rng.choice([self.opened.author, *there])

    def _some(self, count: int, *, first: int = 1) -> list[Person]:
        """So many different people of those who support it, then anybody; not its team. The first one is among them,
        unless `first` is 0."""
        team = {self.opened.author, *(person for person, _ in self.life.team)}
        chosen, others = self.supporters[:first], self.supporters[1:]
        self.rng.shuffle(others)
        candidates = [*chosen, *others]
        if len(candidates) < count + len(team) + 5:
            candidates += self.rng.sample(self.people.everyone, count + len(team) + 5)
        return [person for person in dict.fromkeys(candidates) if person not in team][:count]

    def _passer_by(self) -> Person:
        candidates = self.people.near(self.opened.place)
        person = self.rng.choice(candidates)
        return person if person is not self.opened.author else self.rng.choice(self.people.everyone)


def _slot(hours: tuple[str, ...]) -> Slot:
    begin, end = (time.fromisoformat(hour) for hour in hours or ("14:00", "17:00"))
    weekday = FRIDAY if begin.hour >= 20 else THURSDAY if begin.hour >= 17 else TUESDAY if begin.hour < 9 else SATURDAY
    length = timedelta(hours=end.hour - begin.hour, minutes=end.minute - begin.minute)
    return Slot(weekday, begin, length)


def _joined(begin: str, middle: str, end: str) -> str:
    """Three pieces as one would write them: a sentence, then another with a comma, or a question."""
    if begin.endswith(":"):
        return f"{begin} {middle}\N{NARROW NO-BREAK SPACE}{end}"
    middle = middle[0].upper() + middle[1:]
    return f"{begin} {middle}\N{NARROW NO-BREAK SPACE}{end}" if end.startswith("?") else f"{begin} {middle}, {end}"
