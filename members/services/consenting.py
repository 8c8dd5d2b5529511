from django.db import transaction
from django.utils import timezone

from members.models import Member


@transaction.atomic
def give_consent(member: Member, purpose: str, *, version: str) -> bool:
    """Keep that the member agreed to this version of the text, now. False when they already had.

    A consent to another version is withdrawn by it, and stays as history.
    """
    Member.objects.select_for_update().get(pk=member.pk)
    now = timezone.now()
    current = member.consents.filter(purpose=purpose, withdrawn_at=None)
    if current.filter(version=version).exists():
        return False
    current.update(withdrawn_at=now)
    member.consents.create(purpose=purpose, version=version, given_at=now)
    return True
