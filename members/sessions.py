"""What the site writes down of the session that a request comes with: the device in words, and the day."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.browsers import in_words
from members import services

#: In the session: under which key and on which day it was last written down.
SEEN = "members.seen"


def remember_session(get_response: Callable[[HttpRequest], HttpResponse]):
    """Once a day for each session of a member: what is shown of it, and its life made longer by that.

    A request whose answer did not ask who reads it is left alone: it is the same for everybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            _remember(request)
        return response

    return middleware


def _remember(request: HttpRequest) -> None:
    seen = [request.session.session_key, timezone.localdate().isoformat()]
    former = request.session.get(SEEN)
    if former == seen or not request.user.is_authenticated:
        return
    services.see_session(
        request.user,
        request.session.session_key,
        device=in_words(request.headers.get("User-Agent", "")),
        former_key=former[0] if former else "",
    )
    request.session[SEEN] = seen


@receiver(user_logged_out)
def forget_session(request: HttpRequest, **kwargs) -> None:
    """Django is about to erase it."""
    if request.session.session_key:
        services.forget_closed_session(request.session.session_key)
