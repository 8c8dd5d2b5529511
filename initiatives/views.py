"""The pages of initiatives: find, call, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from core.pages import BadCursor, Page, keyset
from initiatives import services
from initiatives.forms import PlaceForm, SearchForm, SubjectForm, TextForm
from initiatives.models import Initiative
from initiatives.search import matches, planned_for_the_words, search
from moderation.access import is_moderating
from moderation.filter import Outcome
from moderation.services import waiting_time

PAGE_SIZE = 20
_ORDERS = {"": ("-published_at", "-id"), "soutenues": ("-support_count", "-id")}


# --- Looking for -----------------------------------------------------------------------------------------------------


@require_safe
def initiative_list(request: HttpRequest) -> HttpResponse:
    form = SearchForm.read(request.GET)
    wanted, place = form.cleaned_data, form.place
    found = Initiative.objects.listed().for_cards()
    if wanted["sorte"]:
        found = found.filter(kind=wanted["sorte"])
    if place:
        # A national project belongs to no place: nothing to look for in the whole table.
        is_nowhere = wanted["sorte"] == Initiative.Kind.NATIONAL_PROJECT
        found = found.none() if is_nowhere else found.in_territory(place)
    if wanted["theme"]:
        found = found.filter(tag_uses__tag=wanted["theme"])
    if wanted["q"] and not wanted["tri"]:
        page = Page(search(found, wanted["q"]), next="")
    elif wanted["q"]:
        with planned_for_the_words():
            page = _page(request, matches(found, wanted["q"]), _ORDERS[wanted["tri"]])
    else:
        page = _page(request, found, _ORDERS[wanted["tri"]])
    form.say_place()
    return render(
        request,
        "initiatives/list.html",
        {"form": form, "page": page, "place": place, "unknown_place": form.misses_place},
    )


def _page(request: HttpRequest, queryset, order: tuple[str, ...]) -> Page:
    try:
        return keyset(queryset, order=order, after=request.GET.get("apres", ""), size=PAGE_SIZE)
    except BadCursor:
        return keyset(queryset, order=order, size=PAGE_SIZE)


@require_safe
def detail(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = get_object_or_404(
        Initiative.objects.visible_to(request.user, moderating=is_moderating(request)).for_page(request.user),
        pk=slug.pk,
    )
    if str(initiative.slug) != str(slug):
        return redirect(initiative, permanent=initiative.is_public)
    return render(
        request,
        "initiatives/detail.html",
        {
            "initiative": initiative,
            "events": initiative.events.coming().for_cards()[:3],
            "is_author": request.user.pk == initiative.author_id,
            "waiting_time": waiting_time() if initiative.state == Initiative.State.SUBMITTED else None,
        },
    )


# --- Supporting ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """GET names the initiative and shows one button, or the door to who has not come in; POST supports."""
    initiative = get_object_or_404(Initiative.objects.public(), pk=slug.pk)
    if request.method != "POST":
        return _support_box(request, initiative)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    try:
        services.support(initiative, by=request.user)
    except services.SupportRefused as error:
        return _support_box(request, initiative, refusal=str(error))
    return _support_box(request, initiative) if request.htmx else redirect("initiative_support", initiative.slug)


@require_POST
@login_required
def withdraw_support(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A support is one's own: it may be withdrawn from an initiative that is closed or withheld."""
    initiative = get_object_or_404(Initiative.objects.exclude(state=Initiative.State.DRAFT), pk=slug.pk)
    services.withdraw_support(initiative, by=request.user)
    if not initiative.is_public or request.POST.get("from") == "mine":
        return redirect("my_supports")
    return _support_box(request, initiative) if request.htmx else redirect(f"{initiative.get_absolute_url()}#soutien")


def _support_box(request: HttpRequest, initiative: Initiative, *, refusal: str = "") -> HttpResponse:
    """Where this person stands, and one next act: a fragment for htmx, a page otherwise."""
    initiative = Initiative.objects.for_page(request.user).get(pk=initiative.pk)
    context = {
        "initiative": initiative,
        "refusal": refusal,
        "next_event": initiative.events.coming().for_cards().first(),
        "is_fresh": initiative.is_supported or request.method == "POST",
    }
    if request.htmx:
        return render(request, "initiatives/_support.html", context)
    return render(request, "initiatives/support.html", context, status=409 if refusal else 200)


# --- Opening ---------------------------------------------------------------------------------------------------------


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
        draft = services.open_draft(by=request.user, **form.cleaned_data)
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
    outcome = services.edit_texts(kept, form.cleaned_data, by=request.user)
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
    outcome = services.place(
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
        {"initiative": initiative, "step": "preview", "missing": services.missing_texts(initiative)},
    )


@require_POST
@login_required
def submit(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = _own(request, slug)
    try:
        outcome = services.submit(initiative, by=request.user)
    except services.SubmissionRefused as error:
        messages.error(request, str(error))
        return redirect("initiative_preview", initiative.slug)
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre initiative est en ligne. Faites-la connaître à trois personnes."))
    return redirect(initiative)


@require_POST
@login_required
def discard(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    if not services.discard_draft(_own(request, slug), by=request.user):
        raise Http404
    messages.success(request, _("Le brouillon est effacé."))
    return redirect("my_initiatives")


# --- One's own -------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    page = _page(request, Initiative.objects.filter(author=request.user).for_cards(), ("-id",))
    return render(request, "initiatives/mine.html", {"page": page})


@require_safe
@login_required
def my_supports(request: HttpRequest) -> HttpResponse:
    supports = request.user.supports.select_related("initiative")
    page = _page(request, supports, ("-created_at", "-id"))
    return render(request, "initiatives/my_supports.html", {"page": page})
