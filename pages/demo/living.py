"""Writing what happened to the initiatives of the demonstration, in bulk, and the public account that tells of it."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from operator import attrgetter
from random import Random

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core import images
from core.converters import NumberedSlug
from events.models import Event, EventReport
from initiatives.models import (
    Action,
    AdoptionRequest,
    Commitment,
    Contribution,
    ContributionVote,
    CoOrganiser,
    Initiative,
    Letter,
    Merge,
    Milestone,
    Need,
    Offer,
    Photo,
    Promise,
    TimelineEntry,
    Update,
    Version,
)
from initiatives.models.milestone import milestones_of
from initiatives.models.version import SHOWN_FROM
from initiatives.services.merging import OBJECTIONS_LAST
from members.models import Member
from pages.demo.atlas import fill
from pages.demo.country import SEED, Country, Held
from pages.demo.drawing import draw
from pages.demo.lives import Life, Said
from pages.demo.opened import FIRST, Opened
from pages.demo.people import Person
from pages.demo.texts import CoverText, Voices

Kind = TimelineEntry.Kind

_BATCH = 2_000
_MOMENT = timedelta(seconds=30)
#: Hours after midnight.
_NIGHT = 8
#: Everything of which this module writes rows.
MODELS = (
    Action,
    AdoptionRequest,
    Commitment,
    Contribution,
    ContributionVote,
    CoOrganiser,
    Letter,
    Merge,
    Milestone,
    Need,
    Offer,
    Photo,
    TimelineEntry,
    Update,
    Version,
)


class Living:
    """The rows of one loading: who is who, and the account as it grows."""

    def __init__(
        self,
        country: Country,
        initiatives: dict[Opened, Initiative],
        members: dict[Person, Member],
        events: dict[Held, Event],
        *,
        reports: dict[Held, EventReport],
        voices: Voices,
    ) -> None:
        self.country, self.initiatives, self.members, self.events = country, initiatives, members, events
        self.reports = reports
        self.voices = voices
        self.account: list[TimelineEntry] = []
        #: Mergers proposed, that the other author accepts today.
        self.accepted: list[Merge] = []
        self.lives = {life.opened: life for life in country.lives}

    def write(self) -> str:
        """All of it; how much, in words."""
        for opened, row in self.initiatives.items():
            self._tell_opening(opened, row)
        self._write_milestones()
        self._write_teams()
        updates = self._write_updates()
        actions = self._write_actions()
        self._write_needs()
        self._write_versions()
        said = self._write_discussions()
        self._write_letters()
        self._write_adoptions()
        self._write_mergers()
        photos = self._write_photos()
        self._tell_events()
        self._tell_ends()
        self.account.sort(key=attrgetter("happened_at"))
        TimelineEntry.objects.bulk_create(self.account, batch_size=_BATCH)
        return f"{updates} updates, {actions} actions, {said} contributions, {photos} pictures"

    # --- Its life ----------------------------------------------------------------------------------------------------

    def _tell_opening(self, opened: Opened, row: Initiative) -> None:
        self._tell(row, Kind.OPENED, row.created_at)
        if row.launched_at:
            self._tell(row, Kind.LAUNCHED, row.launched_at)
        if row.published_at:
            self._tell(row, Kind.SUBMITTED, row.submitted_at, count=FIRST)
            waited = row.published_at - row.submitted_at
            # A moment later: the task that publishes what the filter lets through.
            moment = row.published_at + _MOMENT
            self._tell(row, Kind.PUBLISHED, moment, waited_seconds=round(waited.total_seconds()))

    def _write_milestones(self) -> None:
        """Each step is reached when enough people came; what is promised there is kept, soon, or once late."""
        promises = cache(lambda kind, scale: Promise.objects.for_initiative(kind=kind, scale=scale))
        rng = _draws("promises")
        answers = {rank: cycle(texts) for rank, texts in self.voices.answers.items()}
        rows, overdue = [], []
        for opened, row in self._public():
            arrivals = opened.arrivals
            milestones = milestones_of(row, promises(row.kind, row.scale), count=min(FIRST, len(arrivals)))
            rows += milestones
            for rank, milestone in enumerate(milestones, start=1):
                if rank > 1 and milestone.threshold <= len(arrivals):
                    milestone.reach(max(self._ago(arrivals[milestone.threshold - 1]), row.published_at + 2 * _MOMENT))
                    details = {"count": milestone.threshold, "promise": milestone.promise}
                    self._tell(row, Kind.STEP, milestone.reached_at, **details)
                if not milestone.is_due:
                    continue
                if milestone.is_late and rank > 1 and opened.ended is None:
                    overdue.append((opened.text.story is None, opened.frozen is not None, milestone))
                self._keep(milestone, row, rank, answers, rng)
        # One that the site has not kept in time, for everyone to see.
        *_, late = min(overdue, key=lambda each: (*each[:2], self.country.now - each[2].reached_at))
        late.kept_at, late.answer = None, ""
        Milestone.objects.bulk_create(rows, batch_size=_BATCH)
        for milestone in rows:
            if milestone.kept_at and milestone.kept_at > milestone.reached_at:
                details = {"count": milestone.threshold, "promise": milestone.promise}
                self._tell(milestone.initiative, Kind.ANSWERED, milestone.kept_at, **details)

    def _keep(self, milestone: Milestone, row: Initiative, rank: int, answers: dict, rng: Random) -> None:
        """Answered before its deadline; not yet when that moment is still to come."""
        kept_at = milestone.reached_at + timedelta(days=milestone.days) * rng.uniform(0.35, 0.95)
        kept_at = self._by_day(kept_at)
        if kept_at < self.country.now - _MOMENT:
            if rank == 1:
                kept_at, milestone.answer = milestone.reached_at, "C’est fait\u202f: l’initiative est publiée."
            else:
                milestone.answer = next(answers[min(rank, max(answers))])
            milestone.kept_at = kept_at

    def _write_teams(self) -> None:
        rows = [
            CoOrganiser(initiative=row, member=self.members[person], joined_at=self._ago(age))
            for life, row in self._lived()
            for person, age in life.team
        ]
        CoOrganiser.objects.bulk_create(rows)
        for each in rows:
            self._tell(each.initiative, Kind.JOINED, each.joined_at)

    def _write_updates(self) -> int:
        told = [(each, life, row) for life, row in self._lived() for each in life.updates]
        rows = []
        for each, life, row in sorted(told, key=lambda one: -one[0].age):
            update = Update(
                initiative=row,
                title=each.text.title,
                text=fill(each.text.text, life.opened.place),
                **self._written(each.author, each.age),
            )
            update.created_at = update.updated_at = update.published_at = self._by_day(update.published_at)
            update.day = timezone.localdate(update.published_at)
            # Everyone heard of it.
            update.told_at, update.told_on = update.published_at, update.day
            rows.append(update)
        Update.objects.bulk_create(rows)
        for update in rows:
            self._tell(update.initiative, Kind.UPDATE, update.published_at, update=update.pk)
        return len(rows)

    def _write_actions(self) -> int:
        written = [(each, row) for life, row in self._lived() for each in life.actions]
        written.sort(key=lambda one: -one[0].age)
        rows = [
            Action(
                initiative=row,
                title=each.text.title,
                description=each.text.description,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                time_zone=each.zone.key,
                place=each.text.place,
                places=each.text.places,
                skills=each.text.skills,
                report=each.text.done or each.text.given_up,
                is_done=bool(each.text.done),
                closed_at=None if each.closed is None else self._ago(each.closed),
                **self._written(each.author, each.age),
            )
            for each, row in written
        ]
        Action.objects.bulk_create(rows)
        Commitment.objects.bulk_create(
            (
                Commitment(
                    action=action, member=self.members[person], created_at=self._ago(age), told_at=self._ago(age)
                )
                for action, (each, _) in zip(rows, written, strict=True)
                for person, age in each.committed
            ),
            batch_size=_BATCH,
        )
        for action, (each, _) in zip(rows, written, strict=True):
            if action.is_done:
                details = {"action": action.pk, "count": len(each.committed)}
                self._tell(action.initiative, Kind.ACTION, action.closed_at, **details)
        return len(rows)

    def _write_needs(self) -> None:
        written = [(each, row) for life, row in self._lived() for each in life.needs]
        rows = [
            Need(
                initiative=row,
                sort=each.text.sort,
                words=each.text.words,
                met_at=None if each.met is None else self._ago(each.met),
                **self._written(each.author, each.age),
            )
            for each, row in written
        ]
        Need.objects.bulk_create(rows)
        Offer.objects.bulk_create(
            Offer(
                need=need,
                member=self.members[person],
                message=text.message,
                created_at=self._ago(age),
                told_at=self._ago(age),
                is_accepted=text.accepted,
                answer=text.answer,
                answered_at=None if answered is None else self._ago(answered),
            )
            for need, (each, _) in zip(rows, written, strict=True)
            for text, person, age, answered in each.offers
        )

    def _write_versions(self) -> None:
        rows = []
        for life, row in self._lived():
            for text, age in life.versions:
                now = getattr(row, text.field)
                count = len(life.opened.arrivals) - bisect_left(sorted(life.opened.arrivals), age)
                rows.append(
                    Version(
                        initiative=row,
                        made_at=self._ago(age),
                        changes={text.field: [now.replace(text.now, text.then), now]},
                        support_count=count,
                        is_shown=count >= SHOWN_FROM,
                    )
                )
        Version.objects.bulk_create(rows)
        for version in rows:
            details = {"version": version.pk, "fields": sorted(version.changes), "is_shown": version.is_shown}
            self._tell(version.initiative, Kind.EDITED, version.made_at, **details)

    def _write_discussions(self) -> int:
        """Contributions, then their replies: the database counts those, and the votes."""
        said = [(each, row, life.opened) for life, row in self._lived() for each in life.discussion]
        said.sort(key=lambda one: -one[0].age)
        rows = [self._contribution(each, row, opened) for each, row, opened in said]
        Contribution.objects.bulk_create(rows, batch_size=_BATCH)
        replies = [
            Contribution(initiative=row.initiative, parent=row, text=text, **self._written(person, age))
            for row, (each, _, _) in zip(rows, said, strict=True)
            for text, person, age in each.replies
        ]
        replies.sort(key=attrgetter("created_at"))
        Contribution.objects.bulk_create(replies, batch_size=_BATCH)
        ContributionVote.objects.bulk_create(
            (
                ContributionVote(
                    contribution=row, member=self.members[person], is_useful=is_useful, created_at=self._ago(age)
                )
                for row, (each, _, _) in zip(rows, said, strict=True)
                for person, is_useful, age in each.votes
            ),
            batch_size=_BATCH,
        )
        return len(rows) + len(replies)

    def _contribution(self, each: Said, row: Initiative, opened: Opened) -> Contribution:
        later = self._ago(max(each.age - 0.4, opened.until + 0.01))
        return Contribution(
            initiative=row,
            stance=each.text.stance,
            text=fill(each.text.text, opened.place),
            erased_at=later if each.text.erased else None,
            pinned_at=later if each.text.pinned else None,
            **self._written(each.author, each.age),
        )

    def _write_letters(self) -> None:
        rows = []
        for life, row in self._lived():
            for letter in life.letters:
                writer = self.members[letter.writer]
                rows.append(
                    Letter(
                        initiative=row,
                        member=writer,
                        author=writer,
                        text=letter.text.text,
                        sent_at=self._ago(letter.age),
                    )
                )
                if letter.answered is not None:
                    rows.append(
                        Letter(
                            initiative=row,
                            member=writer,
                            author=row.author,
                            is_answer=True,
                            text=letter.text.answer,
                            sent_at=self._ago(letter.answered),
                        )
                    )
        Letter.objects.bulk_create(sorted(rows, key=attrgetter("sent_at")))

    def _write_adoptions(self) -> None:
        AdoptionRequest.objects.bulk_create(
            AdoptionRequest(initiative=row, member=self.members[person], message=message, asked_at=self._ago(age))
            for life, row in self._lived()
            for message, person, age in life.adoptions
        )

    def _write_mergers(self) -> None:
        for merger in self.country.mergers:
            source, target = self.initiatives[merger.source], self.initiatives[merger.target]
            row = Merge(source=source, target=target, proposed_by=source.author, proposed_at=self._ago(merger.proposed))
            if merger.agreed is not None and merger.done is not None:
                row.agreed_at = row.told_at = self._ago(merger.agreed)
                row.ends_at = row.agreed_at + OBJECTIONS_LAST
                row.done_at = source.ended_at
                row.carried_at = row.done_at + 4 * _MOMENT
                row.carried_count, row.source_count = len(merger.carried), merger.source_count
                url = reverse("initiative", args=[NumberedSlug("", target.pk)])
                self._tell(source, Kind.MERGED, row.done_at, url=url, count=row.source_count)
                url = reverse("initiative", args=[NumberedSlug("", source.pk)])
                self._tell(target, Kind.ABSORBED, row.carried_at, url=f"{url}?voir=1", count=row.carried_count)
                source.merged_into = target
                source.save(update_fields=["merged_into"])
            row.save()
            if merger.is_accepted:
                self.accepted.append(row)

    # --- Pictures ----------------------------------------------------------------------------------------------------

    def _write_photos(self) -> int:
        wanted = [
            (row, use, text, life.opened.text.title)
            for life, row in self._lived()
            if (story := life.opened.text.story)
            for use, text in ((Photo.Use.COVER, story.cover), (Photo.Use.OUTCOME, story.result))
            if text is not None
        ]
        rows = [self._photo(row, use, text, title) for row, use, text, title in wanted]
        Photo.objects.bulk_create(rows)
        for photo in rows:
            # Where anyone reads it, once it is sure that it is there.
            photo.move_files_after_commit()
        return len(rows)

    def _photo(self, row: Initiative, use: str, text: CoverText, title: str) -> Photo:
        picture = draw(text.scene, seed=f"{title}: {use}")
        shown_at = row.ended_at if use == Photo.Use.OUTCOME else row.published_at
        return Photo(
            initiative=row,
            author=row.author,
            use=use,
            name=images.keep(picture, folder=Photo.FOLDER),
            width=picture.width,
            height=picture.height,
            alternative=text.alternative,
            created_at=shown_at,
            updated_at=shown_at,
            published_at=shown_at,
        )

    # --- The account -------------------------------------------------------------------------------------------------

    def _tell_events(self) -> None:
        for held, event in self.events.items():
            if held.opened is not None:
                details = {"event": event.pk, "starts_at": event.starts_at.isoformat(), "time_zone": event.time_zone}
                self._tell(self.initiatives[held.opened], Kind.EVENT, event.published_at, **details)
        for held, report in self.reports.items():
            if held.opened is not None:
                details = {"event": report.event_id, "turnout": report.turnout}
                self._tell(self.initiatives[held.opened], Kind.REPORT, report.published_at, **details)

    def _tell_ends(self) -> None:
        for opened, row in self._public():
            if row.frozen_at:
                self._tell(row, Kind.FROZEN, row.frozen_at)
            if row.state == Initiative.State.ARCHIVED and not opened.is_joined:
                self._tell(row, Kind.ARCHIVED, row.ended_at)
            elif row.ended_at and not opened.is_joined:
                self._tell(row, Kind(row.state), row.ended_at, count=len(opened.supporters))

    def _tell(self, row: Initiative, kind: str, when: datetime, **details) -> None:
        self.account.append(TimelineEntry(initiative=row, kind=kind, happened_at=when, details=details))

    # --- Below -------------------------------------------------------------------------------------------------------

    def _public(self) -> Iterator[tuple[Opened, Initiative]]:
        return ((opened, row) for opened, row in self.initiatives.items() if opened.is_public)

    def _lived(self) -> Iterator[tuple[Life, Initiative]]:
        return ((life, self.initiatives[life.opened]) for life in self.country.lives)

    def _ago(self, days: float) -> datetime:
        return self.country.now - timedelta(days=days)

    def _by_day(self, when: datetime) -> datetime:
        """What an office or a team writes is not written at night: it waits for the morning, if that has come."""
        later = when + timedelta(hours=_NIGHT)
        is_night = timezone.localtime(when).hour < _NIGHT
        return later if is_night and later < self.country.now - _MOMENT else when

    def _written(self, author: Person, age: float) -> dict:
        """Who wrote a text, when; nobody had to read it first."""
        when = self._ago(age)
        return {"author": self.members[author], "created_at": when, "updated_at": when, "published_at": when}


def forget_pictures(photos: Iterable[tuple[str, int]]) -> None:
    """Erase the files of these photos, (name, width), once what is being done has ended well."""

    def forget() -> None:
        for name, width in photos:
            images.forget(name, width)

    transaction.on_commit(forget)


def _draws(subject: str) -> Random:
    return Random(f"{SEED}: {subject}")  # noqa: S311 (nothing secret is drawn)
