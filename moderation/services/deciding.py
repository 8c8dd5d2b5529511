"""What moderators decide, and what authors are told of it; always logged."""

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter import Ground
from moderation.models import Case, Decision, ModeratedContent
from moderation.services.locks import lock, lock_case, lock_content
from moderation.services.queue import close, fingerprint
from moderation.services.refusals import AlreadyDecided, ContentChanged, ContentGone, OwnContent, ReasonMissing
from notifications.services import tell

Verb = Decision.Verb


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
        case = lock(content)
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
    case = lock(content)
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
    case = lock_case(case)
    if case.content is not None:
        raise ContentChanged(_("Ce contenu existe toujours."))
    close(case)
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


def _take(case: Case, *, by: Member, reason: str, seen: str) -> tuple[Case, ModeratedContent]:
    """The case and its content, locked in this order by everyone, once nothing stands against deciding."""
    _require(reason)
    case = lock_case(case)
    content = case.content
    if content is None:
        raise ContentGone(_("Ce contenu a été effacé."))
    _refuse_own(content, by=by)
    lock_content(content)
    if seen and seen != fingerprint(case):
        raise ContentChanged(_("L’auteur vient de modifier son texte : relisez-le avant de décider."))
    return case, content


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
        close(case)
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
