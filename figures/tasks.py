from celery import shared_task

from figures import services


@shared_task
def take_snapshots() -> int:
    """Every hour from the end of the night on: a day that is over gets its snapshot, once. Returns how many."""
    return services.take_snapshots()
