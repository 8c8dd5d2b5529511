from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from members.models import AccessRecord, Member

#: A trigger refuses that a reading be erased sooner.
READINGS_KEPT = timedelta(days=365)


def record_reading(*, by: Member, about: Model, what: str, why: str) -> AccessRecord:
    """Write down that one of the staff read something private: `what` is "adresse e-mail", not the address itself."""
    return AccessRecord.objects.create(by=by, about=about, what=str(what)[:120], why=str(why)[:500])


def forget_readings() -> int:
    """Erase those of more than a year ago. Returns how many."""
    count, _models = AccessRecord.objects.filter(at__lt=timezone.now() - READINGS_KEPT).delete()
    return count
