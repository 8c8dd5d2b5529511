from celery import shared_task
from django.core.management import call_command

from moderation import figures, services
from moderation.services import auditing, evidence, habits, notices, rulebook, samples, sanctioning


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


@shared_task
def watch_rules() -> int:
    """Every minute: disarm the rules that suddenly speak of too many texts. Returns how many."""
    return rulebook.watch()


@shared_task
def forget_readings() -> int:
    """Every night: erase what rules said over a month ago. Returns how many."""
    return rulebook.forget()


@shared_task
def verify_log() -> bool:
    """Every night: read the log again, keep its last link, tell staff if it broke. Returns whether it holds."""
    return auditing.audit().broken is None


@shared_task
def count_figures() -> int:
    """Every night: count what the page of moderation shows. Returns how many months."""
    return figures.count_months()


@shared_task
def forget_received() -> int:
    """Every night: erase what was received over thirty days ago. Returns how many."""
    return habits.forget_received()


@shared_task
def forget_notifiers() -> int:
    """Every night: erase who reported what was answered over six months ago. Returns how many."""
    return notices.forget_notifiers()


@shared_task
def forget_sealed() -> int:
    """Every night: destroy evidence at its date, draw and erase refused texts, empty old texts. Returns how many."""
    return evidence.destroy_due() + samples.forget_refused() + auditing.forget_decided_texts()
