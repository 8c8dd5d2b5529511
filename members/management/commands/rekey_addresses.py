from django.core.management.base import BaseCommand
from django.db import transaction

from members.addresses import address_key
from members.models import Member

BATCH = 500


class Command(BaseCommand):
    help = (
        "Give every member the key of their address anew: after ADDRESS_KEY changed, or what providers ignore. "
        "Members who turn out to share one mailbox are named by number and left as they are. "
        "It may be stopped and run again."
    )

    def handle(self, **options) -> None:
        members = rekeyed = 0
        while True:
            members, moved, shared = self._pass()
            rekeyed += moved
            # The key that somebody waited for may have become free behind us.
            if not (moved and shared):
                break
        for member, holder in shared:
            self.stdout.write(f"Member {member} has the mailbox of member {holder}: left as is.")
        self.stdout.write(f"{members} members, {rekeyed} rekeyed, {len(shared)} left as they are.")

    def _pass(self) -> tuple[int, int, list[tuple[int, int]]]:
        """How many members there are, how many were rekeyed; (who could not be, who holds their key)."""
        members, moved, shared, last = 0, 0, [], 0
        while batch := list(Member.objects.only("email", "address_key").filter(pk__gt=last).order_by("pk")[:BATCH]):
            last = batch[-1].pk
            members += len(batch)
            rekeyed, refused = _rekey(batch)
            moved += rekeyed
            shared += refused
        return members, moved, shared


@transaction.atomic
def _rekey(batch: list[Member]) -> tuple[int, list[tuple[int, int]]]:
    stale = []
    for member in batch:
        former, member.address_key = member.address_key, address_key(member.email)
        if member.address_key != bytes(former):
            stale.append(member)
    keys = [member.address_key for member in stale]
    holders = {
        bytes(key): pk for pk, key in Member.objects.filter(address_key__in=keys).values_list("pk", "address_key")
    }
    free = [member for member in stale if holders.setdefault(member.address_key, member.pk) == member.pk]
    Member.objects.bulk_update(free, ["address_key"])
    taken = [(member.pk, holders[member.address_key]) for member in stale if holders[member.address_key] != member.pk]
    return len(free), taken
