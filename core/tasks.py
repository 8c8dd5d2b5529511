from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions() -> None:
    """Expired sessions are erased: each names a member."""
    call_command("clearsessions")
