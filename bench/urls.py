"""The addresses of the site, and a view that does nothing: what any answer costs."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from possibles.urls import *  # noqa: F403
from possibles.urls import urlpatterns


def nothing(request: HttpRequest) -> HttpResponse:
    # Not public: the page cache must not answer in its place.
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


urlpatterns = [*urlpatterns, path("rien/", nothing)]
