"""Contesting a decision, for six months: its author's side, and that of those who reported the content (DSA, art. 20).

Judging is in `judging`: by a person, and never by who took the decision.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.limits import Window, hit
from members.models import Member
from moderation.filter import Outcome
from moderation.filter import Verdict as Screened
from moderation.models import REDRESS, Appeal, Case, Decision, ModeratedContent, Notice
from moderation.services import notices
from notifications.services import tell

Verb = Decision.Verb
Verdict = Appeal.Verdict

#: Texts refused by the filter that one member may send to a human in a day.
REREAD_A_DAY = 5
_DAY = 24 * 60 * 60
#: A draft may be launched long after a text of it was refused.
_REFUSED_LATELY = timedelta(days=30)

#: What is decided against somebody, and may be contested by them.
RESTRICTIONS = frozenset(
    {Verb.WITHHOLD, Verb.REMOVE, Verb.LABEL, Verb.REJECT, Verb.REFUSE, Verb.WARN, Verb.SILENCE, Verb.SUSPEND}
)

_TOO_LATE = _("Cette décision ne peut plus être contestée ici : six mois ont passé, ou elle ne vous retire rien.")

# What stands in the author's message. It opens this decision alone, to an account that may be suspended.
_signer = Signer(sep=".", salt="moderation.decision")


class AppealRefused(Exception):
    """It cannot be contested, or not any more. Its text can be shown to the person."""


def is_contestable(decision: Decision) -> bool:
    """Whether its author may contest it now, unless they did."""
    return decision.verb in RESTRICTIONS and timezone.now() < decision.made_at + REDRESS


@transaction.atomic
def contest(decision: Decision, *, text: str) -> Appeal:
    """The author of a content, or the holder of an account, contests what was decided. Saying it twice is one appeal.

    Raises AppealRefused after six months, or when nobody was restricted.
    """
    if decision.author_id is None or not is_contestable(decision):
        raise AppealRefused(str(_TOO_LATE))
    appeal, is_new = _one(decision=decision, notice=None, text=text, member=decision.author)
    if is_new:
        context = {"reference": appeal.reference, "title": notices.title_of(decision), "follow_url": path_of(decision)}
        tell(decision.author_id, kind="appeal_received", key=f"appeal-{appeal.pk}", context=context)
    return appeal


@transaction.atomic
def contest_answer(notice: Notice, *, text: str) -> Appeal:
    """Somebody who reported a content contests that nothing was done. Raises AppealRefused."""
    if not notice.may_be_contested:
        raise AppealRefused(str(_TOO_LATE))
    appeal, is_new = _one(decision=notice.decision, notice=notice, text=text, member=notice.member)
    if is_new:
        context = {"appeal": appeal.reference}
        notices.write([notice], "notice_contested", title=notices.title_of(notice), context=context)
    return appeal


def _one(*, decision: Decision, notice: Notice | None, text: str, member: Member | None) -> tuple[Appeal, bool]:
    """The appeal of this side, and whether it is new: the database decides who was first."""
    found = Appeal.objects.filter(decision=decision, notice=notice).first()
    if found:
        return found, False
    try:
        with transaction.atomic():
            made = Appeal.objects.create(
                reference=notices.reference("R", Appeal), decision=decision, notice=notice, member=member, text=text
            )
        return made, True
    except IntegrityError:
        return Appeal.objects.get(decision=decision, notice=notice), False


# --- A refusal by the filter -----------------------------------------------------------------------------------------


def may_ask_to_reread(member: Member) -> bool:
    """Count one more demand of this member that a person read what the filter refused. Not within a transaction."""
    (count,) = hit([Window(f"reread:{member.pk}", _DAY)])
    return count <= REREAD_A_DAY


def refusal_of(model: type[ModeratedContent], verdict: Screened, *, by: Member | None) -> Decision | None:
    """The filter's refusal of this member's text by the same rule, not contested yet: what is sent to a human."""
    if by is None:
        return None
    return (
        Decision.objects.filter(
            author=by,
            verb=Verb.REFUSE,
            automated=True,
            content_type=ContentType.objects.get_for_model(model),
            rule=verdict.rule,
            made_at__gt=timezone.now() - _REFUSED_LATELY,
            appeals=None,
        )
        .order_by("-made_at", "-id")
        .first()
    )


def send_to_a_human(content: ModeratedContent, verdicts: Iterable[Screened], *, by: Member | None) -> None:
    """What the filter refused was queued, since its author asks for somebody: its case is their appeal.

    To be called in the transaction that queued it.
    """
    refusals = [refusal_of(type(content), verdict, by=by) for verdict in verdicts if verdict.outcome is Outcome.REFUSE]
    for refusal in filter(None, refusals):
        Appeal.objects.get_or_create(
            decision=refusal,
            notice=None,
            defaults={
                "reference": notices.reference("R", Appeal),
                "case": Case.objects.open().of(content).get(),
                "member": by,
            },
        )


def settle(decision: Decision) -> None:
    """Whoever decides on a text that the filter had refused has judged the appeal against the filter.

    To be called in the transaction of the decision. Its author is told by the decision's own message.
    """
    if decision.case_id is None:
        return
    now = timezone.now()
    is_published = decision.verb in (Verb.PUBLISH, Verb.LABEL, Verb.RESTORE)
    for appeal in Appeal.objects.open().filter(case=decision.case_id).select_for_update(of=("self",)):
        if decision.verb == Verb.CLOSE:
            # Its author mended the text, or erased it: nothing is left to judge.
            appeal.delete()
            continue
        appeal.verdict = Verdict.REVERSED if is_published else Verdict.UPHELD
        appeal.reason, appeal.by, appeal.decided_at = decision.reason, decision.by, now
        appeal.outcome = decision if is_published else None
        appeal.save(update_fields=["verdict", "reason", "by", "decided_at", "outcome"])


# --- Links -----------------------------------------------------------------------------------------------------------


def token_of(decision: Decision) -> str:
    return _signer.sign(decision.pk)


def path_of(decision: Decision) -> str:
    """Where its author reads what was decided, and contests it."""
    return reverse("decision", args=[token_of(decision)])


def find(token: str) -> Decision | None:
    """The decision of a link; None when the link is not of our making."""
    try:
        pk = int(_signer.unsign(token))
    except (BadSignature, ValueError):
        return None
    return Decision.objects.select_related("content_type", "author").filter(pk=pk).first()
