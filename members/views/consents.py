"""What a member agrees to: read, given, taken back, each in one click, with its history."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from members import consents, services
from members.consents import ConsentText
from members.models import Consent

Purpose = Consent.Purpose

#: Without these nothing of the account can be kept: taking them back is leaving.
_GROUND = (Purpose.USE, Purpose.SUPPORT, Purpose.ATTEND)
_TITLES = {
    Purpose.USE: gettext_lazy("Le site garde ce qu’il lui faut pour fonctionner"),
    Purpose.SUPPORT: gettext_lazy("Mes soutiens donnés sans compte"),
    Purpose.ATTEND: gettext_lazy("Mes venues annoncées sans compte"),
    Purpose.DIGEST: gettext_lazy("Le résumé de ce qui se passe près de chez moi"),
    Purpose.PARTY: gettext_lazy("Les nouvelles du parti"),
}


@dataclass(frozen=True)
class Row:
    """One purpose, as its member reads it: the words that they agreed to, or those that they would agree to."""

    purpose: str
    title: Promise
    text: ConsentText
    given: Consent | None

    @property
    def is_ground(self) -> bool:
        return self.purpose in _GROUND

    @property
    def is_former(self) -> bool:
        """They agreed to words that are not today's."""
        return self.given is not None and self.text.version != consents.CURRENT[self.purpose].version


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    history = list(request.user.consents.order_by("-given_at", "-pk"))
    given = {consent.purpose: consent for consent in history if consent.withdrawn_at is None}
    rows = [
        Row(purpose, title, _words(given.get(purpose)) or consents.CURRENT[purpose], given.get(purpose))
        for purpose, title in _TITLES.items()
        # What was asked of people without an account is theirs alone.
        if purpose in given or purpose not in (Purpose.SUPPORT, Purpose.ATTEND)
    ]
    past = [(consent, _TITLES[consent.purpose], _words(consent)) for consent in history]
    return render(request, "members/consents.html", {"rows": rows, "history": past})


@require_POST
@login_required
def give(request: HttpRequest, purpose: str) -> HttpResponse:
    """Agree to the words that the page showed: `version` says which."""
    text = consents.CURRENT.get(purpose)
    if text is None or purpose in (Purpose.SUPPORT, Purpose.ATTEND):
        raise Http404
    if request.POST.get("version") != text.version:
        messages.error(request, _("Le texte vient de changer : relisez-le avant de l’accepter."))
        return redirect("consents")
    if services.give_consent(request.user, purpose, version=text.version):
        messages.success(request, _("C’est noté : vous acceptez. Vous pouvez le retirer ici à tout moment."))
    return redirect("consents")


@require_POST
@login_required
def withdraw(request: HttpRequest, purpose: str) -> HttpResponse:
    """Take it back, at once. Without what the account stands on, there is no account: that page leads out."""
    if purpose not in _TITLES:
        raise Http404
    if purpose in _GROUND:
        return redirect("my_data_leave")
    if services.withdraw_consent(request.user, purpose):
        messages.success(request, _("C’est retiré, dès maintenant."))
    return redirect("consents")


def _words(consent: Consent | None) -> ConsentText | None:
    if consent is None:
        return None
    return next((text for text in consents.PUBLISHED if text.is_of(consent)), None)
