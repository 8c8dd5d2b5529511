"""The pages of actions: find, call, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from initiatives.forms.actions import ActionForm, CloseForm, ReportForm
from initiatives.life import LifeRefused, Verb, Who, may, roles_of, stands
from initiatives.models import Action, Commitment, Initiative
from initiatives.services import actions
from initiatives.views.common import carried, page_of, readable
from moderation.access import is_moderating
from moderation.filter import Outcome
from moderation.services import waiting_time

_TEAM = frozenset({Who.AUTHOR, Who.ORGANISER})


def _shown(request: HttpRequest, initiative: Initiative):
    return initiative.actions.shown_to(request.user, moderating=is_moderating(request)).for_page(request.user)


# --- Reading ---------------------------------------------------------------------------------------------------------


@require_safe
def action_list(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """All the actions of an initiative, the newest first."""
    initiative = readable(request, slug)
    roles = roles_of(initiative, request.user)
    page = page_of(request, _shown(request, initiative), ("-id",))
    for action in page:
        action.initiative = initiative
    context = {"initiative": initiative, "page": page, "may_organise": may(Verb.ORGANISE, initiative, roles)}
    return render(request, "initiatives/actions.html", context)


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """One action, and who comes for those who carry the initiative."""
    return _page(request, readable(request, slug), pk)


def _page(
    request: HttpRequest, initiative: Initiative, pk: int, *, refusal: str = "", at_button: bool = False
) -> HttpResponse:
    """`at_button`: they came for the button, or from it."""
    roles = roles_of(initiative, request.user)
    carries = bool(roles & _TEAM)
    action = get_object_or_404(_shown(request, initiative), pk=pk)
    action.initiative = initiative
    context = {
        "initiative": initiative,
        "action": action,
        "refusal": refusal,
        "at_button": at_button,
        "carries": carries,
        "may_organise": may(Verb.ORGANISE, initiative, roles),
        "is_fresh": at_button or request.method == "POST",
        "waiting_time": None if action.published_at else waiting_time(),
    }
    if request.htmx:
        return render(request, "initiatives/_action_act.html", context)
    if carries:
        context["page"] = page_of(request, action.commitments.select_related("member"), ("created_at", "id"))
    return render(request, "initiatives/action.html", context, status=409 if refusal else 200)


# --- Taking part -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def commit(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """GET names the action and shows one button, or the door to who has not come in; POST takes a place."""
    initiative = readable(request, slug)
    action = get_object_or_404(initiative.actions.public(), pk=pk)
    if request.method != "POST":
        return _page(request, initiative, pk, at_button=True)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        actions.commit(action, by=request.user)
    except LifeRefused as error:
        return _page(request, initiative, pk, refusal=str(error))
    return _page(request, initiative, pk) if request.htmx else redirect("action_commit", initiative.slug, pk)


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """A commitment is one's own: it may be taken back from an action that is closed or withheld."""
    # Of what cannot be read any more, only those who come know the number.
    initiative = get_object_or_404(Initiative.objects.exclude(state=Initiative.State.DRAFT), pk=slug.pk)
    action = get_object_or_404(initiative.actions.exclude(published_at=None), pk=pk)
    actions.withdraw(action, by=request.user)
    if not action.is_public or not initiative.is_public or request.POST.get("from") == "mine":
        messages.success(request, _("C’est noté : votre place est rendue."))
        return redirect("my_commitments")
    if request.htmx:
        return _page(request, readable(request, slug), pk)
    messages.success(request, _("C’est noté : votre place est rendue."))
    return redirect("action", initiative.slug, pk)


@never_cache
@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What the member said they would do, and what they offered."""
    commitments = Commitment.objects.filter(member=request.user).select_related("action__initiative")
    offers = page_of(
        request,
        request.user.offers.select_related("need__initiative"),
        ("-created_at", "-id"),
        cursor="offres",
    )
    for offer in offers:
        # Whoever is accepted arranges the rest with the team, by letters of the site.
        offer.may_write = offer.is_accepted and stands(Verb.WRITE, offer.need.initiative)
    context = {"page": page_of(request, commitments, ("-created_at", "-id")), "offers": offers}
    return render(request, "initiatives/my_commitments.html", context)


# --- Organising ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = carried(request, slug)
    if not initiative.is_live:
        return _refused(request, initiative)
    form = ActionForm(
        request.POST if request.method == "POST" else None, instance=Action(initiative=initiative), by=request.user
    )
    if request.method == "POST" and form.is_valid():
        action = Action(initiative=initiative, **form.texts, **form.facts)
        try:
            action = actions.open_action(action, by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            if action.is_public:
                messages.success(request, _("Votre action est en ligne : chacun peut s’y engager."))
            return redirect(action)
    return render(request, "initiatives/action_form.html", {"form": form, "initiative": initiative, "action": None})


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    action = _of_team(request, slug, pk)
    initiative, address = action.initiative, action.get_absolute_url()
    if not initiative.is_live or action.closed_at:
        return _refused(request, initiative) if not initiative.is_live else redirect(address)
    title = action.title
    form = ActionForm(request.POST if request.method == "POST" else None, instance=action, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = actions.edit_action(action, form.texts, form.facts, by=request.user)
        except actions.TooFewPlaces as error:
            form.add_error("places", str(error))
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            _say_edited(request, outcome)
            return redirect(address)
    context = {"form": form, "initiative": initiative, "action": action, "address": address, "title": title}
    return render(request, "initiatives/action_form.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def close(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """What became of it; once it is closed, the same address mends what was said."""
    action = _of_team(request, slug, pk)
    initiative = action.initiative
    if not initiative.is_live:
        return _refused(request, initiative)
    given = request.POST if request.method == "POST" else None
    was_closed = action.closed_at is not None
    form_class = ReportForm if was_closed else CloseForm
    form = form_class(given, instance=action, by=request.user)
    if given is not None and form.is_valid():
        report = form.cleaned_data["report"]
        try:
            if was_closed:
                outcome = actions.rewrite_report(action, report, by=request.user)
            else:
                outcome = actions.close(action, report, done=form.is_done, by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            _say_closed(request, outcome)
            return redirect("action", initiative.slug, action.pk)
    return render(request, "initiatives/action_close.html", {"form": form, "initiative": initiative, "action": action})


def _of_team(request: HttpRequest, slug: NumberedSlug, pk: int) -> Action:
    """An action of an initiative that this person carries; what a moderator withheld does not change."""
    initiative = carried(request, slug)
    action = get_object_or_404(initiative.actions.filter(withheld_at=None), pk=pk)
    action.initiative = initiative
    return action


def _refused(request: HttpRequest, initiative: Initiative) -> HttpResponse:
    messages.error(request, _("L’initiative n’en est pas là : ce geste n’est pas possible maintenant."))
    return redirect(initiative)


def _say_edited(request: HttpRequest, outcome: Outcome) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre modification est en ligne."))
    else:
        messages.info(
            request, _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne.")
        )


def _say_closed(request: HttpRequest, outcome: Outcome) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("C’est noté. Les personnes qui venaient sont prévenues."))
    else:
        messages.info(request, _("C’est noté. Votre texte paraîtra quand un modérateur l’aura relu."))
