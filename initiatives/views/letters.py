"""Letters: a member writes to a team, somebody of the team answers, and nobody's address is shown."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.converters import NumberedSlug
from initiatives.forms.team import LetterForm
from initiatives.life import LifeRefused, Verb, stands
from initiatives.models import Initiative, Letter
from initiatives.services import letters
from initiatives.views.common import carried, come_in_for, page_of
from members.views import blocks

#: The latest letters of an exchange that its page shows.
_SHOWN = 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@come_in_for(
    gettext_lazy("Écrire à l’équipe"),
    gettext_lazy(
        "Connectez-vous pour écrire à l’équipe de « %(title)s » : elle vous répond ici, sans voir votre adresse."
    ),
)
def write(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A member's exchange with those who carry an initiative. Whoever carries it goes to what they received."""
    initiative = get_object_or_404(Initiative.objects.reachable(slug).select_related("author"))
    if Initiative.objects.carried_by(request.user).filter(pk=initiative.pk).exists():
        return redirect("initiative_letters", initiative.slug)

    def send(text: str) -> None:
        if not letters.may_write(request.user):
            raise LifeRefused(_("Vous avez beaucoup écrit depuis une heure. Réessayez un peu plus tard."))
        letters.write(initiative, text, by=request.user)

    form = LetterForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and _sent(form, send):
        messages.success(request, _("Votre message est parti. La réponse arrivera ici, et par e-mail."))
        return redirect("initiative_write", initiative.slug)
    context = {"may_write": stands(Verb.WRITE, initiative), "is_team": False}
    return _exchange(request, initiative, request.user.pk, form, **context)


@never_cache
@require_safe
@login_required
def received(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The exchanges of those who carry the initiative, by their latest letter."""
    initiative = _carried(request, slug)
    latest = Letter.objects.wanted_by(request.user).filter(initiative=OuterRef("initiative"), member=OuterRef("member"))
    last_of_each = Subquery(latest.order_by("-sent_at", "-id").values("pk")[:1])
    found = initiative.letters.to_its_team().filter(pk=last_of_each).select_related("member")
    page = page_of(request, found, ("-sent_at", "-id"))
    return render(request, "initiatives/letters.html", {"initiative": initiative, "page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def exchange(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """All the letters of the member who wrote this one, or was answered by it; POST answers."""
    initiative = _carried(request, slug)
    received = initiative.letters.to_its_team().wanted_by(request.user)
    letter = get_object_or_404(received.select_related("member"), pk=number)

    def send(text: str) -> None:
        if not letters.may_answer(request.user):
            raise LifeRefused(_("Vous avez beaucoup répondu depuis une heure. Réessayez un peu plus tard."))
        letters.answer(letter, text, by=request.user)

    form = LetterForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and _sent(form, send):
        messages.success(request, _("Votre réponse est partie."))
        return redirect("initiative_exchange", initiative.slug, letter.pk)
    context = {"may_write": stands(Verb.ANSWER, initiative), "is_team": True, "who": letter.member, "number": letter.pk}
    return _exchange(request, initiative, letter.member_id, form, **context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def block_writer(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """Whoever received this letter, of the team or from it, wants nothing more of who wrote it."""
    initiative = get_object_or_404(Initiative.objects.reachable(slug))
    letter = get_object_or_404(initiative.letters.select_related("member", "author"), pk=number)
    if letter.member_id == request.user.pk:
        return blocks.ask(
            request,
            letter.author if letter.is_answer else None,
            back=reverse("initiative_write", args=[initiative.slug]),
        )
    letter = get_object_or_404(_carried(request, slug).letters.to_its_team(), pk=number)
    return blocks.ask(request, letter.member, back=reverse("initiative_letters", args=[initiative.slug]))


def _carried(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """One that this person carries and that is not withheld: else its letters are not there."""
    initiative = carried(request, slug)
    return get_object_or_404(Initiative.objects.filter(withheld_at=None).select_related("author"), pk=initiative.pk)


def _sent(form: LetterForm, send: Callable[[str], None]) -> bool:
    """Whether the letter left; a refusal is an error of the form, which keeps the text."""
    if form.is_valid():
        try:
            send(form.cleaned_data["text"])
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
    return form.is_valid()


def _exchange(
    request: HttpRequest, initiative: Initiative, member_id: int, form: LetterForm, **context
) -> HttpResponse:
    readable = initiative.letters.to_its_team() if context["is_team"] else initiative.letters
    found = readable.wanted_by(request.user).filter(member=member_id).select_related("member", "author")
    shown = list(found.order_by("-sent_at", "-id")[:_SHOWN])
    context |= {"initiative": initiative, "letters": reversed(shown), "has_letters": bool(shown), "form": form}
    return render(request, "initiatives/exchange.html", context)
