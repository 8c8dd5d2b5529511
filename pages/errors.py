"""The pages of refusal: in French, with a way out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_TOKEN = "csrfmiddlewaretoken"  # noqa: S105, the name of a field


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: a page left open for long, or the person signed in again in another tab.

    When the browser says that the form is of this very site, it is shown again to be sent again: nothing typed is lost.
    Another site cannot say so, and gets nothing shown.
    """
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    typed = []
    if request.headers.get("Origin") in ours:
        typed = [(name, value) for name, values in request.POST.lists() for value in values if name != _TOKEN]
    return render(request, "errors/csrf.html", {"typed": typed}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without a query or a context processor: what failed may be the database."""
    return render(None, "errors/500.html", status=500)
