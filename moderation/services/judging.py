"""Judging an appeal: by somebody else than who decided, and what follows for everybody."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter import Ground
from moderation.models import Appeal, Decision, ModeratedContent, Notice, Sanction
from moderation.services import notices, sanctioning
from moderation.services.deciding import accept_rejected, restore, stands, withhold
from moderation.services.locks import lock
from moderation.services.redress import path_of
from moderation.services.refusals import AlreadyDecided, ContentGone, OwnContent, ReasonMissing
from notifications.services import tell

Verb = Decision.Verb
Verdict = Appeal.Verdict


@transaction.atomic
def judge(appeal: Appeal, *, by: Member, verdict: str, reason: str, ground: str = "") -> Appeal:
    """Uphold the decision, or go back on it with all that follows; both sides are told.

    On its author's side a reversal gives the content or the account back as it was; on the side of those who reported
    the content it withholds it, on a `ground`, and answers all who contest the same decision. Raises AlreadyDecided,
    OwnContent to who has a part in it, or ReasonMissing.
    """
    _require(reason, ground, is_asked=appeal.is_of_notifier and verdict == Verdict.REVERSED)
    content = _held(appeal.decision)
    # Read again: whoever it is about may have left the site.
    decision = Decision.objects.get(pk=appeal.decision_id)
    of_side = Appeal.objects.filter(decision=decision, notice__isnull=not appeal.is_of_notifier)
    rows = of_side.select_related("notice__member").select_for_update(of=("self",)).order_by("pk")
    open_rows = [row for row in rows if row.is_open]
    if appeal.pk not in [row.pk for row in open_rows]:
        raise AlreadyDecided(_("Quelqu’un a déjà tranché ce recours. Votre verdict n’a rien changé."))
    if appeal.case_id is not None:
        raise AlreadyDecided(_("Ce texte attend dans la file : la décision sur son cas tranchera ce recours."))
    if has_part(by, decision) or by.pk in [row.member_id for row in open_rows]:
        raise OwnContent(_("Vous avez pris part à cette affaire : quelqu’un d’autre doit trancher."))
    outcome = None
    if verdict == Verdict.REVERSED:
        given = {"by": by, "reason": reason, "ground": ground}
        outcome = _act(decision, content, **given) if appeal.is_of_notifier else _undo(decision, content, **given)
    for row in open_rows:
        row.verdict, row.reason, row.by, row.decided_at = verdict, reason.strip(), by, timezone.now()
        row.outcome = outcome
        row.save(update_fields=["verdict", "reason", "by", "decided_at", "outcome"])
    # An edit is accepted under the veil that another decision has put since.
    is_hidden = outcome is not None and outcome.verb == Verb.PUBLISH and content.withheld_at is not None
    said = {"verdict": verdict, "reason": reason.strip(), "changed": outcome is not None, "is_hidden": is_hidden}
    _tell(decision, open_rows, said=said)
    return next(row for row in open_rows if row.pk == appeal.pk)


def has_part(member: Member, decision: Decision) -> bool:
    """Whether they wrote, organise or reported what was decided upon, or took the decision, alone or as one of two:
    whoever did judges no appeal against it."""
    if member.pk in (decision.by_id, decision.author_id):
        return True
    if isinstance(decision.content, ModeratedContent) and decision.content.is_carried_by(member):
        return True
    took = Sanction.objects.filter(Q(proposed_by=member) | Q(confirmed_by=member), decision=decision)
    return took.exists() or Notice.objects.filter(decision=decision, member=member).exists()


def _require(reason: str, ground: str, *, is_asked: bool) -> None:
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi : la raison est envoyée à la personne, mot pour mot."))
    if is_asked and ground not in set(Ground):
        raise ReasonMissing(_("Choisissez le motif du retrait."))


def _held(decision: Decision) -> ModeratedContent | None:
    """Its content, locked as everyone does it, the case first; None for an account, or once it is erased."""
    content = decision.content
    if not isinstance(content, ModeratedContent):
        return None
    try:
        lock(content)
    except ContentGone:
        return None
    return content


def _undo(
    decision: Decision, content: ModeratedContent | None, *, by: Member, reason: str, ground: str
) -> Decision | None:
    """What the decision took away is given back; None when nothing of it stands any more."""
    if decision.verb in (Verb.WARN, Verb.SILENCE, Verb.SUSPEND):
        measure = Sanction.objects.filter(decision=decision, ended_at=None).first()
        if measure is None:
            return None
        return sanctioning.lift(measure, by=by, reason=reason, source=Decision.Source.APPEAL)
    if content is None:
        return None
    if decision.verb == Verb.REJECT:
        return accept_rejected(decision, content, by=by, reason=reason)
    if stands(decision, content):
        source = Decision.Source.APPEAL
        return restore(content, by=by, reason=reason, source=source, reverses=decision, taking_over=True)
    return None


def _act(
    decision: Decision, content: ModeratedContent | None, *, by: Member, reason: str, ground: str
) -> Decision | None:
    """What was left in place is withheld; None when it is gone, or was withheld since."""
    if content is None or content.withheld_at is not None:
        return None
    return withhold(
        content,
        by=by,
        ground=ground,
        reason=reason,
        source=Decision.Source.APPEAL,
        reverses=decision,
        taking_over=True,
    )


def _tell(decision: Decision, appeals: list[Appeal], *, said: dict) -> None:
    """Both sides, once each; whoever loses something by it reads why in the message of the new decision."""
    title = notices.title_of(decision)
    for appeal in appeals:
        if appeal.notice is not None:
            context = said | {"appeal": appeal.reference}
            notices.write([appeal.notice], "notice_judged", title=title, context=context)
        elif decision.author_id is not None:
            context = said | {"reference": appeal.reference, "title": title, "follow_url": path_of(decision)}
            tell(decision.author_id, kind="appeal_decided", key=f"appeal-decided-{appeal.pk}", context=context)
    if said["changed"]:
        others = Notice.objects.filter(decision=decision).exclude(appeal__in=appeals)
        context = {"is_back": not appeals[0].is_of_notifier}
        notices.write(others.select_related("member"), "notice_reviewed", title=title, context=context)
