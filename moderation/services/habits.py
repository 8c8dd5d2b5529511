"""What the site tells the filter of whoever writes: a first text, many at once, the same from many accounts."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from members.models import Member
from moderation.filter.writer import UNKNOWN, Writer
from moderation.likeness import keys, resemblance, signature
from moderation.models import ModeratedContent, ReceivedText

#: An account is new for so long.
_NEW = timedelta(days=7)
#: Within which many texts are many at once; and how many of them are counted.
_LATELY = timedelta(minutes=10)
_COUNTED = 50
#: Texts of other accounts that are compared, and the share of its pieces from which one is nearly the same.
_COMPARED = 200
_NEARLY_THE_SAME = 0.75
#: Letters below which texts look alike by chance.
_LONG_ENOUGH = 120
KEPT = timedelta(days=30)


def habits_of(by: Member | None, content: ModeratedContent, texts: Mapping[str, str]) -> Writer:
    """What is known of the writer of these texts of a content, which is left out: it may have been received before.

    Three queries at most, each of a bounded number of rows.
    """
    if by is None or by.is_staff:
        return UNKNOWN
    kind = ContentType.objects.get_for_model(content)
    mine = ReceivedText.objects.filter(author=by).exclude(content_type=kind, object_id=content.pk)
    latest = mine.filter(received_at__gt=timezone.now() - _LATELY).order_by("-received_at")
    recent = len(latest.values_list("pk", flat=True)[:_COUNTED])
    is_new = not recent and by.joined_at > timezone.now() - _NEW and not mine.exists()
    return Writer(is_new=is_new, recent=recent, alike=_others_alike(by, texts))


def _others_alike(by: Member, texts: Mapping[str, str]) -> int:
    """How many other accounts lately wrote nearly the same."""
    if not _is_long_enough(texts):
        return 0
    numbers = signature(texts.values())
    others = ReceivedText.objects.filter(keys__overlap=keys(numbers), received_at__gt=timezone.now() - KEPT).exclude(
        author=by
    )
    found = others.values_list("author", "signature")[:_COMPARED]
    return len({author for author, other in found if resemblance(numbers, other) >= _NEARLY_THE_SAME})


def _is_long_enough(texts: Mapping[str, str]) -> bool:
    return sum(map(len, texts.values())) >= _LONG_ENOUGH


def note_received(content: ModeratedContent, *, by: Member | None) -> None:
    """Remember what this content looks like; its new text replaces the former one."""
    texts = content.texts()
    if by is None or not (numbers := signature(texts.values())):
        return
    ReceivedText.objects.bulk_create(
        [
            ReceivedText(
                content_type=ContentType.objects.get_for_model(content),
                object_id=content.pk,
                author=by,
                signature=numbers,
                keys=keys(numbers) if _is_long_enough(texts) else [],
                received_at=timezone.now(),
            )
        ],
        update_conflicts=True,
        unique_fields=["content_type", "object_id"],
        update_fields=["author", "signature", "keys", "received_at"],
    )


def forget_received() -> int:
    """Erase what was received over thirty days ago. Returns how many."""
    count, _each = ReceivedText.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
    return count
