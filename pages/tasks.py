from celery import shared_task

from notifications import services
from pages import moving
from pages.digests import activity, gathering, happenings, welcoming
from pages.openings import counting, telling


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
def count_openings() -> int:
    """Every minute: how many people wait for each département that is not open. Returns how many départements wait."""
    return counting.count()


@shared_task
def tell_openings() -> int:
    """Every few seconds: whoever waited for a département hears that it opened. Returns how many openings all know."""
    return telling.tell_openings()


@shared_task
def refresh_moved() -> int:
    """Every few minutes: what the home page says of the last days. Returns how many lines."""
    return moving.refresh()


@shared_task
def forget_happenings() -> int:
    """Every night: what cannot be told any more is erased. Returns how many rows."""
    return happenings.forget() + gathering.forget()
