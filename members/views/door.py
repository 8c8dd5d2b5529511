from allauth.account.adapter import get_adapter
from allauth.account.mixins import NextRedirectMixin, RedirectAuthenticatedUserMixin
from allauth.account.utils import passthrough_next_redirect_url, perform_login
from allauth.core.ratelimit import respond_429
from allauth.decorators import rate_limit
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from members import codes, identity, services
from members.codes import Purpose, SentCode
from members.forms import CodeForm, SignInForm, SignUpForm
from members.models import Consent, Member
from territories.models import Commune


class DoorView(RedirectAuthenticatedUserMixin, NextRedirectMixin, FormView):
    """Asks an address, sends a code to it. The same page, in the same time, whoever has the address."""

    purpose: Purpose

    def get_context_data(self, **kwargs) -> dict:
        addresses = {
            name: passthrough_next_redirect_url(self.request, reverse(name), self.redirect_field_name)
            for name in ("account_login", "account_signup")
        }
        return super().get_context_data(
            sign_in_address=addresses["account_login"], sign_up_address=addresses["account_signup"], **kwargs
        )

    def answers(self, form: Form) -> dict | None:
        return None

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            codes.send(
                self.request,
                self.purpose,
                form.cleaned_data["email"],
                next=self.get_next_url() or "",
                answers=self.answers(form),
            )
        except codes.TooManyCodes:
            return respond_429(self.request)
        return redirect("account_confirm_login_code")


@method_decorator(rate_limit(action="login"), name="dispatch")
class SignInView(DoorView):
    form_class = SignInForm
    template_name = "account/login.html"
    purpose = Purpose.SIGN_IN


@method_decorator(rate_limit(action="signup"), name="dispatch")
class SignUpView(DoorView):
    form_class = SignUpForm
    template_name = "account/signup.html"
    purpose = Purpose.SIGN_UP

    def answers(self, form: SignUpForm) -> dict:
        return form.answers()


@method_decorator(never_cache, name="dispatch")
class CodeView(FormView):
    """Takes the code that was sent, or sends another."""

    form_class = CodeForm
    purposes: tuple[Purpose, ...]
    #: Names of addresses: this page, and where a new code is asked for.
    here: str
    start: str

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.sent = codes.pending(request, *self.purposes)
        if not self.sent:
            return redirect(self.start)
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[Form]:
        return Form if self.request.POST.get("action") == "resend" else self.form_class

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(email=self.sent.email, can_resend=self.sent.can_resend, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        if not isinstance(form, CodeForm):
            return self.send_again()
        try:
            codes.accept(self.request, self.sent, form.cleaned_data["code"])
        except codes.CodeWrong as refusal:
            form.add_error("code", refusal)
            return self.form_invalid(form)
        except codes.CodeDead as refusal:
            messages.error(self.request, refusal.message)
            return redirect(self.start)
        return self.accepted(self.sent)

    def send_again(self) -> HttpResponse:
        try:
            codes.resend(self.request, self.sent)
        except codes.TooManyCodes:
            return respond_429(self.request)
        messages.success(self.request, _("Un nouveau code est parti. Le précédent ne sert plus."))
        return redirect(self.here)

    def accepted(self, sent: SentCode) -> HttpResponse:
        raise NotImplementedError


class EnterView(CodeView):
    """The address is proved: a member enters, a new one is made."""

    template_name = "account/code.html"
    purposes = (Purpose.SIGN_IN, Purpose.SIGN_UP)
    here = "account_confirm_login_code"
    start = "account_login"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(get_adapter().get_login_redirect_url(request))
        return super().dispatch(request, *args, **kwargs)

    def accepted(self, sent: SentCode) -> HttpResponse:
        member, is_new = _enter(sent)
        if not member:
            messages.error(self.request, _("Ce code ne sert plus. Demandez-en un nouveau."))
            return redirect(self.start)
        identity.record_code(self.request, member)
        return perform_login(self.request, member, redirect_url=sent.next or None, signup=is_new)


def _enter(sent: SentCode) -> tuple[Member | None, bool]:
    """The member who proved the address, and whether they are new; None when nobody ever signed up with it, which takes
    guessing a code that was not sent, or when somebody did since with another address of the same mailbox."""
    if sent.purpose == Purpose.SIGN_IN:
        member, is_new = Member.objects.of_address(sent.email), False
    else:
        member, is_new = services.sign_up(
            email=sent.email,
            display_name=sent.answers["display_name"],
            home_commune=Commune.objects.filter(pk=sent.answers["home_commune"]).first(),
            consent=sent.answers["consent"],
        )
    if member and not is_new and not _was_sent_to(sent, member):
        return None, False
    if member and sent.answers and sent.answers.get("digest"):
        services.give_consent(member, Consent.Purpose.DIGEST, version=sent.answers["digest"])
    return member, is_new


def _was_sent_to(sent: SentCode, member: Member) -> bool:
    """Whether the code proves this member's own address: to who signed up since, with another address of the mailbox,
    it was not sent (members.emails)."""
    return member.email == sent.email or member.joined_at.timestamp() < sent.sent_at
