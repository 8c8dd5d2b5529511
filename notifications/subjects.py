"""What a message says may stop being true while it waits: what it is about is asked again as it leaves."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from members.models import Member
from notifications.models import Notification

#: In the context of a message: what it is about, as "events.event 12".
_ABOUT = "about"
#: As the column holds it.
ABOUT = re.compile(r"([a-z]+\.[a-z]+) ([0-9]{1,18})")
#: What else it names, in a list.
ALSO = "also"

#: What was looked up for the messages of one batch, by what their contexts say.
Known = dict[str, "Subject | None"]


def about_of(about: models.Model | str | None) -> str:
    """ "events.event 12", of it or as it is; "" of nothing."""
    return f"{about._meta.label_lower} {about.pk}" if isinstance(about, models.Model) else about or ""


class Topic(models.Model):
    """What notifications are about: by it they are grouped in the bell, and muted."""

    class Meta:
        abstract = True

    @classmethod
    def readable_by(cls, pks: Collection[int], reader: Member) -> dict[int, Self]:
        """Of these, by number, those of which the reader may read what they were told: what is withheld is its
        author's alone."""
        rows = cls._default_manager.filter(Q(withheld_at=None) | Q(author=reader), pk__in=pks)
        return {row.pk: row for row in rows}


def is_topic(label: str) -> bool:
    """Whether such things ("events.event") are what notifications are about."""
    try:
        return issubclass(apps.get_model(label), Topic)
    except LookupError:
        return False


def topics_of(row: Notification) -> set[str]:
    """All that has its words in what this row says: what it is about, and what its context names besides."""
    return {about for about in (row.about, row.context.get(_ABOUT, ""), *row.context.get(ALSO, [])) if about}


def topics(abouts: Iterable[str], reader: Member) -> dict[str, Topic]:
    """Those that the reader may read, by their names; one reading for those of one model."""
    numbers: dict[str, list[int]] = {}
    for about in abouts:
        if parts := ABOUT.fullmatch(about):
            numbers.setdefault(parts[1], []).append(int(parts[2]))
    return {
        f"{label} {pk}": topic
        for label, pks in numbers.items()
        if is_topic(label)
        for pk, topic in apps.get_model(label).readable_by(pks, reader).items()
    }


class NotNow(Exception):
    """What it is about is hidden for the moment: the message is tried again later."""


class Subject(models.Model):
    """What messages are about, when that may change: their context holds `as_subject`."""

    class Meta:
        abstract = True

    @property
    def as_subject(self) -> dict[str, str]:
        """The entry of a context by which it is found again."""
        return {_ABOUT: about_of(self)}

    @classmethod
    def as_told(cls, pk: int) -> Self | None:
        """It, with what `still_said` reads; None once it is gone."""
        return cls._default_manager.filter(pk=pk).first()

    @classmethod
    def as_told_many(cls, pks: Collection[int]) -> dict[int, Self]:
        """`as_told` for several, by number."""
        return {pk: subject for pk in pks if (subject := cls.as_told(pk)) is not None}

    def is_pressing(self, now: datetime) -> bool:
        """Whether what is told of it at this moment is worth waking somebody up."""
        return False

    def still_said(self, kind: str, said: dict[str, Any]) -> dict[str, Any] | None:
        """What a message of this kind says now, in place of what was to be `said`; None when it is not true any more.

        Raises NotNow.
        """
        raise NotImplementedError


def subject_of(said: dict[str, Any], known: Known) -> Subject | None:
    """What this context is about; None when it does not say, or it is gone. Looked up once for those of one batch."""
    about = said.get(_ABOUT)
    if about is None:
        return None
    if about not in known:
        label, pk = about.split()
        known[about] = apps.get_model(label).as_told(int(pk))
    return known[about]


def foresee(abouts: Iterable[str], known: Known) -> None:
    """Look up at once what the messages of a batch will ask about."""
    numbers: dict[str, set[int]] = {}
    for about in abouts:
        label, pk = about.split()
        numbers.setdefault(label, set()).add(int(pk))
    for label, pks in numbers.items():
        found = apps.get_model(label).as_told_many(pks)
        known |= {f"{label} {pk}": found.get(pk) for pk in pks}


def still_said(kind: str, said: dict[str, Any], known: Known) -> dict[str, Any] | None:
    """What a message says now; None when what it is about is gone, or it is not true any more. Raises NotNow."""
    if _ABOUT not in said:
        return said
    subject = subject_of(said, known)
    return subject and subject.still_said(kind, said)
