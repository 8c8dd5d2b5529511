from celery import shared_task
from django.core.management import call_command

from core import limits


@shared_task
def clear_sessions() -> None:
    """Expired sessions are erased: each names a member."""
    call_command("clearsessions")


@shared_task
def forget_counts() -> None:
    """Ended counts are erased: some are kept by network."""
    limits.forget_ended()
