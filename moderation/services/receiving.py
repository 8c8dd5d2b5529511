"""What authors write: screened, then published, queued or refused."""

from collections.abc import Collection, Mapping

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter import Outcome, Verdict, worst
from moderation.filter.writer import UNKNOWN
from moderation.models import Case, Decision, ModeratedContent
from moderation.services.contacts import own_contacts_of
from moderation.services.habits import habits_of, note_received
from moderation.services.locks import lock
from moderation.services.queue import close_automatically, drop_open_case, let_go, queue
from moderation.services.redress import send_to_a_human
from moderation.services.samples import keep_refused
from moderation.services.screening import passes, screen_texts
from moderation.services.statements import state


@transaction.atomic
def receive(content: ModeratedContent, *, by: Member) -> Outcome:
    """Screen a content that was just saved: it is published at once, or waits for a moderator.

    To be called in the transaction that saved it. Forms stop a refused text earlier (`ScreenedFormMixin`); one that
    comes by another way is queued like the rest, with its gravity.
    """
    texts = content.texts()
    verdicts = screen_texts(
        texts, own_contacts=own_contacts_of(by, texts.values()), writer=habits_of(by, content, texts)
    )
    note_received(content, by=by)
    if worst(verdicts.values()).passes:
        drop_open_case(content, _("Rien dans ce texte ne demande plus à être relu."))
        content.publish()
        return Outcome.PUBLISH
    queue(content, verdicts)
    send_to_a_human(content, verdicts.values(), by=by)
    return Outcome.QUEUE


@transaction.atomic
def hold_refused(content: ModeratedContent, *, by: Member) -> bool:
    """Before a draft is shown to anybody: whether a person has to read first what the filter refuses in it.

    Its case is then open: whoever publishes it does what was waiting. To be called before the content is locked.
    """
    lock(content)
    texts = content.texts()
    verdicts = screen_texts(texts, own_contacts=own_contacts_of(by, texts.values()))
    if worst(verdicts.values()).outcome is not Outcome.REFUSE:
        drop_open_case(content, _("Rien dans ce texte ne demande plus à être relu."))
        return False
    queue(content, verdicts)
    send_to_a_human(content, verdicts.values(), by=by)
    return True


@transaction.atomic
def receive_edit(content: ModeratedContent, changes: Mapping[str, str], *, by: Member) -> Outcome:
    """Take new texts of a content, by field name.

    Public: what passes replaces the text at once; otherwise the public text stays and the new one waits in the
    content's case, where a later edit of the same fields replaces or, when it passes, drops it. So it is of what is
    read by link, for what the filter refuses.
    Removed for good: nothing changes.
    Withheld: the new text is kept and a moderator reads it again, whatever the filter says.
    Waiting for its first publication: the case follows the text, and the content is published once nothing in it is
    to be read. Neither public nor waiting, a draft: the text is kept, `receive` will screen it.
    """
    case = lock(content)
    changes = {name: text for name, text in changes.items() if name in content.screened_fields}
    written = [*content.texts().values(), *(case.proposed.values() if case else ()), *changes.values()]
    own_contacts = own_contacts_of(by, written)
    if content.removed_at is not None:
        return Outcome.REFUSE
    if content.is_public or (content.is_shown and _is_refused(changes, own_contacts)):
        return _edit_public(content, case, changes, by=by, own_contacts=own_contacts)
    if changed := {name: text for name, text in changes.items() if getattr(content, name) != text}:
        content.apply_edit(changed)
    if content.withheld_at is not None:
        if changed:
            verdicts = screen_texts(content.texts(), own_contacts=own_contacts)
            queue(content, verdicts, reason=_EDITED_WITHHELD)
            send_to_a_human(content, verdicts.values(), by=by)
        return Outcome.QUEUE
    if case is not None:
        return receive(content, by=by)
    return Outcome.PUBLISH if passes(changes, own_contacts) else Outcome.QUEUE


_EDITED_WITHHELD = _("Son auteur l’a modifié depuis son retrait.")


def _is_refused(texts: Mapping[str, str], own_contacts: Collection[str]) -> bool:
    return worst(screen_texts(texts, own_contacts=own_contacts).values()).outcome is Outcome.REFUSE


def _edit_public(
    content: ModeratedContent,
    case: Case | None,
    changes: dict[str, str],
    *,
    by: Member,
    own_contacts: Collection[str],
) -> Outcome:
    pending = dict(case.proposed) if case else {}
    kept = {name: text for name, text in pending.items() if name not in changes}
    new = {name: text for name, text in changes.items() if getattr(content, name) != text}
    writer = habits_of(by, content, content.texts() | new) if new else UNKNOWN
    if not passes(new, own_contacts, writer):
        verdicts = screen_texts(kept | new, own_contacts=own_contacts, writer=writer)
        queue(content, verdicts, proposed=kept | new)
        send_to_a_human(content, verdicts.values(), by=by)
        return Outcome.QUEUE
    if new:
        content.apply_edit(new)
        note_received(content, by=by)
    if pending and not kept:
        let_go(case, content, _("L’auteur a remplacé la modification qui attendait."))
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
    case = lock(content)
    if case is not None:
        case.proposed, case.spans = {}, {}
        case.save(update_fields=["proposed", "spans"])
        close_automatically(case, content, _("Son auteur l’a effacé."))


@transaction.atomic
def record_refusal(
    model: type[ModeratedContent],
    verdict: Verdict,
    *,
    by: Member | None,
    content: ModeratedContent | None = None,
    text: str = "",
) -> Decision:
    """Log that the filter refused a text, and state why.

    The log keeps no text: it is what the law forbids to spread. `text` is what was to be public: masked and sealed, it
    waits for the sample of its month (`samples`). A private one is left out.
    """
    decision = Decision.objects.create(
        content_type=ContentType.objects.get_for_model(model),
        object_id=content.pk if content else None,
        verb=Decision.Verb.REFUSE,
        ground=verdict.ground or "",
        rule=verdict.rule,
        rule_version=verdict.rule_version,
        reason=verdict.reason or verdict.ground.label,
        automated=True,
        author=by,
    )
    state(decision)
    if text:
        keep_refused(decision, text, by=by)
    return decision
