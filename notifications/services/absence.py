from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from notifications import keeping
from notifications.models import MailSettings, Rhythm
from notifications.services.telling import tell_each

#: After so long without a visit somebody is asked once whether they still want to hear, then left in peace.
ABSENCE = timedelta(days=365)
_BATCH = 500


def ask_the_absent(today: date | None = None) -> int:
    """Ask whoever gets digests, and did nothing for a year, whether they still want them. Returns how many.

    Once: until they do something nothing else comes (`pages.digests` reads `asked_on`).
    """
    today = today or timezone.localdate()
    total = 0
    while asked := _ask_some(today):
        total += asked
    return total


@transaction.atomic
def _ask_some(today: date) -> int:
    absent = (
        Rhythm.objects.filter(
            Q(asked_on=None) | Q(asked_on__lte=F("member__active_on")),
            member__active_on__lt=today - ABSENCE,
            member__is_active=True,
            last_on__isnull=False,
        )
        .exclude(member__mail_settings__digest=MailSettings.Digest.NEVER)
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
    )
    ids = list(absent.order_by("pk").values_list("pk", flat=True)[:_BATCH])
    tell_each(
        ((pk, {"keep_url": keeping.address_for(pk)}) for pk in ids),
        kind="digest_question",
        key=f"digest-question-{today:%Y-%m-%d}",
    )
    Rhythm.objects.filter(pk__in=ids).update(asked_on=today)
    return len(ids)
