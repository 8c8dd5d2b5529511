"""Opening an initiative: the guided form, step by step."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import qr
from core.converters import NumberedSlug
from initiatives.forms.opening import PlaceForm, SubjectForm, TextForm
from initiatives.life import LifeRefused
from initiatives.models import Initiative
from initiatives.services import life, opening
from initiatives.steps import FIRST_STEP
from moderation.filter import Outcome


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """First step of the guided form: once it is right, a draft exists."""
    kind = request.GET.get("sorte", "")
    form = SubjectForm(
        request.POST or None,
        by=request.user,
        initial={"kind": kind if kind in Initiative.Kind.values else Initiative.Kind.LOCAL_PROJECT},
    )
    if request.method == "POST" and form.is_valid():
        draft = opening.open_draft(by=request.user, **form.cleaned_data)
        return redirect("initiative_text", draft.slug)
    return render(request, "initiatives/step.html", {"form": form, "step": "subject", "initiative": None})


def _own(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """The person's own initiative; anybody else's does not exist here. Moderators decide in the administration."""
    return get_object_or_404(Initiative, pk=slug.pk, author=request.user, withheld_at=None)


@require_http_methods(["GET", "POST"])
@login_required
def edit_subject(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _edit_texts(request, slug, SubjectForm, step="subject", then="initiative_text")


@require_http_methods(["GET", "POST"])
@login_required
def edit_text(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _edit_texts(request, slug, TextForm, step="text", then="initiative_place")


def _edit_texts(request: HttpRequest, slug: NumberedSlug, form_class, *, step: str, then: str) -> HttpResponse:
    initiative = _own(request, slug)
    form = form_class(request.POST or None, instance=initiative, by=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "initiatives/step.html", {"form": form, "step": step, "initiative": initiative})
    kept = Initiative.objects.get(pk=initiative.pk)
    outcome = opening.edit_texts(kept, form.cleaned_data, by=request.user)
    if kept.state == Initiative.State.DRAFT:
        return redirect(then, kept.slug)
    return _edited(request, kept, outcome)


@require_http_methods(["GET", "POST"])
@login_required
def edit_place(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = _own(request, slug)
    form = PlaceForm(request.POST or None, initiative=initiative, by=request.user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "initiatives/step.html", {"form": form, "step": "place", "initiative": initiative})
    outcome = opening.place(
        initiative,
        form.cleaned_data.get("commune"),
        level=form.cleaned_data.get("level", "country"),
        words=form.words,
        by=request.user,
    )
    if initiative.state == Initiative.State.DRAFT:
        return redirect("initiative_preview", initiative.slug)
    return _edited(request, initiative, outcome)


def _edited(request: HttpRequest, initiative: Initiative, outcome: Outcome) -> HttpResponse:
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre modification est en ligne."))
    else:
        messages.info(
            request, _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne.")
        )
    return redirect("initiative", Initiative.objects.get(pk=initiative.pk).slug)


@require_safe
@login_required
def preview(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The page as others will see it, and the button that submits it."""
    initiative = _own(request, slug)
    if initiative.state != Initiative.State.DRAFT:
        return redirect(initiative)
    return render(
        request,
        "initiatives/preview.html",
        {"initiative": initiative, "step": "preview", "missing": opening.missing_texts(initiative)},
    )


@require_POST
@login_required
def launch(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The author sends it round: its page, by its link, asks for the first five."""
    initiative = _own(request, slug)
    try:
        initiative = life.launch(initiative, by=request.user)
    except LifeRefused as error:
        messages.error(request, str(error))
        return redirect("initiative_preview", initiative.slug)
    return redirect("initiative_first_five", initiative.slug)


@require_safe
@login_required
def first_five(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What the author sends round: a text, a code to scan, a sheet to print."""
    initiative = _own(request, slug)
    if initiative.state != Initiative.State.PREPARING:
        return redirect(initiative)
    return render(request, "initiatives/first_five.html", {"initiative": initiative, "first_step": FIRST_STEP})


@require_safe
@login_required
def qr_code(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The code that leads to the initiative, as an SVG."""
    return HttpResponse(qr.svg(_own(request, slug).full_address), content_type="image/svg+xml")


@require_POST
@login_required
def discard(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    if not opening.discard_draft(_own(request, slug), by=request.user):
        raise Http404
    messages.success(request, _("Le brouillon est effacé."))
    return redirect("my_initiatives")
