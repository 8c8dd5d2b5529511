from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from members.models import AccessRecord, Member

#: A trigger refuses that a reading be erased sooner.
READINGS_KEPT = timedelta(days=365)


def record_reading(*, by: Member, about: Model, what: str, why: str) -> AccessRecord:
    """Write down that one of the staff read something private: `what` is "adresse e-mail", not the address itself."""
    return AccessRecord.objects.create(by=by, about=about, what=str(what)[:120], why=str(why)[:500])


def record_reading_once(*, by: Member, about: Model, what: str, why: str) -> None:
    """… unless the same person has just read the same: a page and what it frames are one reading."""
    just_now = timezone.now() - timedelta(minutes=1)
    content_type = ContentType.objects.get_for_model(about)
    if not by.readings.filter(content_type=content_type, object_id=about.pk, what=str(what), at__gte=just_now).exists():
        record_reading(by=by, about=about, what=what, why=why)


def forget_readings() -> int:
    """Erase those of more than a year ago. Returns how many."""
    count, _models = AccessRecord.objects.filter(at__lt=timezone.now() - READINGS_KEPT).delete()
    return count
