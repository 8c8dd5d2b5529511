"""What is wrong with the settings of notifications, said before the site starts."""

from anymail.exceptions import AnymailConfigurationError
from django.conf import settings
from django.core.checks import Error
from py_vapid import VapidException

from notifications import vapid
from notifications.readers import READERS

#: An address that nothing is sent to.
_ANY = "https://push.example/"
#: Characters of a secret that nobody tries out.
_LONG = 24


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


def mail_providers(**_how) -> list[Error]:
    """A provider that is misnamed, or whose signature cannot be read, would be refused without anybody knowing."""
    errors = []
    for name in settings.MAIL_PROVIDERS:
        if name not in READERS:
            said = f"MAIL_PROVIDERS: {name!r} is none of {', '.join(READERS)}."
            errors.append(Error(said, id="notifications.E003"))
            continue
        try:
            READERS[name]()
        except (AnymailConfigurationError, ImportError, ValueError) as error:
            errors.append(Error(f"ANYMAIL: {error}", id="notifications.E004"))
    if settings.MAIL_PROVIDERS and len(settings.MAIL_WEBHOOK_SECRET) < _LONG:
        errors.append(Error(f"MAIL_WEBHOOK_SECRET: {_LONG} characters or more.", id="notifications.E005"))
    return errors


def answered(**_how) -> list[Error]:
    """Messages say that one may answer them."""
    if settings.CONTACT_EMAIL.endswith("@localhost"):
        return [Error("CONTACT_EMAIL: nobody reads what is answered to messages.", id="notifications.E006")]
    return []
