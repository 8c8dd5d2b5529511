from celery import shared_task

from notifications import delivery, forgetting, pushing


@shared_task
def deliver(notification_id: int) -> None:
    """Send one message, sooner than the sweep would."""
    delivery.deliver(notification_id)


@shared_task
def deliver_due() -> None:
    """Send all that is due: new messages to many, later attempts, and what a dead worker or broker left."""
    delivery.deliver_due()


@shared_task
def push_due() -> None:
    """Tell devices what is due: new things, and later attempts."""
    pushing.push_due()


@shared_task
def forget_addresses() -> int:
    """Every night: erase what could not be sent to addresses without account. Returns how many rows."""
    return delivery.forget_addresses()


@shared_task
def forget_told() -> int:
    """Every night: erase what happened long ago, and how many messages somebody got on a day that is over."""
    return forgetting.forget()
