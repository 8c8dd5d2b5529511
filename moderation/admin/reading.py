"""What a moderator reads before deciding."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.models import Member
from members.services import record_reading
from moderation.models import Case, Decision, ModeratedContent, ReasonTemplate, Sanction
from moderation.passages import difference, marked

#: Notices shown on the page of a case, the weightiest first; and ready reasons that have a key of their own.
NOTICES_SHOWN = 20
KEYS = 9
#: Lines of its story, the latest ones.
_LINES = 40


def since(elapsed: timedelta) -> str:
    """à l’instant, depuis 5 min, depuis 3 h, depuis 2 j."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 1:
        return _("à l’instant")
    if minutes < 60:
        return _("depuis %d min") % minutes
    if minutes < 24 * 60:
        return _("depuis %d h") % (minutes // 60)
    return _("depuis %d j") % (minutes // (24 * 60))


@dataclass(frozen=True)
class Passage:
    """One text of the case: alone, or before and after an edit."""

    label: str
    text: SafeString
    before: SafeString | None = None


def passages(case: Case) -> list[Passage]:
    """The texts of the case as a moderator reads them: for an edit, only those that change."""
    content = case.content
    texts = content.texts()
    if not case.is_edit:
        return [
            Passage(_label(content, name), marked(text, case.spans.get(name, ())))
            for name, text in texts.items()
            if text
        ]
    shown = []
    for name in [name for name in texts if name in case.proposed]:
        before, after = difference(texts[name], case.proposed[name], case.spans.get(name, ()))
        shown.append(Passage(_label(content, name), after, before))
    return shown


def _label(content: ModeratedContent, name: str) -> str:
    return str(content._meta.get_field(name).verbose_name).capitalize()


@dataclass(frozen=True)
class Record:
    """What was decided before on what this person wrote, and on their account."""

    published: int
    withheld: int
    labelled: int
    restored: int
    refused: int
    measures: list[Sanction]


def author_record(author: Member) -> Record:
    """Two queries."""
    verbs = Decision.Verb
    counts = Decision.objects.filter(author=author).aggregate(
        published=Count("pk", filter=Q(verb=verbs.PUBLISH)),
        withheld=Count("pk", filter=Q(verb__in=[verbs.WITHHOLD, verbs.REMOVE, verbs.REJECT])),
        labelled=Count("pk", filter=Q(verb=verbs.LABEL)),
        restored=Count("pk", filter=Q(verb=verbs.RESTORE)),
        refused=Count("pk", filter=Q(verb=verbs.REFUSE)),
    )
    return Record(**counts, measures=list(Sanction.objects.standing().filter(member=author)[:5]))


#: What is written down of it (`members.services.record_reading`).
PRIVATE_WORDS = _("contenu que le public ne lit pas")


def record_private(case: Case, *, by: Member) -> None:
    """Write down that a moderator read in a case what the public does not: a content, or a new text for it."""
    if case.is_edit or case.content.is_private or not case.content.is_public:
        record_reading(by=by, about=case.content, what=PRIVATE_WORDS, why=_("Cas à examiner"))


def decisions_on(content_type_id: int, object_id: int) -> QuerySet[Decision]:
    """The latest decisions on one content."""
    found = Decision.objects.filter(content_type_id=content_type_id, object_id=object_id)
    return found.select_related("by")[:20]


@dataclass(frozen=True)
class Line:
    """One thing that happened to a case, or that somebody said of it."""

    at: datetime
    what: str
    said: str = ""


def story_of(case: Case, decisions: Iterable[Decision]) -> list[Line]:
    """What happened to a case, in its order: opened, reminded of, noted, decided. One query, for the notes."""
    lines = [Line(case.opened_at, _("Ouvert"), case.reason)]
    if case.reminded_at:
        lines.append(Line(case.reminded_at, _("Rappelé aux modérateurs")))
    if case.escalated_at:
        lines.append(Line(case.escalated_at, _("Signalé en retard aux modérateurs confirmés")))
    latest = case.notes.select_related("by").order_by("-written_at", "-id")[:_LINES]
    lines += [Line(note.written_at, _("Note de %s") % (note.by or _("quelqu’un")), note.text) for note in latest]
    lines += [Line(decision.made_at, _who_did(decision), decision.reason) for decision in decisions]
    return sorted(lines, key=lambda line: line.at)[-_LINES:]


def _who_did(decision: Decision) -> str:
    what = decision.get_verb_display().capitalize()
    who = _("le site") if decision.automated else decision.by or _("quelqu’un")
    ground = f" ({decision.get_ground_display()})" if decision.ground else ""
    return f"{what}, {who}{ground}"


@dataclass(frozen=True)
class Ready:
    """Ready reasons: those that fit the case, each with a number to be called by; and all the others."""

    near: list[tuple[int, ReasonTemplate]]
    others: list[ReasonTemplate]


def ready_reasons(case: Case) -> Ready:
    """One query. What fits is what restricts on the ground that the filter supposed, and what publishes."""
    rows = list(ReasonTemplate.objects.all()[:300])
    if case.is_edit:
        # An edit is accepted or refused: the public text carries no words of ours for it.
        rows = [row for row in rows if row.verb in ("publish", "withhold")]
    fits = [row for row in rows if row.ground and row.ground == case.ground]
    fits += [row for row in rows if row.verb == ReasonTemplate.Verb.PUBLISH]
    near = fits[:KEYS]
    return Ready(list(enumerate(near, start=1)), [row for row in rows if row not in near])
