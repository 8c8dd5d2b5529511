from django.utils import timezone

from members.models import Member


def note_presence(member: Member) -> None:
    """Keep that the member did something today. One UPDATE the first time of a day, nothing after."""
    today = timezone.localdate()
    if member.active_on < today:
        Member.objects.filter(pk=member.pk, active_on__lt=today).update(active_on=today)
        member.active_on = today
