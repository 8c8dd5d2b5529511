"""What these services write: by the outbox, which is of a room above; the settings name it."""

from django.conf import settings
from django.utils.module_loading import import_string


def write_to(address: str, *, kind: str, key: str, context: dict) -> None:
    """`notifications.services.write_to`, in the transaction of the act."""
    import_string(settings.OUTBOX)(address, kind=kind, key=key, context=context)
