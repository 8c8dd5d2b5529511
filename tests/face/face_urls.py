"""The site's addresses with those that only development has, however the tests are started."""

from django.urls import include, path

from possibles.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401

urlpatterns = [path("dev/", include("pages.dev.urls")), *urlpatterns]
