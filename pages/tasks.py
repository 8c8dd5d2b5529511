from celery import shared_task

from notifications import services
from pages.digests import activity, gathering, happenings, welcoming


@shared_task
def gather_digests() -> int:
    """Every minute: where it is their hour, digests go to the outbox. Returns how many were made."""
    return gathering.gather()


@shared_task
def count_active_members() -> int:
    """Every night: how alive each département is. Returns how many départements."""
    return activity.count()


@shared_task
def welcome() -> None:
    """Every hour of the day: newcomers hear what they have not done yet."""
    welcoming.welcome()


@shared_task
def ask_the_absent() -> int:
    """Every day: whoever did nothing for a year is asked once whether they still want to hear. Returns how many."""
    return services.ask_the_absent()


@shared_task
def forget_happenings() -> int:
    """Every night: what cannot be told any more is erased. Returns how many rows."""
    return happenings.forget() + gathering.forget()
