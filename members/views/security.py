from allauth.mfa.base.views import IndexView
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import services

#: A page shows no more: who has more ends all of them at once.
MOST_SESSIONS = 50


@method_decorator(never_cache, name="dispatch")
class SecurityView(IndexView):
    """What protects the account, and where it is open."""

    def get_context_data(self, **kwargs) -> dict:
        sessions = services.sessions_of(self.request.user)[:MOST_SESSIONS]
        return super().get_context_data(**kwargs) | {
            "sessions": sessions,
            "own_session_key": self.request.session.session_key,
        }


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's own, which may be this very one."""
    session = get_object_or_404(services.sessions_of(request.user), pk=pk)
    if session.session_key == request.session.session_key:
        logout(request)
        return redirect("home")
    services.end_session(session)
    messages.success(request, _("{device} : c’est déconnecté.").format(device=session.device))
    return redirect("mfa_index")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    services.end_other_sessions(request.user, but=request.session.session_key)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Vos autres appareils sont déconnectés."))
    return redirect("mfa_index")
