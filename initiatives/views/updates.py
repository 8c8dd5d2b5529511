"""What the organisers tell: read by everyone, written, mended and withdrawn by those who carry the initiative."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.converters import NumberedSlug
from initiatives.forms.updates import UpdateForm
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Update
from initiatives.services import updates
from initiatives.views.common import carried, is_author, page_of, readable
from moderation.access import is_moderating
from moderation.filter import Outcome

#: Whole texts on a page.
PAGE_SIZE = 10


@require_safe
def update_list(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """All of them, the newest first; those who carry the initiative also see what waits, and their own withheld."""
    initiative = readable(request, slug)
    carries = _carries(request, initiative)
    found = initiative.updates.shown_to(request.user, carries=carries)
    return render(
        request,
        "initiatives/updates.html",
        {
            "initiative": initiative,
            "page": page_of(request, found, ("-id",), size=PAGE_SIZE),
            "carries": carries,
            "may_tell": carries and _may_tell(request, initiative),
        },
    )


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """One of them, at the address that is shared."""
    initiative = readable(request, slug)
    carries = _carries(request, initiative)
    found = initiative.updates.shown_to(request.user, carries=carries, moderating=is_moderating(request))
    update = get_object_or_404(found.select_related("author"), pk=pk)
    update.initiative = initiative
    if str(initiative.slug) != str(slug):
        return redirect(update, permanent=True)
    return render(
        request,
        "initiatives/update.html",
        {
            "initiative": initiative,
            "update": update,
            "carries": carries,
            "may_tell": carries and _may_tell(request, initiative),
            "may_be_withdrawn": carries and updates.may_be_withdrawn(update),
            "waits_for_tomorrow": carries and update.waits_for_tomorrow,
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def write(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """GET says at once when none can be written today; POST keeps what was typed when it is refused."""
    initiative = carried(request, slug)
    form = UpdateForm(request.POST or None, by=request.user)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            update, outcome = updates.write(initiative, **form.texts, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            _say(request, outcome, _("Votre nouvelle est en ligne. Vos soutiens la liront dans leur prochain résumé."))
            return redirect(update)
    today = updates.of_today(initiative)
    return render(
        request,
        "initiatives/update_form.html",
        {
            "initiative": initiative,
            "form": form,
            "today": today,
            "is_today_read": today and (today.withheld_at is None or today.author_id == request.user.pk),
            "refusal": refusal or _refusal(request, initiative),
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    initiative, update = _own(request, slug, pk)
    form = UpdateForm(request.POST or None, instance=update, by=request.user)
    refusal = _refusal(request, initiative)
    if request.method == "POST" and form.is_valid():
        try:
            # The form has written into its own copy: the row is read again.
            outcome = updates.edit(Update.objects.get(pk=pk), form.texts, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            _say(request, outcome, _("Votre modification est en ligne."))
            return redirect("initiative_update", initiative.slug, pk)
    context = {"initiative": initiative, "form": form, "update": update, "refusal": refusal}
    return render(request, "initiatives/update_form.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def withdraw(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """GET asks, POST does it."""
    initiative, update = _own(request, slug, pk)
    if request.method == "POST":
        try:
            updates.withdraw(update, by=request.user)
        except LifeRefused as error:
            messages.error(request, str(error))
            return redirect("initiative_update", initiative.slug, pk)
        messages.success(request, _("Votre nouvelle est retirée : personne ne l’a reçue."))
        return redirect("initiative_updates", initiative.slug)
    if not updates.may_be_withdrawn(update):
        return redirect("initiative_update", initiative.slug, pk)
    return render(request, "initiatives/update_withdraw.html", {"initiative": initiative, "update": update})


def _own(request: HttpRequest, slug: NumberedSlug, pk: int) -> tuple[Initiative, Update]:
    initiative = carried(request, slug)
    update = get_object_or_404(initiative.updates.shown_to(request.user, carries=True), pk=pk)
    update.initiative = initiative
    return initiative, update


def _carries(request: HttpRequest, initiative: Initiative) -> bool:
    """Whether this person is its author or of its team, which came with it."""
    is_of_team = any(each["id"] == request.user.pk for each in initiative.team_shown)
    return is_author(request, initiative) or is_of_team


def _refusal(request: HttpRequest, initiative: Initiative) -> str:
    """Why nothing can be told now; empty when it can."""
    try:
        demand(Verb.TELL, initiative, by=request.user)
    except LifeRefused as refusal:
        return str(refusal)
    return ""


def _may_tell(request: HttpRequest, initiative: Initiative) -> bool:
    return not _refusal(request, initiative)


def _say(request: HttpRequest, outcome: Outcome, done: str) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, done)
    else:
        messages.info(request, _("Un modérateur relit votre texte. Vous recevrez sa réponse par e-mail."))
