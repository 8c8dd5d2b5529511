"""All those who waited for a département hear that it opened, however many: by slices, after the act and apart."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.jobs import each
from members.models import Consent, Member
from notifications.models import Follow
from notifications.services import tell_many
from territories.models import Department, Opening

#: People told by one transaction; openings told of by one round.
SLICE = 1000
_BATCH = 20


def tell_openings() -> int:
    """Tell all those who waited. Returns how many openings all know of. For a task."""
    return each(Opening.objects.to_tell().order_by("pk"), _tell, most=_BATCH)


def _tell(pk: str) -> bool:
    while (is_over := _tell_slice(pk)) is False:
        pass
    return is_over is True


@transaction.atomic
def _tell_slice(pk: str) -> bool | None:
    """Tell some more of them, and keep how far it went: True once none is left, None when another is at it."""
    to_tell = Opening.objects.to_tell().select_for_update(skip_locked=True, of=("self",), no_key=True)
    opening = to_tell.select_related("department").filter(pk=pk).first()
    if opening is None:
        return None
    members = list(_who_waited(opening.department).filter(pk__gt=opening.told_after)[:SLICE])
    tell_many(
        members,
        kind="department_opened",
        key=f"opened-{opening.pk}",
        context={"where": opening.department.said_in, "url": opening.department.get_absolute_url()},
        is_slice=True,
        out_of=opening.gathered,
    )
    if len(members) < SLICE:
        opening.told_at = timezone.now()
    else:
        opening.told_after = members[-1]
    opening.save(update_fields=["told_at", "told_after"])
    return opening.told_at is not None


def _who_waited(department: Department) -> QuerySet[int]:
    """Who follows it, which asks to be told; and of those who live there, who agreed to hear what happens near home."""
    agreed = Consent.objects.filter(member=OuterRef("pk"), purpose=Consent.Purpose.DIGEST, withdrawn_at=None)
    followers = Follow.objects.of_department(department).order_by().values("member")
    lives_there = Q(home_commune__department=department) & Exists(agreed)
    return (
        Member.objects.filter(Q(pk__in=followers) | lives_there, is_active=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
