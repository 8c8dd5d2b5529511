import logging
from collections.abc import Callable
from smtplib import SMTPException, SMTPRecipientsRefused

from celery import Task, shared_task
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from members import emails, services

logger = logging.getLogger(__name__)

#: Seconds after which a message of the door is not worth sending: the life of a code.
STALE = 15 * 60


class Undelivered(Exception):
    """The mail server refused for now. It says nothing else: what the server answers may quote the address."""


@shared_task(bind=True, max_retries=6)
def send_code(self, purpose: str, email: str, code: str) -> None:
    _deliver(self, emails.code, purpose, email, code)


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
        if all(status >= 500 for status, _words in error.recipients.values()):
            logger.info("%s: the server knows no such address.", task.name)
            return
    except (SMTPException, OSError):
        pass
    # Outside of the handlers: Celery would log the server's words as the cause.
    raise task.retry(exc=Undelivered(), countdown=min(5 * 2**task.request.retries, 120))


@shared_task
def forget_readings() -> int:
    """Every night: who read something private is forgotten after a year."""
    return services.forget_readings()


@shared_task
def forget_sessions() -> int:
    """Every night: sessions that have ended by themselves."""
    return services.forget_sessions()
