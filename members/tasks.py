import logging
from collections.abc import Callable
from smtplib import SMTPException, SMTPRecipientsRefused

from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core.jobs import each
from members import emails, services, suppressing
from members.models import AddressChange
from members.rights import copying, leaving

logger = logging.getLogger(__name__)

#: Seconds after which a message of the door is not worth sending: the life of a code.
STALE = 15 * 60


class Undelivered(Exception):
    """The mail server refused for now. It says nothing else: what the server answers may quote the address."""


@shared_task(bind=True, max_retries=6)
def send_code(self, purpose: str, email: str, code: str, member_id: int | None = None) -> None:
    """`member_id`: who asks, when they are signed in."""
    _deliver(self, emails.code, purpose, email, code, member_id)


@shared_task(bind=True, max_retries=6)
def send_security_notice(self, email: str, what: str) -> None:
    _deliver(self, emails.security_notice, email, what)


def at_once(task: Task, *args) -> None:
    """Give the message to a worker now: not through the outbox, where messages to many are sent.

    When the broker is down, it is sent here and now: a person stands at the door. The arguments hold an address and a
    code: neither is shown in the broker's events.
    """
    try:
        task.apply_async(args, argsrepr="(…)", expires=STALE)
    except (OperationalError, RedisError, OSError):
        logger.warning("The broker is down: %s runs in the request.", task.name)
        task.apply(args)


def _deliver(task: Task, message: Callable[..., None], *args) -> None:
    try:
        message(*args)
        return
    except SMTPRecipientsRefused as error:
        suppressing.refused(error, event=f"smtp {task.name} {timezone.now().isoformat()}")
        if _is_for_good(error):
            logger.info("%s: the server knows no such address.", task.name)
            return
    except (SMTPException, OSError):
        pass
    # Outside of the handlers: Celery would log the server's words as the cause.
    raise task.retry(exc=Undelivered(), countdown=min(5 * 2**task.request.retries, 120))


def _is_for_good(error: SMTPRecipientsRefused) -> bool:
    return all(status >= 500 for status, _words in error.recipients.values())


@shared_task
def tell_address_changes() -> int:
    """Both addresses of each change are told. What could not be sent is tried again at the next round."""
    return sum(
        each(AddressChange.objects.untold(which).order_by("pk"), _tell_of_change, which, most=200)
        for which in ("former", "new")
    )


def _tell_of_change(pk: int, which: str) -> bool:
    with transaction.atomic():
        change = AddressChange.objects.untold(which).select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
        change = change.select_related("member").first()
        if change is None:
            return False
        try:
            emails.ADDRESS_CHANGED[which](change)
        except SMTPRecipientsRefused as error:
            # A mailbox that is closed, which is why many change: nobody is there to be told.
            if not _is_for_good(error):
                raise
        setattr(change, f"{which}_told_at", timezone.now())
        change.save(update_fields=[f"{which}_told_at"])
        return True


@shared_task
def forget_readings() -> int:
    """Every night: who read something private is forgotten after a year."""
    return services.forget_readings()


@shared_task
def forget_sessions() -> int:
    """Every night: sessions that have ended by themselves."""
    return services.forget_sessions()


@shared_task
def forget_address_changes() -> int:
    """Every night: former addresses, once nothing can be undone."""
    return services.forget_address_changes()


# --- What a person asks about themselves -----------------------------------------------------------------------------


@shared_task
def make_copy(pk: int) -> bool:
    """At once: the copy that somebody has just asked for."""
    return copying.make(pk)


@shared_task
def make_copies() -> int:
    """Every minute: copies that no worker began, or whose worker died. Returns how many were made."""
    return copying.make_due()


@shared_task
def forget_copies() -> int:
    """Every hour: erase the copies whose week is over. Returns how many files and rows."""
    return copying.forget()


@shared_task
def carry_out_departure(pk: int) -> bool:
    """At once: what goes with somebody who has just left; what takes longer is for the rounds."""
    return leaving.carry_out(pk, timezone.now() + leaving.SWEEP)


@shared_task
def carry_out_departures() -> int:
    """Every minute: what a task lost or had no time for, or what a request wrote while they left. Returns how many."""
    return leaving.carry_out_due()


@shared_task
def give_back_departed(pk: int) -> bool:
    """At once: the texts of somebody who comes back."""
    return leaving.give_back(pk)


@shared_task
def give_back() -> int:
    """Every minute: as above, for what a task lost. Returns how many departures."""
    return leaving.give_back_due()


@shared_task
def finish_departures() -> int:
    """Every hour: erase for good who left a week ago. Returns how many."""
    return leaving.finish_due()


@shared_task
def forget_identities() -> int:
    """Every night: destroy the identities that the law does not ask for any more. Returns how many."""
    return leaving.forget_identities()


@shared_task
def forget_mail_events() -> int:
    """Every night: what mail providers do not repeat any more. Returns how many rows."""
    return suppressing.forget_mail_events()
