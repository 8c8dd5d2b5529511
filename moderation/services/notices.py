"""Notices: received, confirmed, answered; each notifier is told once of each step (DSA, art. 16).

A notice joins the open case of its content, or opens one. Nothing here hides anything: a person decides on the case,
and `answer` tells those who reported it. The author never learns who they are.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from members.addresses import address_key
from members.models import LegalHold, Member
from moderation.filter import Ground
from moderation.models import REDRESS, Case, Decision, ModeratedContent, Notice, NotifierWarning
from moderation.services.locks import lock, take_turn, take_turn_with
from moderation.services.refusals import AlreadyDecided, ContentGone, OwnContent
from moderation.services.standing import (
    UNFOUNDED_BEFORE_WARNING,
    gravity_of,
    is_trusted,
    record_of,
    strength_of,
)
from notifications.services import write_to_many

Verb = Decision.Verb
Outcome = Notice.Outcome

_REPORTED = _("Signalé.")
#: What judges an edit that waited, and nothing else of the content.
_OF_EDITS = (Verb.PUBLISH, Verb.REJECT)
#: What unconfirmed additions may hold; beyond, the others are left out.
_MOST_ADDED = 6000
#: No letter or digit that another looks like.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_DRAWS = 5

# Signed with SECRET_KEY. A point, since a slash or a colon breaks links. What was sent to a box proves the address;
# what the site showed after the form does not, and shows nothing of what was typed.
_sent = Signer(sep=".", salt="moderation.notice.sent")
_shown = Signer(sep=".", salt="moderation.notice.shown")


class NoticeRefused(Exception):
    """It cannot be reported, or not any more. Its text can be shown to the person."""


# --- Receiving -------------------------------------------------------------------------------------------------------


@transaction.atomic
def report(
    content: ModeratedContent,
    *,
    ground: str,
    explanation: str,
    passage: str = "",
    about: str = Notice.About.CONTENT,
    name: str = "",
    email: str = "",
    by: Member | None = None,
    is_excess: bool = False,
    is_written_to: bool = True,
) -> Notice:
    """Keep what somebody says of a content; the case of the content is opened, or moved up.

    `by` is a member, whose address is proved; a visitor types `name` and `email`, which may be empty for what concerns
    minors. The same person's next notice on it, as long as nobody answered, changes this one. `is_excess` and
    `is_written_to` are what the limits say (`standing`). Raises NoticeRefused when the content is theirs, or gone.
    """
    email = (by.email if by else email).lower()
    if by is not None and content.author_id == by.pk:
        raise NoticeRefused(_("C’est vous qui l’avez écrit : vous pouvez le modifier ou l’effacer vous-même."))
    try:
        case = lock(content)
    except ContentGone as gone:
        raise NoticeRefused(str(gone)) from gone
    if content.withheld_at is not None:
        raise NoticeRefused(_("Ce contenu vient d’être retiré. Merci d’avoir voulu nous prévenir."))
    now = timezone.now()
    said = {"ground": ground, "explanation": explanation, "passage": passage, "about": about, "updated_at": now}
    key = address_key(email) if email else None
    notice = _open_notice(content, key)
    is_new = notice is None
    if is_new:
        case = case or _open_case(content, ground)
        notice = Notice(
            **said,
            reference=reference("S", Notice),
            content=content,
            case=case,
            address=content.full_address[:600],
            # A member's are those of the account, and go with it.
            name="" if by else name,
            email="" if by else email,
            notifier_key=key,
            member=by,
            is_trusted=is_trusted(by),
            is_excess=is_excess,
            made_at=now,
            confirmed_at=now if by else None,
        )
    elif by is None and notice.confirmed_at is not None:
        # Somebody types an address that another proved: nothing of what that person said changes.
        added = f"{explanation}\n{passage}".strip()
        notice.additions = f"{notice.additions}\n\n{added}".strip()[:_MOST_ADDED]
    else:
        for field, value in said.items():
            setattr(notice, field, value)
        notice.is_excess = notice.is_excess and is_excess
        if by is not None:
            notice.member, notice.name, notice.email = by, "", ""
            notice.is_trusted = is_trusted(by)
            notice.confirmed_at = notice.confirmed_at or now
    notice.strength = strength_of(notice)
    notice.save()
    _weigh(notice.case, content)
    if email and is_written_to and not (is_excess and by is None):
        _write([notice], "notice_received" if is_new else "notice_completed", title=str(content))
    return notice


@transaction.atomic
def confirm(notice: Notice) -> Notice:
    """The link of the message was followed: the address is proved, and the notice weighs more. Harmless twice.

    Whoever has an account at this address finds it among theirs from then on.
    """
    take_turn(notice.content_type, notice.object_id)
    # Another case may have taken it over since it was read.
    case = Case.objects.select_for_update().get(notices=notice.pk)
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if notice.confirmed_at is None:
        notice.confirmed_at = timezone.now()
        if member := Member.objects.of_address(notice.email) if notice.email else None:
            notice.member, notice.name, notice.email = member, "", ""
        notice.strength = strength_of(notice)
        notice.save(update_fields=["confirmed_at", "member", "name", "email", "strength"])
        if notice.is_open and notice.content is not None:
            _weigh(case, notice.content)
    return notice


def _open_notice(content: ModeratedContent, key: bytes | None) -> Notice | None:
    if key is None:
        return None
    return Notice.objects.open().of(content).filter(notifier_key=key).select_for_update(of=("self",)).first()


def _open_case(content: ModeratedContent, ground: str, opened_at: datetime | None = None) -> Case:
    """One open case per content: the database decides, should a text of it be queued at this very moment."""
    try:
        with transaction.atomic():
            return Case.objects.create(
                content=content,
                ground=ground if ground in set(Ground) else "",
                reason=str(_REPORTED),
                opened_at=opened_at or timezone.now(),
            )
    except IntegrityError:
        return Case.objects.open().of(content).select_for_update().get()


def _weigh(case: Case, content: ModeratedContent) -> None:
    """Its place in the queue follows its notices. The case is locked, or just opened."""
    noticed = gravity_of(content)
    Case.objects.filter(pk=case.pk, closed_at=None).update(noticed=noticed, gravity=Greatest("gravity", noticed))


def reference(letter: str, model: type) -> str:
    """S-2026-7K4Q9, of which there is one."""
    year = timezone.localdate().year
    for _draw in range(_DRAWS):
        drawn = f"{letter}-{year}-{get_random_string(5, _LETTERS)}"
        if not model.objects.filter(reference=drawn).exists():
            return drawn
    return f"{letter}-{year}-{get_random_string(6, _LETTERS)}"[:12]


# --- Answering -------------------------------------------------------------------------------------------------------


def source_of(case: Case, verb: str) -> str:
    """How a decision on this case came about, for the log: a trusted flagger, somebody else, or ourselves."""
    if case.appeals.filter(decided_at=None).exists():
        return Decision.Source.APPEAL
    if not case.noticed or (case.is_edit and verb in _OF_EDITS):
        return Decision.Source.VOLUNTARY
    is_trusted = of_case(case).filter(is_trusted=True).exists()
    return Decision.Source.TRUSTED if is_trusted else Decision.Source.NOTICE


def answer(decision: Decision) -> int:
    """Tell those who reported the content of this decision what was decided. Returns how many they are.

    To be called in the transaction of the decision, its content and case being locked. A decision on an edit that
    waited judged that edit alone: the notices on the public text go on, in a case of their own.
    """
    outcome = _outcome_of(decision)
    if decision.case is None or outcome is None:
        # As long as one waits, so does a case, which another decision will close.
        return 0
    waiting = Notice.objects.open().filter(content_type=decision.content_type_id, object_id=decision.object_id)
    if decision.verb in _OF_EDITS and decision.case.is_edit:
        _reopen(decision, waiting)
        return 0
    notices = list(waiting.select_related("member").select_for_update(of=("self",)).order_by("pk"))
    if not notices:
        return 0
    now = timezone.now()
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(
        decision=decision, outcome=outcome, answered_at=now
    )
    for notice in notices:
        notice.decision, notice.outcome, notice.answered_at = decision, outcome, now
    _write(notices, "notice_answered", title=title_of(decision))
    return len(notices)


def _outcome_of(decision: Decision) -> Outcome | None:
    match decision.verb:
        case Verb.WITHHOLD | Verb.REMOVE | Verb.LABEL:
            return Outcome.ACTED
        case Verb.PUBLISH | Verb.REJECT | Verb.RESTORE:
            return Outcome.KEPT
        case Verb.CLOSE:
            return Outcome.GONE
    return None


def _reopen(decision: Decision, waiting: QuerySet[Notice]) -> None:
    """As old as the first notice that waits: nobody waits anew because an edit was judged."""
    since = waiting.aggregate(first=Min("made_at"))["first"]
    content = decision.content
    if since is None or content is None:
        return
    ground = waiting.order_by("-strength").values_list("ground", flat=True)[0]
    case = _open_case(content, ground, opened_at=since)
    waiting.update(case=case)
    _weigh(case, content)


def leave_to_notices(case: Case) -> None:
    """What the filter asked to read is gone or lawful: nothing but its notices is left to judge in this case."""
    ground = of_case(case).values_list("ground", flat=True).first() or ""
    case.proposed, case.spans, case.rule, case.rule_version = {}, {}, "", ""
    case.ground = ground if ground in set(Ground) else ""
    case.reason, case.gravity = str(_REPORTED), case.noticed
    case.save(update_fields=["proposed", "spans", "rule", "rule_version", "ground", "reason", "gravity"])


def of_case(case: Case) -> QuerySet[Notice]:
    """The notices on the content of a case, those of trusted flaggers first, then the strongest. Identities are not
    for showing: see `moderation.admin.notices`."""
    notices = Notice.objects.filter(content_type=case.content_type_id, object_id=case.object_id)
    notices = notices.open() if case.closed_at is None else notices.filter(case=case)
    return notices.order_by("-is_trusted", "-strength")


def is_about(notice: Notice, member: Member) -> bool:
    """Whether it is about what this member wrote, be it erased since, or about something they organise."""
    if notice.decision is not None and notice.decision.author_id == member.pk:
        return True
    return notice.content is not None and notice.content.is_carried_by(member)


# --- Unfounded notices -----------------------------------------------------------------------------------------------


@transaction.atomic
def mark_unfounded(notice: Notice, *, by: Member) -> bool:
    """Nobody in good faith could have sent it (DSA, art. 23). Returns whether its notifier is warned of it now.

    At the third in a year they are warned, once; only after that do their notices weigh less. Raises AlreadyDecided
    when it was marked, led to a measure or waits; OwnContent to whoever wrote what it is about.
    """
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if is_about(notice, by):
        raise OwnContent(_("Ce signalement vise ce que vous écrivez ou organisez : quelqu’un d’autre doit décider."))
    if notice.unfounded_at is not None or notice.outcome != Outcome.KEPT:
        raise AlreadyDecided(_("Seul un signalement auquel rien n’a été trouvé peut être dit infondé, et une fois."))
    notice.unfounded_at = timezone.now()
    notice.save(update_fields=["unfounded_at"])
    if notice.notifier_key is None:
        return False
    take_turn_with(bytes(notice.notifier_key))
    record = record_of(bytes(notice.notifier_key))
    if record.warned_at is not None or record.unfounded < UNFOUNDED_BEFORE_WARNING:
        return False
    NotifierWarning.objects.create(notifier_key=notice.notifier_key, notice=notice, by=by)
    _write([notice], "notice_warning", title=title_of(notice))
    return True


# --- Telling ---------------------------------------------------------------------------------------------------------


def write(notices: Iterable[Notice], kind: str, *, title: str, context: dict) -> None:
    """Write to those who sent these notices. What one network sent in excess is answered on its page alone."""
    rows = []
    for notice in notices:
        to = address_of(notice)
        if to and (notice.confirmed_at is not None or not notice.is_excess):
            own = {"reference": notice.reference, "title": title, "url": path_of(notice)}
            rows.append((to, kind, f"{kind}-{notice.pk}-{timezone.now():%Y%m%d%H%M%S%f}", own | context))
    write_to_many(rows)


def _write(notices: list[Notice], kind: str, *, title: str) -> None:
    """What each of these messages says besides."""
    decision = notices[0].decision
    known = Ground(decision.ground) if decision and decision.ground else None
    context = {
        "outcome": notices[0].outcome,
        "is_label": decision is not None and decision.verb == Verb.LABEL,
        "is_private": _is_private(notices[0]),
        "ground": known.label if known else "",
        "law": known.reference if known else "",
        # Why nothing was done is written for them; why something was, for the author.
        "reason": decision.reason if decision and notices[0].outcome == Outcome.KEPT else "",
    }
    write(notices, kind, title=title, context=context)


def _is_private(notice: Notice) -> bool:
    model = notice.content_type.model_class()
    return model is not None and model.is_private


def title_of(about: Notice | Decision) -> str:
    """What it is about, in a few words: its title, or what sort of thing it was once it is gone."""
    return str(about.content or about.content_type.name)


def address_of(notice: Notice) -> str:
    """Where its notifier is written to: nowhere for the invented people of the demonstration, nor who left the site."""
    if notice.member is None:
        return notice.email
    return "" if notice.member.is_demonstration or not notice.member.is_active else notice.member.email


# --- The link of a notice --------------------------------------------------------------------------------------------


def path_of(notice: Notice) -> str:
    """Where the link of a message leads: it proves the address."""
    return reverse("notice", args=[token_of(notice)])


def token_of(notice: Notice) -> str:
    return _sent.sign(notice.pk)


def shown_token_of(notice: Notice) -> str:
    """For the page after the form: it gives the reference and the state, and proves nothing."""
    return _shown.sign(notice.pk)


def find(token: str) -> tuple[Notice | None, bool]:
    """The notice of a link, and whether the link came from the box."""
    for signer, is_sent in ((_sent, True), (_shown, False)):
        try:
            pk = int(signer.unsign(token))
        except (BadSignature, ValueError):
            continue
        found = Notice.objects.select_related("decision", "member", "content_type").filter(pk=pk).first()
        return found, is_sent
    return None, False


# --- Forgetting ------------------------------------------------------------------------------------------------------


def forget_notifiers() -> int:
    """Erase names and addresses six months after the answer, unless an appeal waits. Returns how many.

    What was said stays without them, with the keyed hash that tells how often they were right; a year after the answer
    nothing leads to them any more.
    """
    now = timezone.now()
    # No notice of theirs, or one that is judged.
    judged = Q(appeal=None) | Q(appeal__decided_at__isnull=False)
    answered = Notice.objects.filter(judged, answered_at__lt=now - REDRESS)
    answered = answered.exclude(member__in=LegalHold.objects.held())
    count = answered.exclude(name="", email="", additions="").update(name="", email="", additions="")
    answered.filter(answered_at__lt=now - 2 * REDRESS).update(notifier_key=None, member=None)
    NotifierWarning.objects.filter(warned_at__lt=now - 2 * REDRESS).delete()
    return count
