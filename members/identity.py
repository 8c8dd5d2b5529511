"""What this session has proved of the person: their address a moment ago, a second factor since they signed in."""

import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account import app_settings as account_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from members.models import Member

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(member: Member) -> bool:
    """Recovery codes alone are not one: they come with one, and go with it."""
    return is_mfa_enabled(member, SECOND_FACTORS)


def gave_second_factor(request: HttpRequest) -> bool:
    """True when a second factor was given in this very session: having one on the account is not enough, for a session
    opened with the mailbox alone, before the factor was set up, would otherwise inherit it."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def confirmed_recently(request: HttpRequest) -> bool:
    """True when a code or a second factor was given less than ACCOUNT_REAUTHENTICATION_TIMEOUT seconds ago."""
    return any(
        record.get("reauthenticated") and time.time() - record["at"] < account_settings.REAUTHENTICATION_TIMEOUT
        for record in get_authentication_records(request, request.user)
    )


def record_code(request: HttpRequest, member: Member) -> None:
    """They typed the code sent to their address."""
    record_authentication(request, member, method="code", reauthenticated=True)


def record_second_factor(request: HttpRequest, member: Member, kind: str) -> None:
    """They set up a second factor, which takes giving it: they are not asked for it twice."""
    record_authentication(request, member, method="mfa", type=kind, reauthenticated=True)


def sensitive(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Asks members who they are again before the view, unless they just said it.

    allauth asks again for a password or a second factor only, and lets through those who have neither.
    """

    @wraps(view)
    @never_cache
    @login_required
    def asking(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if confirmed_recently(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")

    return asking
