"""Letters: a member writes to those who organise an event, one of them answers, and nobody's address is shown."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.converters import NumberedSlug
from events.access import organises, own_or_404
from events.models import Event, EventLetter
from events.services import letters, messaging
from events.services.refusals import MessageRefused
from initiatives.forms.team import LetterForm
from initiatives.views.common import page_of
from members.views import blocks

#: The latest letters of an exchange that its page shows.
_SHOWN = 100


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A member's exchange with those who organise it; these go to what they received, a team's to its initiative."""
    event = get_object_or_404(Event.objects.public().for_cards(), pk=slug.pk, source=None)
    if organises(event, request.user):
        return redirect("event_letters", event.slug)
    own = event.letters.filter(member=request.user)
    if event.shown_initiative and not own.exists():
        return redirect(messaging.reply_address(event))

    def send(text: str) -> None:
        if not letters.may_write(request.user):
            raise MessageRefused(_("Vous avez beaucoup écrit depuis une heure. Réessayez un peu plus tard."))
        letters.write(event, text, by=request.user)

    form = LetterForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and _sent(form, send):
        messages.success(request, _("Votre message est parti. La réponse arrivera ici, et par e-mail."))
        return redirect("event_letter_write", event.slug)
    return _exchange(request, event, own, form, is_organiser=False)


@never_cache
@require_safe
@login_required
def received(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The exchanges of those who organise the event, by their latest letter."""
    event = own_or_404(request, slug)
    latest = EventLetter.objects.wanted_by(request.user).filter(event=OuterRef("event"), member=OuterRef("member"))
    last_of_each = Subquery(latest.order_by("-sent_at", "-id").values("pk")[:1])
    found = event.letters.filter(pk=last_of_each).select_related("member")
    page = page_of(request, found, ("-sent_at", "-id"))
    return render(request, "events/letters.html", {"event": event, "page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def exchange(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """All the letters of the member who wrote this one, or was answered by it; POST answers."""
    event = own_or_404(request, slug)
    letter = get_object_or_404(event.letters.wanted_by(request.user).select_related("member"), pk=number)

    def send(text: str) -> None:
        if not letters.may_answer(request.user):
            raise MessageRefused(_("Vous avez beaucoup répondu depuis une heure. Réessayez un peu plus tard."))
        letters.answer(letter, text, by=request.user)

    form = LetterForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and _sent(form, send):
        messages.success(request, _("Votre réponse est partie."))
        return redirect("event_exchange", event.slug, letter.pk)
    of_member = event.letters.filter(member=letter.member_id)
    return _exchange(request, event, of_member, form, is_organiser=True, who=letter.member, number=letter.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def block_writer(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """Whoever received this letter, as an organiser or from one, wants nothing more of who wrote it."""
    event = get_object_or_404(Event.objects.for_cards(), pk=slug.pk, withheld_at=None)
    letter = get_object_or_404(event.letters.select_related("member", "author"), pk=number)
    if letter.member_id == request.user.pk:
        return blocks.ask(request, letter.author, back=reverse("event_letter_write", args=[event.slug]))
    own_or_404(request, slug)
    return blocks.ask(request, letter.member, back=reverse("event_letters", args=[event.slug]))


def _sent(form: LetterForm, send: Callable[[str], None]) -> bool:
    """Whether the letter left; a refusal is an error of the form, which keeps the text."""
    if form.is_valid():
        try:
            send(form.cleaned_data["text"])
        except MessageRefused as refusal:
            form.add_error(None, str(refusal))
    return form.is_valid()


def _exchange(request: HttpRequest, event: Event, found: QuerySet, form: LetterForm, **context) -> HttpResponse:
    found = found.wanted_by(request.user)
    shown = list(found.select_related("member", "author").order_by("-sent_at", "-id")[:_SHOWN])
    context |= {"event": event, "letters": shown[::-1], "form": form, "may_write": letters.is_open(event)}
    return render(request, "events/exchange.html", context)
