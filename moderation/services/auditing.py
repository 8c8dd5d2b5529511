"""What the log does by itself at night: it is read again, its end is published, and what it need not keep goes."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from members.models import LegalHold
from moderation import chain
from moderation.access import MAY_OVERSEE
from moderation.models import Appeal, Decision
from moderation.services.reminding import who_may
from notifications.services import tell_many

logger = logging.getLogger(__name__)

#: How long the log keeps the texts that were decided upon: contesting takes six months, judging some more.
TEXTS_KEPT = timedelta(days=365)
_BATCH = 5_000


def audit() -> chain.Report:
    """Read the log again. Whole, its last link is kept for publication; broken, those who oversee are told."""
    report = chain.verify()
    if report.broken is None:
        chain.anchor()
        return report
    broken = report.broken
    logger.error("The log of decisions does not hold: link %s. %s", broken.sequence, broken.what)
    tell_many(
        who_may(MAY_OVERSEE),
        kind="log_broken",
        key=f"log_broken-{timezone.localdate()}",
        context={"link": broken.sequence or 0, "what": broken.what, "url": reverse("admin:moderation_link_changelist")},
    )
    return report


def forget_decided_texts() -> int:
    """Empty the texts of old decisions that nobody contests any more; the chain still holds. Returns how many."""
    contested = Appeal.objects.filter(decided_at=None).values("decision")
    old = Decision.objects.filter(~Q(texts={}), made_at__lt=timezone.now() - TEXTS_KEPT).exclude(pk__in=contested)
    old = old.exclude(author__in=LegalHold.objects.held())
    done = 0
    # A transaction each: the rows of a whole year are not held at once.
    while batch := list(old.values_list("pk", flat=True)[:_BATCH]):
        done += Decision.objects.filter(pk__in=batch).update(texts={})
    return done
