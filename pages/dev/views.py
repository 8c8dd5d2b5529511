"""Pages that exist on a developer's machine alone: what was sent, and what the face is made of."""

from allauth.mfa.models import Authenticator
from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from members import services
from members.models import Member
from pages.dev import mailbox, samples


@never_cache
def messages(request: HttpRequest) -> HttpResponse:
    """The last messages, and the second factor's code of the demonstration's staff."""
    staff = Member.objects.filter(
        is_staff=True, is_demonstration=True, authenticator__type=Authenticator.Type.TOTP
    ).order_by("email")
    return render(
        request,
        "dev/messages.html",
        {
            "letters": mailbox.newest(),
            "second_factors": [(member.email, services.current_totp(member)) for member in staff],
        },
    )


@never_cache
def message(request: HttpRequest, name: str, number: int) -> HttpResponse:
    return render(request, "dev/message.html", {"letter": _letter(name, number)})


@never_cache
@xframe_options_sameorigin
@csp(
    {
        "sandbox": ["allow-top-navigation-by-user-activation"],
        "default-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [SELF],
    }
)
def message_html(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The message as a mail reader shows it, unable to run anything; its links open in the whole window."""
    return HttpResponse(f'<base target="_top">{_letter(name, number).html}')


def styles(request: HttpRequest) -> HttpResponse:
    """Every part of the face in every state, on the site's own subjects."""
    return render(request, "dev/styles.html", samples.everything())


def _letter(name: str, number: int) -> mailbox.Letter:
    letter = mailbox.find(name, number)
    if letter is None:
        raise Http404
    return letter
