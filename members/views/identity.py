from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core.ratelimit import respond_429
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator

from members import codes, identity
from members.codes import Purpose, SentCode
from members.views.door import CodeView

# --- Saying again who one is ---


@method_decorator(login_required, name="dispatch")
class ConfirmView(CodeView):
    """Before a sensitive act: the second factor of who has one, a code by e-mail for the others."""

    template_name = "account/confirm_code.html"
    purposes = (Purpose.CONFIRM,)
    here = start = "account_reauthenticate"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        if identity.has_second_factor(request.user):
            return redirect(passthrough_next_redirect_url(request, reverse("mfa_reauthenticate"), "next"))
        if codes.pending(request, Purpose.CONFIRM) and request.GET.get("next") is None:
            return super().dispatch(request, *args, **kwargs)
        return self.ask(request)

    def ask(self, request: HttpRequest) -> HttpResponse:
        """GET explains, POST sends the code."""
        next_address = get_next_redirect_url(request) or reverse("settings")
        if request.method != "POST":
            return render(request, "account/reauthenticate.html", {"next": next_address})
        try:
            codes.send(request, Purpose.CONFIRM, request.user.email, next=next_address)
        except codes.TooManyCodes:
            return respond_429(request)
        return redirect(self.here)

    def accepted(self, sent: SentCode) -> HttpResponse:
        identity.record_code(self.request, self.request.user)
        return redirect(sent.next)


# --- The second factor ---


class SecondFactorView(AuthenticateView):
    """After the code, for who set up a second factor: only what they have is offered."""

    def get_context_data(self, **kwargs) -> dict:
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {
            "has_keys": Authenticator.Type.WEBAUTHN in kinds,
            "has_codes": bool(kinds - {Authenticator.Type.WEBAUTHN}),
        }


class ActivateApplicationView(ActivateTOTPView):
    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        identity.record_second_factor(self.request, self.request.user, Authenticator.Type.TOTP)
        return response


class AddKeyView(AddWebAuthnView):
    def form_valid(self, form: Form) -> HttpResponse:
        response = super().form_valid(form)
        identity.record_second_factor(self.request, self.request.user, Authenticator.Type.WEBAUTHN)
        return response
