"""What can happen to a text that others will read: screened, queued, published, withheld, restored; always logged."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from statistics import median

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from members.models import Member
from moderation.filter import Ground, Outcome, Verdict, screen, worst
from moderation.models import Case, Decision, ModeratedContent
from notifications.services import tell

#: How many of the latest decisions tell how long people wait.
RECENT_DECISIONS = 50

Verb = Decision.Verb


class DecisionRefused(Exception):
    """A decision cannot be taken; the text says why to the moderator."""


class AlreadyDecided(DecisionRefused):
    """Somebody else was quicker, or it was done before."""


class OwnContent(DecisionRefused):
    """Nobody decides on what they wrote."""


class ContentChanged(DecisionRefused):
    """The author wrote something else since the moderator read it."""


class ContentGone(DecisionRefused):
    """Nothing is left to decide upon."""


class ReasonMissing(DecisionRefused):
    """Each decision says why."""


# --- Reading ---------------------------------------------------------------------------------------------------------


def screen_texts(texts: Mapping[str, str], *, own_contacts: Collection[str] = ()) -> dict[str, Verdict]:
    """What the filter says of each text, by field name."""
    return {name: screen(text, field=name, own_contacts=own_contacts) for name, text in texts.items()}


def waiting_time() -> timedelta | None:
    """How long authors usually wait for a moderator: the median of the latest decisions, None when there is none."""
    waits = (
        Decision.objects.filter(case__isnull=False, automated=False)
        .order_by("-made_at", "-id")
        .values_list(F("made_at") - F("case__opened_at"), flat=True)[:RECENT_DECISIONS]
    )
    return median(waits) if (waits := list(waits)) else None


def fingerprint(case: Case) -> str:
    """What a moderator read, in short: a decision that carries it is refused once the texts have changed."""
    content = case.content
    seen = [case.proposed, content.texts() if content else {}]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]


def next_case(*, by: Member, after: Case | None = None) -> Case | None:
    """The gravest open case, the oldest among equals, that this moderator did not write; the one following `after`."""
    cases = Case.objects.open().order_by("-gravity", "opened_at", "pk")
    if after is not None:
        older = Q(opened_at__gt=after.opened_at) | Q(opened_at=after.opened_at, pk__gt=after.pk)
        cases = cases.filter(Q(gravity__lt=after.gravity) | Q(gravity=after.gravity) & older)
    return next((case for case in cases[:20] if case.content is None or case.content.author_id != by.pk), None)


# --- What authors write ----------------------------------------------------------------------------------------------


@transaction.atomic
def receive(content: ModeratedContent, *, by: Member) -> Outcome:
    """Screen a content that was just saved: it is published at once, or waits for a moderator.

    To be called in the transaction that saved it. Forms stop a refused text earlier (`ScreenedFormMixin`); one that
    comes by another way is queued like the rest, with its gravity.
    """
    verdicts = screen_texts(content.texts(), own_contacts=_own_contacts(by))
    if worst(verdicts.values()).passes:
        _drop_open_case(content, _("Rien dans ce texte ne demande plus à être relu."))
        content.publish()
        return Outcome.PUBLISH
    _queue(content, verdicts)
    return Outcome.QUEUE


@transaction.atomic
def receive_edit(content: ModeratedContent, changes: Mapping[str, str], *, by: Member) -> Outcome:
    """Take new texts of a content, by field name.

    Public: what passes replaces the text at once; otherwise the public text stays and the new one waits in the
    content's case, where a later edit of the same fields replaces or, when it passes, drops it.
    Withheld: the new text is kept and a moderator reads it again, whatever the filter says.
    Waiting for its first publication: the case follows the text, and the content is published once nothing in it is
    to be read. Neither public nor waiting, a draft: the text is kept, `receive` will screen it.
    """
    case = _lock(content)
    changes = {name: text for name, text in changes.items() if name in content.screened_fields}
    own_contacts = _own_contacts(by)
    if content.is_public:
        return _edit_public(content, case, changes, own_contacts=own_contacts)
    if changed := {name: text for name, text in changes.items() if getattr(content, name) != text}:
        content.apply_edit(changed)
    if content.withheld_at is not None:
        if changed:
            _queue(content, screen_texts(content.texts(), own_contacts=own_contacts), reason=_EDITED_WITHHELD)
        return Outcome.QUEUE
    if case is not None:
        return receive(content, by=by)
    return Outcome.PUBLISH if _passes(changes, own_contacts) else Outcome.QUEUE


_EDITED_WITHHELD = _("Son auteur l’a modifié depuis son retrait.")


def _edit_public(
    content: ModeratedContent, case: Case | None, changes: dict[str, str], *, own_contacts: Collection[str]
) -> Outcome:
    pending = dict(case.proposed) if case else {}
    kept = {name: text for name, text in pending.items() if name not in changes}
    new = {name: text for name, text in changes.items() if getattr(content, name) != text}
    if not _passes(new, own_contacts):
        _queue(content, screen_texts(kept | new, own_contacts=own_contacts), proposed=kept | new)
        return Outcome.QUEUE
    if new:
        content.apply_edit(new)
    if pending and not kept:
        _close_automatically(case, content, _("L’auteur a remplacé la modification qui attendait."))
    elif kept != pending:
        case.proposed = kept
        case.spans = {name: spans for name, spans in case.spans.items() if name in kept}
        case.save(update_fields=["proposed", "spans"])
    return Outcome.PUBLISH


@transaction.atomic
def take_back(content: ModeratedContent) -> None:
    """Its author erases a content: nothing of it waits any more, and what was proposed is forgotten.

    The content is locked and read again; the caller erases it. Raises ContentGone.
    """
    case = _lock(content)
    if case is not None:
        case.proposed, case.spans = {}, {}
        case.save(update_fields=["proposed", "spans"])
        _close_automatically(case, content, _("Son auteur l’a effacé."))


def record_refusal(
    model: type[ModeratedContent], verdict: Verdict, *, by: Member | None, content: ModeratedContent | None = None
) -> Decision:
    """Log that the filter refused a text. The text itself is not kept: it is what the law forbids to spread."""
    return Decision.objects.create(
        content_type=ContentType.objects.get_for_model(model),
        object_id=content.pk if content else None,
        verb=Verb.REFUSE,
        ground=verdict.ground or "",
        rule=verdict.rule,
        rule_version=verdict.rule_version,
        reason=verdict.reason or verdict.ground.label,
        automated=True,
        author=by,
    )


# --- What moderators decide ------------------------------------------------------------------------------------------


@transaction.atomic
def publish(case: Case, *, by: Member, reason: str, ground: str = "", seen: str = "") -> Decision:
    """Let a queued content, or a queued edit, be read by anyone.

    `seen` is the `fingerprint` of what was read, when the caller has it. The author is told. Raises AlreadyDecided,
    OwnContent, ContentChanged, ContentGone or ReasonMissing.
    """
    case, content = _take(case, by=by, reason=reason, seen=seen)
    if case.is_edit:
        texts = case.proposed
        content.apply_edit(case.proposed)
    else:
        texts = content.texts()
    if content.withheld_at is not None:
        content.restore()
    if content.published_at is None:
        content.publish()
    decision = _decide(Verb.PUBLISH, content, case=case, by=by, ground=ground, reason=reason, texts=texts)
    _tell_author(decision, content, "edit_published" if case.is_edit else "content_published")
    return decision


@transaction.atomic
def withhold(
    content_or_case: ModeratedContent | Case, *, by: Member, ground: str, reason: str, seen: str = ""
) -> Decision:
    """Hide a content from all but its author and the moderators, whether it waited in the queue or was public.

    The author is told on which ground, why, and what can be done. Raises as `publish` does.
    """
    _require(reason, ground)
    if isinstance(content_or_case, Case):
        case, content = _take(content_or_case, by=by, reason=reason, seen=seen)
    else:
        content = content_or_case
        _refuse_own(content, by=by)
        case = _lock(content)
        if content.withheld_at is not None:
            raise AlreadyDecided(_("Ce contenu est déjà retiré."))
    if content.withheld_at is None:
        content.withhold()
    texts = content.texts() | (case.proposed if case else {})
    decision = _decide(Verb.WITHHOLD, content, case=case, by=by, ground=ground, reason=reason, texts=texts)
    _tell_author(decision, content, "content_withheld")
    return decision


@transaction.atomic
def restore(content: ModeratedContent, *, by: Member, reason: str) -> Decision:
    """Give back to its readers a content that was withheld, as it was; one withheld from the queue is published.

    The author is told. Raises AlreadyDecided, OwnContent or ReasonMissing.
    """
    _refuse_own(content, by=by)
    _require(reason)
    case = _lock(content)
    if content.withheld_at is None:
        raise AlreadyDecided(_("Ce contenu n’est pas retiré."))
    content.restore()
    if content.published_at is None and _was_withheld_from_the_queue(content):
        content.publish()
    decision = _decide(Verb.RESTORE, content, case=case, by=by, ground="", reason=reason, texts=content.texts())
    _tell_author(decision, content, "content_restored")
    return decision


@transaction.atomic
def reject_edit(case: Case, *, by: Member, ground: str, reason: str, seen: str = "") -> Decision:
    """Leave the public text as it is; the author is told why the new one is not published. Raises as `publish` does."""
    _require(reason, ground)
    case, content = _take(case, by=by, reason=reason, seen=seen)
    if not case.is_edit:
        raise ContentChanged(_("Aucune modification n’attend plus."))
    decision = _decide(Verb.REJECT, content, case=case, by=by, ground=ground, reason=reason, texts=case.proposed)
    _tell_author(decision, content, "edit_rejected")
    return decision


@transaction.atomic
def close_empty(case: Case, *, by: Member) -> Decision:
    """Close a case whose content was erased. Raises AlreadyDecided, or ContentChanged when the content is there."""
    case = _lock_case(case)
    if case.content is not None:
        raise ContentChanged(_("Ce contenu existe toujours."))
    _close(case)
    return Decision.objects.create(
        case=case,
        content_type=case.content_type,
        object_id=case.object_id,
        verb=Verb.CLOSE,
        reason=str(_("Le contenu a été effacé.")),
        by=by,
    )


def decision_context(
    content: ModeratedContent, *, ground: str = "", reason: str = "", detected: bool = False
) -> dict[str, str | bool]:
    """What the messages about a decision say, and their preview; `detected`: the filter asked for it."""
    known = Ground(ground) if ground else None
    return {
        "title": str(content),
        "sort": str(content._meta.verbose_name),
        "is_picture": content.is_picture,
        "url": content.author_address,
        "ground": known.label if known else "",
        "reference": known.reference if known else "",
        "reason": reason,
        "detected": detected,
    }


# --- Below -----------------------------------------------------------------------------------------------------------


def _passes(texts: Mapping[str, str], own_contacts: Collection[str]) -> bool:
    return worst(screen_texts(texts, own_contacts=own_contacts).values()).passes


def _own_contacts(by: Member | None) -> tuple[str, ...]:
    return (by.email,) if by and by.email else ()


def _take_turn(content_type: ContentType, object_id: int) -> None:
    """One at a time edits or judges a content.

    Its case is locked before it; but a case that another opens between our look for one and our lock on the content
    would be waited for the other way round, and two would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"moderation/{content_type.pk}/{object_id}"]
        )


def _lock_case(case: Case) -> Case:
    _take_turn(case.content_type, case.object_id)
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.closed_at is not None:
        last = case.decisions.select_related("by").first()
        raise AlreadyDecided(
            _("%(who)s a déjà décidé : %(verb)s. Votre décision n’a rien changé.")
            % {"who": last.by, "verb": last.get_verb_display()}
            if last and last.by
            else _("Ce cas est déjà clos. Votre décision n’a rien changé.")
        )
    return case


def _take(case: Case, *, by: Member, reason: str, seen: str) -> tuple[Case, ModeratedContent]:
    """The case and its content, locked in this order by everyone, once nothing stands against deciding."""
    _require(reason)
    case = _lock_case(case)
    content = case.content
    if content is None:
        raise ContentGone(_("Ce contenu a été effacé."))
    _refuse_own(content, by=by)
    _lock_content(content)
    if seen and seen != fingerprint(case):
        raise ContentChanged(_("L’auteur vient de modifier son texte : relisez-le avant de décider."))
    return case, content


def _lock(content: ModeratedContent) -> Case | None:
    """Lock the open case of this content, if any, then the content; its texts and dates are read again."""
    _take_turn(ContentType.objects.get_for_model(content), content.pk)
    case = Case.objects.open().of(content).select_for_update().first()
    _lock_content(content)
    return case


def _lock_content(content: ModeratedContent) -> None:
    # A form has already written the new texts into the instance: only the row knows the present ones.
    # Without a key lock, so that supports and attendances of this content do not wait.
    content.hold()
    try:
        content.refresh_from_db(
            fields=[*content.screened_fields, "published_at", "withheld_at"],
            from_queryset=type(content)._base_manager.select_for_update(no_key=True, of=("self",)),
        )
    except type(content).DoesNotExist as error:
        raise ContentGone(_("Ce contenu a été effacé entre-temps.")) from error


def _refuse_own(content: ModeratedContent, *, by: Member) -> None:
    if content.author_id == by.pk:
        raise OwnContent(_("Vous avez écrit ce contenu : quelqu’un d’autre doit décider."))


def _require(reason: str, ground: str | None = None) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est inscrite au journal et envoyée à l’auteur."))
    if ground is not None and ground not in set(Ground):
        raise ReasonMissing(_("Choisissez un motif."))


def _was_withheld_from_the_queue(content: ModeratedContent) -> bool:
    withheld = Decision.objects.filter(
        content_type=ContentType.objects.get_for_model(content), object_id=content.pk, verb=Verb.WITHHOLD
    ).first()
    return withheld is not None and withheld.case_id is not None


# One open case per content is a partial unique index, which Django's bulk_create cannot name.
_OPEN_CASE = """
INSERT INTO moderation_case
    (content_type_id, object_id, proposed, gravity, ground, rule, rule_version, reason, spans, opened_at)
VALUES (%s::int, %s::bigint, %s::jsonb, %s::smallint, %s, %s, %s, %s, %s::jsonb, %s::timestamptz)
ON CONFLICT (content_type_id, object_id) WHERE closed_at IS NULL DO UPDATE SET
    proposed = EXCLUDED.proposed, gravity = EXCLUDED.gravity, ground = EXCLUDED.ground, rule = EXCLUDED.rule,
    rule_version = EXCLUDED.rule_version, reason = EXCLUDED.reason, spans = EXCLUDED.spans
"""


def _queue(
    content: ModeratedContent,
    verdicts: Mapping[str, Verdict],
    *,
    proposed: dict[str, str] | None = None,
    reason: str = "",
) -> None:
    """Open the content's case, or bring the open one up to date: its age stays, nobody queues twice."""
    gravest = worst(verdicts.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_CASE,
            [
                ContentType.objects.get_for_model(content).pk,
                content.pk,
                Jsonb(proposed or {}),
                gravest.severity,
                gravest.ground or "",
                gravest.rule,
                gravest.rule_version,
                (gravest.reason or str(reason))[:300],
                Jsonb({name: verdict.spans for name, verdict in verdicts.items() if verdict.spans}),
                timezone.now(),
            ],
        )


def _drop_open_case(content: ModeratedContent, reason: str) -> None:
    case = Case.objects.open().of(content).select_for_update().first()
    if case is not None:
        _close_automatically(case, content, reason)


def _close_automatically(case: Case, content: ModeratedContent, reason: str) -> None:
    texts = case.proposed
    _close(case)
    Decision.objects.create(
        case=case,
        content_type=case.content_type,
        object_id=case.object_id,
        verb=Verb.CLOSE,
        reason=str(reason),
        texts=texts,
        automated=True,
        author_id=content.author_id,
    )


def _close(case: Case) -> None:
    case.closed_at = timezone.now()
    case.save(update_fields=["closed_at"])


def _decide(
    verb: Verb,
    content: ModeratedContent,
    *,
    case: Case | None,
    by: Member,
    ground: str,
    reason: str,
    texts: dict[str, str],
) -> Decision:
    if case is not None:
        _close(case)
    return Decision.objects.create(
        case=case,
        content_type=ContentType.objects.get_for_model(content),
        object_id=content.pk,
        verb=verb,
        ground=ground,
        rule=case.rule if case else "",
        rule_version=case.rule_version if case else "",
        reason=reason.strip(),
        texts=texts,
        by=by,
        author_id=content.author_id,
    )


def _tell_author(decision: Decision, content: ModeratedContent, kind: str) -> None:
    if content.author_id is not None:
        tell(
            content.author_id,
            kind=kind,
            key=f"decision:{decision.pk}",
            context=decision_context(
                content, ground=decision.ground, reason=decision.reason, detected=bool(decision.rule)
            ),
        )
