from celery import shared_task

from moderation.services import sanctioning


@shared_task
def end_measures() -> int:
    """Every few minutes: measures on accounts whose term has come. Returns how many ended."""
    return sanctioning.end_due()
