"""A member's address becomes another, which is proved first; the former may undo it."""

from allauth.core import ratelimit
from allauth.core.ratelimit import respond_429
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from core.jobs import enqueue
from members import codes, services, tasks
from members.codes import Purpose, SentCode
from members.forms import ChangeAddressForm
from members.identity import sensitive
from members.views.door import CodeView


@method_decorator(sensitive, name="dispatch")
class ChangeAddressView(FormView):
    """Asks the new address, sends a code to it. The same page, in the same time, whoever has that address."""

    form_class = ChangeAddressForm
    template_name = "members/change_address.html"

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"member": self.request.user}

    def form_valid(self, form: Form) -> HttpResponse:
        # So that nobody writes to the whole country from one account.
        if not ratelimit.consume(self.request, action="address_change", key=str(self.request.user.pk)):
            return respond_429(self.request)
        try:
            codes.send(self.request, Purpose.CHANGE, form.cleaned_data["email"])
        except codes.TooManyCodes:
            return respond_429(self.request)
        return redirect("change_address_code")


@method_decorator(login_required, name="dispatch")
class ChangeAddressCodeView(CodeView):
    """The new address is proved: it is the member's, and every other device is signed out."""

    template_name = "members/change_address_code.html"
    purposes = (Purpose.CHANGE,)
    here, start = "change_address_code", "change_address"

    def accepted(self, sent: SentCode) -> HttpResponse:
        try:
            services.change_address(self.request.user, sent.email)
        except services.AddressRefused as refusal:
            messages.error(self.request, refusal.message)
            return redirect(self.start)
        enqueue(tasks.tell_address_changes)
        _end_other_sessions(self.request)
        messages.success(
            self.request,
            _("Votre compte utilise maintenant {email}. Vos autres appareils sont déconnectés.").format(
                email=sent.email
            ),
        )
        return redirect("mfa_index")


@never_cache
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the message to the former address. GET asks, for readers of mail open links; POST undoes."""
    change = services.change_of_token(token)
    if change is None:
        return render(request, "members/undo_address_gone.html", status=410)
    if request.method != "POST":
        return render(request, "members/undo_address.html", {"change": change})
    try:
        member = services.undo_address_change(change)
    except services.AddressRefused as refusal:
        return render(request, "members/undo_address.html", {"change": change, "refusal": refusal.message}, status=409)
    for email in {member.email, change.new}:
        tasks.at_once(tasks.send_security_notice, email, "address_undone")
    messages.success(request, _("C’est annulé. Tout le monde est déconnecté de votre compte : connectez-vous."))
    # By the door, whose own address would lead back to this link, which has served.
    return redirect("mfa_index")


def _end_other_sessions(request: HttpRequest) -> None:
    member = request.user
    member.refresh_from_db()
    services.end_other_sessions(member, but=request.session.session_key)
    update_session_auth_hash(request, member)
