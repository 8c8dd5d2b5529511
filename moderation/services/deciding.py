"""What moderators decide, and what authors are told of it; always logged."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.access import MAY_OVERSEE
from moderation.filter import Ground
from moderation.models import Appeal, Case, Decision, ModeratedContent, Term
from moderation.services import notices, redress
from moderation.services.claiming import refuse_held
from moderation.services.evidence import seal_crime
from moderation.services.locks import lock, lock_case, lock_content
from moderation.services.lookalikes import remember
from moderation.services.parts import refuse_part
from moderation.services.queue import close, fingerprint
from moderation.services.refusals import (
    AlreadyDecided,
    ContentChanged,
    ContentGone,
    Contested,
    NoLabel,
    ReasonMissing,
    SeniorNeeded,
)
from moderation.services.statements import address_of_statement, state
from notifications.services import tell

Verb = Decision.Verb
Source = Decision.Source

#: What ends the addresses that a decision makes, before it is taken.
_TO_COME = "a-venir"

#: Within which whoever removed a content for good may go back on it alone: a slip is seen at once.
MENDED_WITHIN = timedelta(minutes=10)


@transaction.atomic
def publish(
    case: Case,
    *,
    by: Member,
    reason: str,
    ground: str = "",
    facts: str = "",
    seen: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
) -> Decision:
    """Let a queued content, or a queued edit, be read by anyone; or leave what already is as it is.

    `seen` is the `fingerprint` of what was read, when the caller has it. The author is told when something changes for
    them. Raises AlreadyDecided, OwnContent, ContentChanged, ContentGone or ReasonMissing; HeldByAnother while another
    moderator reads the case, unless `taking_over`; Contested while an appeal waits on what withholds it.
    """
    case, content = _take(case, by=by, reason=reason, seen=seen, taking_over=taking_over)
    texts = case.proposed or content.texts()
    lifted = None if case.is_edit else _lifted(content)
    is_news = _open_to_all(case, content)
    decision = _decide(
        Verb.PUBLISH,
        content,
        case=case,
        by=by,
        ground=ground,
        reason=reason,
        facts=facts,
        texts=texts,
        source=source,
        reverses=lifted,
    )
    if is_news:
        _tell_author(decision, content, "edit_published" if case.is_edit else "content_published")
    return decision


def _open_to_all(case: Case, content: ModeratedContent) -> bool:
    """What the case holds back is read by anyone from now on; False when it already was."""
    if case.is_edit:
        content.apply_edit(case.proposed)
        return True
    is_news = not content.is_public
    if content.withheld_at is not None:
        content.restore()
    if content.published_at is None:
        content.publish()
    return is_news


@transaction.atomic
def withhold(
    content_or_case: ModeratedContent | Case,
    *,
    by: Member,
    ground: str,
    reason: str,
    facts: str = "",
    until: datetime | None = None,
    seen: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
    reverses: Decision | None = None,
) -> Decision:
    """Hide a content from all but its author and the moderators, whether it waited in the queue or was public.

    With `until`, it comes back by itself then; `reverses` is the decision that had left it. The author is told on
    which ground, why, and what can be done. Raises as `publish` does.
    """
    case, content = _judged(content_or_case, by=by, reason=reason, ground=ground, seen=seen, taking_over=taking_over)
    if not isinstance(content_or_case, Case) and content.withheld_at is not None:
        raise AlreadyDecided(_("Ce contenu est déjà retiré."))
    if content.withheld_at is None:
        content.withhold()
    decision = _decide(
        Verb.WITHHOLD,
        content,
        case=case,
        by=by,
        ground=ground,
        reason=reason,
        facts=facts,
        until=until,
        texts=content.texts() | (case.proposed if case else {}),
        source=source,
        reverses=reverses,
    )
    _tell_author(decision, content, "content_withheld")
    return decision


@transaction.atomic
def remove(
    content_or_case: ModeratedContent | Case,
    *,
    by: Member,
    ground: str,
    reason: str,
    facts: str = "",
    seen: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
) -> Decision:
    """Withhold a content for good: its author still reads it, and does not mend it any more.

    Only an appeal, or a senior moderator, gives it back. What was withheld may be removed. Raises as `publish` does.
    """
    case, content = _judged(content_or_case, by=by, reason=reason, ground=ground, seen=seen, taking_over=taking_over)
    if content.removed_at is not None:
        raise AlreadyDecided(_("Ce contenu est déjà retiré définitivement."))
    content.remove()
    decision = _decide(
        Verb.REMOVE,
        content,
        case=case,
        by=by,
        ground=ground,
        reason=reason,
        facts=facts,
        texts=content.texts() | (case.proposed if case else {}),
        source=source,
    )
    _tell_author(decision, content, "content_removed")
    return decision


@transaction.atomic
def label(
    content_or_case: ModeratedContent | Case,
    *,
    by: Member,
    ground: str,
    reason: str,
    label: str,
    facts: str = "",
    until: datetime | None = None,
    seen: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
) -> Decision:
    """Let a content be read, with these words of ours above it; with `until`, they go by themselves then.

    What waited in the queue is published, an edit that waited is accepted. Raises as `publish` does, or NoLabel.
    """
    label = " ".join(label.split())
    if not label:
        raise ReasonMissing(_("Écrivez la mention que liront les lecteurs."))
    case, content = _judged(content_or_case, by=by, reason=reason, ground=ground, seen=seen, taking_over=taking_over)
    if content.is_private:
        raise NoLabel(_("Un message privé ne porte pas de mention : laissez-le, ou retirez-le."))
    if isinstance(content_or_case, Case):
        texts = case.proposed or content.texts()
        if not case.is_edit:
            _lifted(content)
        _open_to_all(case, content)
    else:
        if not content.is_public:
            raise AlreadyDecided(_("Personne ne lit ce contenu : une mention n’y dirait rien."))
        if content.label == label:
            raise AlreadyDecided(_("Ce contenu porte déjà cette mention."))
        # An edit of it that waits is still to be read.
        case, texts = None, content.texts()
    content.say_above(label)
    decision = _decide(
        Verb.LABEL,
        content,
        case=case,
        by=by,
        ground=ground,
        reason=reason,
        facts=facts,
        until=until,
        texts=texts,
        source=source,
    )
    _tell_author(decision, content, "content_labelled")
    return decision


@transaction.atomic
def restore(
    content: ModeratedContent,
    *,
    by: Member,
    reason: str,
    facts: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
    reverses: Decision | None = None,
) -> Decision:
    """Lift what stands on a content: give back to its readers what was withheld or removed, as it was, and publish
    what was withheld from the queue; without that, take away the words above it.

    `reverses` chooses between the two where both stand. What was removed is given back by a senior moderator, by
    whoever removed it a moment ago, or on appeal (`source`). The author is told. Raises AlreadyDecided, OwnContent,
    ReasonMissing, HeldByAnother, SeniorNeeded, or Contested while an appeal waits.
    """
    refuse_part(content, by=by)
    _require(reason)
    case = lock(content)
    if case is not None and not taking_over:
        refuse_held(case, by=by)
    standing = _standing(content, on_label=reverses is not None and reverses.verb == Verb.LABEL)
    if (content.withheld_at is None and not content.label) or reverses not in (None, standing):
        raise AlreadyDecided(_("Ce contenu n’est pas retiré."))
    is_veiled = content.withheld_at is not None and not (reverses and reverses.verb == Verb.LABEL)
    if source != Source.APPEAL:
        _refuse_contested(standing)
        if is_veiled:
            _refuse_beyond(standing, content, by=by)
    _unveil(content) if is_veiled else content.say_above("")
    decision = _decide(
        Verb.RESTORE,
        content,
        # Under words of ours, an edit that waits has nothing to do with them.
        case=case if is_veiled else None,
        by=by,
        ground="",
        reason=reason,
        facts=facts,
        texts=content.texts(),
        source=source,
        reverses=standing,
    )
    _tell_author(decision, content, "content_restored" if is_veiled else "label_lifted")
    return decision


def stands(decision: Decision, content: ModeratedContent) -> bool:
    """Whether it is this decision that holds the content, which is locked, back, or that put the words above it."""
    return _standing(content, on_label=decision.verb == Verb.LABEL) == decision


@transaction.atomic
def accept_rejected(decision: Decision, content: ModeratedContent, *, by: Member, reason: str) -> Decision | None:
    """On appeal, publish the new text that `decision` had refused.

    None when nothing of it is left, or when its author has changed the content since: what they wrote last stays. Of
    what was withheld since, the text is replaced and the veil stays. The author is told. Raises OwnContent or
    ReasonMissing.
    """
    refuse_part(content, by=by)
    _require(reason)
    lock(content)
    content.refresh_from_db(fields=["updated_at"])
    texts = {name: text for name, text in decision.texts.items() if name in content.screened_fields}
    if not texts or content.updated_at > decision.made_at:
        return None
    content.apply_edit(texts)
    accepted = _decide(
        Verb.PUBLISH,
        content,
        case=None,
        by=by,
        ground="",
        reason=reason,
        texts=texts,
        source=Source.APPEAL,
        reverses=decision,
    )
    _tell_author(accepted, content, "edit_published")
    return accepted


def lift(content: ModeratedContent, restriction: Decision, *, reason: str) -> Decision:
    """The site itself lifts a restriction whose end has come. The content is locked, and no case is open of what is
    withheld."""
    is_veiled = restriction.verb != Verb.LABEL
    _unveil(content) if is_veiled else content.say_above("")
    decision = _decide(
        Verb.RESTORE,
        content,
        case=None,
        by=None,
        ground="",
        reason=reason,
        texts=content.texts(),
        reverses=restriction,
        automated=True,
    )
    _tell_author(decision, content, "content_restored" if is_veiled else "label_lifted")
    return decision


@transaction.atomic
def reject_edit(
    case: Case,
    *,
    by: Member,
    ground: str,
    reason: str,
    facts: str = "",
    seen: str = "",
    taking_over: bool = False,
    source: str = Source.VOLUNTARY,
) -> Decision:
    """Leave the public text as it is; the author is told why the new one is not published. Raises as `publish` does."""
    case, content = _judged(case, by=by, reason=reason, ground=ground, seen=seen, taking_over=taking_over)
    if not case.is_edit:
        raise ContentChanged(_("Aucune modification n’attend plus."))
    decision = _decide(
        Verb.REJECT,
        content,
        case=case,
        by=by,
        ground=ground,
        reason=reason,
        facts=facts,
        texts=case.proposed,
        source=source,
    )
    _tell_author(decision, content, "edit_rejected")
    return decision


@transaction.atomic
def close_empty(case: Case, *, by: Member) -> Decision:
    """Close a case whose content was erased. Raises AlreadyDecided, or ContentChanged when the content is there."""
    case = lock_case(case)
    if case.content is not None:
        raise ContentChanged(_("Ce contenu existe toujours."))
    close(case)
    decision = Decision.objects.create(
        case=case,
        content_type=case.content_type,
        object_id=case.object_id,
        verb=Verb.CLOSE,
        reason=str(_("Le contenu a été effacé.")),
        by=by,
    )
    notices.answer(decision)
    redress.settle(decision)
    return decision


def decision_context(
    content: ModeratedContent,
    *,
    ground: str = "",
    reason: str = "",
    detected: bool = False,
    until: datetime | None = None,
    label: str = "",
    automated: bool = False,
) -> dict[str, str | bool]:
    """What the messages about a decision say, and their preview; `detected`: the filter asked for it; `automated`: an
    end that was decided has come."""
    known = Ground(ground) if ground else None
    return {
        "title": str(content),
        "sort": content.sort_name,
        "is_picture": content.is_picture,
        "is_private": content.is_private,
        "is_by_link": content.is_shown and not content.is_public,
        "is_withheld": content.withheld_at is not None,
        "url": content.author_address,
        "ground": known.label if known else "",
        "reference": known.reference if known else "",
        "reason": reason,
        "detected": detected,
        "label": label,
        "automated": automated,
    } | ({"until": until.isoformat()} if until else {})


def links_of(decision: Decision) -> dict[str, str]:
    """Where its author contests a restriction, and where anyone reads what was stated of it."""
    if decision.verb not in redress.RESTRICTIONS:
        return {}
    return {"contest_url": redress.path_of(decision)} | address_of_statement(decision)


def links_to_come(verb: str) -> dict[str, str]:
    """The same in the preview of a message: their addresses are made with the decision."""
    if verb not in redress.RESTRICTIONS:
        return {}
    return {"contest_url": reverse("decision", args=[_TO_COME]), "statement_url": reverse("statement", args=[_TO_COME])}


def _judged(
    content_or_case: ModeratedContent | Case, *, by: Member, reason: str, ground: str, seen: str, taking_over: bool
) -> tuple[Case | None, ModeratedContent]:
    """What is to be restricted, locked, with the open case that this decides."""
    _require(reason, ground)
    if isinstance(content_or_case, Case):
        return _take(content_or_case, by=by, reason=reason, seen=seen, taking_over=taking_over)
    content = content_or_case
    refuse_part(content, by=by)
    case = lock(content)
    if case is not None and not taking_over:
        refuse_held(case, by=by)
    return case, content


def _take(
    case: Case, *, by: Member, reason: str, seen: str, taking_over: bool = False
) -> tuple[Case, ModeratedContent]:
    """The case and its content, locked in this order by everyone, once nothing stands against deciding."""
    _require(reason)
    case = lock_case(case)
    content = case.content
    if content is None:
        raise ContentGone(_("Ce contenu a été effacé."))
    refuse_part(content, by=by)
    if not taking_over:
        refuse_held(case, by=by)
    lock_content(content)
    if seen and seen != fingerprint(case):
        raise ContentChanged(_("L’auteur vient de modifier son texte : relisez-le avant de décider."))
    return case, content


def _require(reason: str, ground: str | None = None) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est inscrite au journal et envoyée à l’auteur."))
    if ground is not None and ground not in set(Ground):
        raise ReasonMissing(_("Choisissez un motif."))


def _lifted(content: ModeratedContent) -> Decision | None:
    """What publishing this content goes back on: the decision that withholds it. Raises Contested."""
    standing = standing_decision(content)
    _refuse_contested(standing)
    return standing


def _refuse_contested(standing: Decision | None) -> None:
    """What is contested is judged by somebody else than who decided it, and both sides hear of it."""
    if standing is not None and Appeal.objects.open().filter(decision=standing).exists():
        raise Contested(_("Un recours attend sur cette décision : c’est dans « Recours » qu’il se tranche."))


def _refuse_beyond(standing: Decision | None, content: ModeratedContent, *, by: Member) -> None:
    """What was removed for good is given back by a senior moderator, or by its remover who has just been mistaken."""
    if content.removed_at is None or by.has_perm(MAY_OVERSEE):
        return
    if standing is not None and standing.by_id == by.pk and timezone.now() - standing.made_at < MENDED_WITHIN:
        return
    raise SeniorNeeded(
        _("Ce contenu est retiré définitivement : un modérateur confirmé ou un recours peut seul le rétablir.")
    )


def _standing(content: ModeratedContent, *, on_label: bool = False) -> Decision | None:
    """The decision that holds this content back or, when nothing does, or `on_label`, that put words above it."""
    on_label = on_label or content.withheld_at is None
    if on_label and not content.label:
        return None
    verbs = [Verb.LABEL] if on_label else [Verb.WITHHOLD, Verb.REMOVE]
    return _decisions_on(content).filter(verb__in=verbs).first()


def standing_decision(content: ModeratedContent) -> Decision | None:
    """The decision that holds this content back; None when nothing does."""
    return _standing(content) if content.withheld_at is not None else None


def waiting_appeal(content: ModeratedContent) -> Appeal | None:
    """What contests the decision that holds this content back, and waits to be judged."""
    standing = standing_decision(content)
    return Appeal.objects.open().filter(decision=standing).first() if standing else None


def label_decision(content: ModeratedContent) -> Decision | None:
    """The decision that put words above this content; None when there are none."""
    return _standing(content, on_label=True)


def _decisions_on(content: ModeratedContent) -> QuerySet[Decision]:
    """The latest first."""
    return Decision.objects.filter(content_type=ContentType.objects.get_for_model(content), object_id=content.pk)


def _unveil(content: ModeratedContent) -> None:
    """Lift the veil, and publish what was in the queue when it was withheld."""
    content.restore()
    if content.published_at is None and _was_withheld_from_the_queue(content):
        content.publish()


def _was_withheld_from_the_queue(content: ModeratedContent) -> bool:
    withheld = _decisions_on(content).filter(verb__in=[Verb.WITHHOLD, Verb.REMOVE]).first()
    return withheld is not None and withheld.case_id is not None


def _decide(
    verb: Verb,
    content: ModeratedContent,
    *,
    case: Case | None,
    by: Member | None,
    ground: str,
    reason: str,
    texts: dict[str, str],
    facts: str = "",
    until: datetime | None = None,
    source: str = Source.VOLUNTARY,
    reverses: Decision | None = None,
    automated: bool = False,
) -> Decision:
    """Write what was decided: the one place where moderators' decisions on a content enter the log."""
    if case is not None:
        source = source if source != Source.VOLUNTARY else notices.source_of(case, verb)
        close(case)
    decision = Decision.objects.create(
        case=case,
        content_type=ContentType.objects.get_for_model(content),
        object_id=content.pk,
        verb=verb,
        ground=ground,
        rule=case.rule if case else "",
        rule_version=case.rule_version if case else "",
        reason=reason.strip(),
        facts=facts.strip(),
        until=until,
        source=source,
        reverses=reverses,
        texts=texts,
        automated=automated,
        by=by,
        author_id=content.author_id,
    )
    state(decision)
    seal_crime(decision)
    _set_term(decision)
    notices.answer(decision)
    redress.settle(decision)
    if not automated:
        remember(decision)
    return decision


#: Restrictions that a decision takes the place of; the others end what they reverse.
_REPLACED = {
    Verb.WITHHOLD: [Verb.WITHHOLD],
    Verb.REMOVE: [Verb.WITHHOLD],
    Verb.LABEL: [Verb.WITHHOLD, Verb.LABEL],
}


def _set_term(decision: Decision) -> None:
    """It ends when it was decided to; what it takes the place of does not end by itself any more."""
    lifted = [decision.reverses.verb] if decision.reverses else []
    Term.objects.filter(
        decision__content_type=decision.content_type_id,
        decision__object_id=decision.object_id,
        decision__verb__in=_REPLACED.get(decision.verb, lifted),
    ).delete()
    if decision.until is not None:
        Term.objects.create(decision=decision, due_at=decision.until)


def _tell_author(decision: Decision, content: ModeratedContent, kind: str) -> None:
    if content.author_id is not None:
        tell(
            content.author_id,
            kind=kind,
            key=f"decision:{decision.pk}",
            context=decision_context(
                content,
                ground=decision.ground,
                reason=decision.reason,
                detected=bool(decision.rule),
                until=decision.until,
                label=content.label,
                automated=decision.automated,
            )
            | links_of(decision),
        )
