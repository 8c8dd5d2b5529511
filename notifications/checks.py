"""What is wrong with the settings of notifications, said before the site starts."""

from django.conf import settings
from django.core.checks import Error
from py_vapid import VapidException

from notifications import vapid

#: An address that nothing is sent to.
_ANY = "https://push.example/"


def vapid_key(**_how) -> list[Error]:
    """A key that signs nothing would be found out by the first push."""
    if not settings.VAPID_PRIVATE_KEY:
        return []
    try:
        vapid.signed(_ANY)
    except ValueError:
        return [Error("VAPID_PRIVATE_KEY: `manage.py make_vapid_keys` writes one.", id="notifications.E001")]
    except VapidException:
        return [
            Error("CONTACT_EMAIL: services of pushes are given it, and take no such address.", id="notifications.E002")
        ]
    return []
