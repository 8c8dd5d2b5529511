from celery import shared_task
from django.core.management import call_command

from moderation import services
from moderation.services import sanctioning


@shared_task
def end_measures() -> int:
    """Every few minutes: measures on accounts whose term has come. Returns how many ended."""
    return sanctioning.end_due()


@shared_task
def remind() -> int:
    """Every hour: tell moderators of what waits too long. Returns how many cases."""
    return services.remind()


@shared_task
def lift_due() -> int:
    """Every minute: lift the restrictions whose end has come. Returns how many."""
    return services.lift_due()


@shared_task
def learn() -> None:
    """Every night: learn the order of the queue again."""
    call_command("learn", verbosity=0)


@shared_task
def weigh_cases() -> None:
    """Every few minutes: give their risk to the cases that were not weighed; nothing is loaded when there are none."""
    if services.is_weighing_due():
        call_command("learn", weigh=True, verbosity=0)
