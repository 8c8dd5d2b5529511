"""The admin: the members' own door, and a second factor behind it."""

from urllib.parse import urlencode

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import identity

#: Where the second factor's pages lead once it is set up.
AFTER_SETUP = "members_after_setup"


class StaffAdminSite(admin.AdminSite):
    """Opens to staff who gave a second factor in this session, and leads the others to the page that they lack."""

    site_title = site_header = settings.SITE_NAME
    index_title = gettext_lazy("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        return (
            super().has_permission(request)
            and identity.gave_second_factor(request)
            and identity.has_second_factor(request.user)
        )

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        next_address = get_next_redirect_url(request) or reverse("admin:index")
        if self.has_permission(request):
            return redirect(next_address)
        if not request.user.is_authenticated:
            return redirect_to_login(next_address)
        if not request.user.is_staff:
            raise PermissionDenied
        if identity.has_second_factor(request.user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': next_address})}")
        request.session[AFTER_SETUP] = next_address
        messages.info(request, _("L’administration demande un second facteur. Choisissez-en un ci-dessous."))
        return redirect("mfa_index")

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """POST leaves; GET, which an image of another site can make, asks first."""
        if request.method != "POST":
            return redirect("account_logout")
        logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the two addresses of passwords: nobody has one."""
        return [url for url in super().get_urls() if not (getattr(url, "name", "") or "").startswith("password_")]
