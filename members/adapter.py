"""Where allauth asks the site: our words, our messages, our secrets under our key."""

import base64
import hashlib
from io import BytesIO

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from core.clients import machine_of
from members import emails, tasks
from members.models import Member


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("Ce n’est pas le bon code."),
        "too_many_login_attempts": _("Trop d’essais. Attendez cinq minutes, puis recommencez."),
        "rate_limited": _("Trop d’essais. Attendez un peu, puis recommencez."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """The notices of the account's safety. Codes do not pass here (members.codes)."""
        if template_prefix not in emails.SECURITY_NOTICES:
            raise LookupError(f"No message is written for {template_prefix}.")
        tasks.at_once(tasks.send_security_notice, email, template_prefix)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits of the door, which are kept in the cache, a table perhaps: never the address itself. allauth's
        own reader fails on a list of proxies that is too short."""
        machine = machine_of(request)
        if machine is None:
            raise PermissionDenied
        return machine

    def login(self, request: HttpRequest, user: Member) -> None:
        """The session made for the code was to last fifteen minutes."""
        super().login(request, user)
        request.session.set_expiry(None)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("Ce n’est pas le bon code. Vérifiez que l’heure de votre téléphone est juste."),
    }

    def encrypt(self, text: str) -> str:
        """A copy of the database does not give away the second factors."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Member, type: str) -> str:
        keys = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Clé n° {number}").format(number=keys + 1)

    def build_totp_svg(self, url: str) -> str:
        """On white: a dark page would leave black on black."""
        drawing = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawing)
        return drawing.getvalue().decode()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _fernet() -> MultiFernet:
    """The first key is SECRET_KEY's; SECRET_KEY_FALLBACKS still read what they wrote."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"members.second-factor:" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
