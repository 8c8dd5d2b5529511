"""Restrictions that were decided for a time end by themselves."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moderation.models import Decision, Term
from moderation.services.deciding import lift
from moderation.services.locks import lock
from moderation.services.refusals import ContentGone

logger = logging.getLogger(__name__)

#: Restrictions lifted in one round; and when what cannot be lifted now is looked at again.
_MOST = 200
_AGAIN = timedelta(hours=1)


def lift_due() -> int:
    """Lift the restrictions whose end has come; their authors are told. Returns how many.

    What is withheld, and a moderator has still to read since its author changed it, waits for that decision. Words of
    ours do not: nothing that waits has to do with them.
    """
    due = Term.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)
    lifted = 0
    for pk in list(due[:_MOST]):
        try:
            lifted += _lift(pk)
        except Exception:
            # The others do not wait for it.
            logger.exception("The restriction of decision %d could not be lifted.", pk)
            Term.objects.filter(pk=pk).update(due_at=timezone.now() + _AGAIN)
    return lifted


@transaction.atomic
def _lift(pk: int) -> bool:
    decision = Decision.objects.filter(pk=pk).first()
    content = decision.content if decision else None
    if content is None:
        Term.objects.filter(pk=pk).delete()
        return False
    try:
        case = lock(content)
    except ContentGone:
        Term.objects.filter(pk=pk).delete()
        return False
    # Read once the content is locked, as whoever decides on it does: it may have been lifted, or moved, meanwhile.
    term = Term.objects.filter(pk=pk, due_at__lte=timezone.now())
    if case is not None and decision.verb != Decision.Verb.LABEL:
        term.update(due_at=timezone.now() + _AGAIN)
        return False
    if not term.exists():
        return False
    lift(content, decision, reason=_("La durée décidée est écoulée."))
    return True
