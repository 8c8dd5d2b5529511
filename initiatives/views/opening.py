"""Opening an initiative: the guided form, step by step, and its first five people."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import qr
from core.clients import network_of
from core.converters import NumberedSlug
from core.limits import Window, hit
from initiatives.forms.opening import PlaceForm, SubjectForm, TextForm
from initiatives.life import LifeRefused, Verb, stands
from initiatives.lookalikes import look_alikes
from initiatives.models import Initiative, Step
from initiatives.services import drafts, life, nursery, opening, sources
from initiatives.sources import PARAMETER
from initiatives.steps import FIRST_STEP
from initiatives.views import parts
from initiatives.views.common import carried, is_author
from moderation.filter import Outcome

_FORMS = {Step.SUBJECT: SubjectForm, Step.TEXT: TextForm, Step.PLACE: PlaceForm}
#: Names of the pages of a draft's steps, and of what follows each.
_PAGES = {Step.SUBJECT: "initiative_subject", Step.TEXT: "initiative_text", Step.PLACE: "initiative_place"}
_NEXT = {Step.SUBJECT: "initiative_text", Step.TEXT: "initiative_place", Step.PLACE: "initiative_preview"}
#: In the session of somebody signed out: the secrets of what they sent, the newest last; and how many are kept.
_HELD, _MOST_HELD = "initiatives.held", 5
#: In the address that signing in leads back to.
_BACK = "repris"
#: Titles that one member may have compared in a minute, as they type.
_TITLES_A_MINUTE = 60


# --- The guided form -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First step of the guided form: once it is right, a draft exists."""
    return _step(request, Step.SUBJECT)


@require_http_methods(["GET", "POST"])
def edit_subject(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _step(request, Step.SUBJECT, slug)


@require_http_methods(["GET", "POST"])
def edit_text(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _step(request, Step.TEXT, slug)


@require_http_methods(["GET", "POST"])
def edit_place(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    return _step(request, Step.PLACE, slug)


def _step(request: HttpRequest, step: Step, slug: NumberedSlug | None = None) -> HttpResponse:
    """One step, of a new initiative without `slug`: what is typed there is kept, right or wrong, signed in or not."""
    if not request.user.is_authenticated:
        return _door(request, step, slug)
    initiative = _editable(request, slug) if slug else None
    if request.method == "POST":
        return _sent(request, step, initiative)
    if _BACK in request.GET:
        return _back(request)
    if initiative and not stands(Verb.EDIT, initiative):
        messages.error(request, _("Cette initiative est terminée : son texte ne change plus."))
        return redirect(initiative)
    form = _form(request, step, initiative)
    typed = drafts.unfinished(step=step, initiative=initiative, by=request.user)
    if typed:
        form.initial |= _as_typed(form, typed)
    return _show(request, form, step, initiative, is_unfinished=bool(typed))


def _sent(request: HttpRequest, step: Step, initiative: Initiative | None) -> HttpResponse:
    typed = _typed(request, step)
    if "plus-tard" in request.POST:
        drafts.keep(typed, step=step, initiative=initiative, by=request.user)
        messages.success(request, _("C’est gardé. Reprenez quand vous voulez, ici."))
        return redirect("my_initiatives")
    # The form writes on what it is given before it is valid.
    shown = Initiative.objects.get(pk=initiative.pk) if initiative else None
    form = _form(request, step, shown, request.POST)
    if form.is_valid():
        try:
            saved, outcome = _save(step, form, initiative, by=request.user)
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            drafts.forget(step=step, initiative=initiative, by=request.user)
            return _saved(request, step, saved, outcome)
    drafts.keep(typed, step=step, initiative=initiative, by=request.user)
    return _show(request, form, step, initiative)


def _save(step: Step, form, initiative: Initiative | None, *, by) -> tuple[Initiative, Outcome]:
    if initiative is None:
        return opening.open_draft(by=by, **form.cleaned_data), Outcome.PUBLISH
    if step != Step.PLACE:
        return initiative, opening.edit_texts(initiative, form.cleaned_data, by=by)
    level = form.cleaned_data.get("level", "country")
    commune = form.cleaned_data.get("commune")
    return initiative, opening.place(initiative, commune, level=level, words=form.words, by=by)


def _saved(request: HttpRequest, step: Step, initiative: Initiative, outcome: Outcome) -> HttpResponse:
    initiative = Initiative.objects.get(pk=initiative.pk)
    if initiative.state == Initiative.State.DRAFT:
        return redirect(_NEXT[step], initiative.slug)
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre modification est en ligne."))
    else:
        messages.info(
            request, _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne.")
        )
    return redirect(initiative)


def _form(request: HttpRequest, step: Step, initiative: Initiative | None, data: QueryDict | None = None):
    if step == Step.PLACE:
        return PlaceForm(data, initiative=initiative, by=request.user)
    kind = request.GET.get("sorte", "")
    kind = kind if kind in Initiative.Kind.values else Initiative.Kind.LOCAL_PROJECT
    return _FORMS[step](data, instance=initiative, by=request.user, initial=None if initiative else {"kind": kind})


def _show(
    request: HttpRequest, form, step: Step, initiative: Initiative | None, *, is_unfinished: bool = False
) -> HttpResponse:
    is_draft = initiative is None or initiative.state == Initiative.State.DRAFT
    # After the subject, without a script: what is like it stands above the next step.
    alike = _alike(request, initiative) if step == Step.TEXT and is_draft else []
    return render(
        request,
        "initiatives/step.html",
        {
            "form": form,
            "step": step,
            "initiative": initiative,
            "is_draft": is_draft,
            "is_unfinished": is_unfinished,
            "has_most_drafts": initiative is None and opening.has_most_drafts(request.user),
            "alike": alike,
        },
    )


def _typed(request: HttpRequest, step: Step) -> drafts.Typed:
    """What was sent in the fields of this step, the commune that was picked with its code."""
    names = [name for field in _FORMS[step].base_fields for name in (field, f"{field}_code")]
    return {name: drafts.storable(request.POST.getlist(name)) for name in names if name in request.POST}


def _as_typed(form, typed: drafts.Typed) -> dict:
    """What was kept, as the fields show it: nothing of it is checked before it is sent again."""
    sent = QueryDict(mutable=True)
    for name, values in typed.items():
        sent.setlist(name, values)
    return {
        name: field.widget.value_from_datadict(sent, {}, name)
        for name, field in form.fields.items()
        if not field.widget.value_omitted_from_data(sent, {}, name) or name in typed
    }


def _own(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """The person's own initiative; anybody else's does not exist here. Moderators decide in the administration."""
    return get_object_or_404(Initiative, pk=slug.pk, author=request.user, withheld_at=None)


def _editable(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """An initiative that the person carries, and that no moderator hid."""
    initiative = carried(request, slug)
    if initiative.withheld_at:
        raise Http404
    return initiative


# --- Signed out meanwhile --------------------------------------------------------------------------------------------


def _door(request: HttpRequest, step: Step, slug: NumberedSlug | None) -> HttpResponse:
    """To sign in, then back here. What was sent is held meanwhile, for this browser alone and for minutes.

    Whether the initiative exists is not looked at: a visitor would learn it.
    """
    address = request.path
    if request.method == "GET":
        return redirect_to_login(request.get_full_path())
    secret = drafts.hold(
        _typed(request, step), step=step, number=slug.pk if slug else None, network=network_of(request)
    )
    if secret:
        request.session[_HELD] = [*request.session.get(_HELD, []), secret][-_MOST_HELD:]
        request.session.set_expiry(drafts.HELD)
        messages.info(
            request, _("Votre session était terminée. Ce que vous avez écrit est gardé : entrez pour le retrouver.")
        )
        address = f"{address}?{urlencode({_BACK: 1})}"
    return redirect_to_login(address)


def _back(request: HttpRequest) -> HttpResponse:
    """Signed in again: what was sent waits in its step, which says so, for whoever came back by that door."""
    drafts.take_back(request.session.pop(_HELD, []), by=request.user)
    return redirect(request.path)


@require_POST
def start_over(request: HttpRequest, slug: NumberedSlug | None = None) -> HttpResponse:
    """Give up what was typed in a step and not saved: it shows again what is saved, or nothing."""
    step = Step(request.POST["etape"]) if request.POST.get("etape") in Step.values else Step.SUBJECT
    address = reverse(_PAGES[step], args=[slug]) if slug else reverse("initiative_new")
    if not request.user.is_authenticated:
        return redirect_to_login(address)
    initiative = _editable(request, slug) if slug else None
    drafts.forget(step=step, initiative=initiative, by=request.user)
    return redirect(address)


# --- Look-alikes -----------------------------------------------------------------------------------------------------


@require_safe
def nearby(request: HttpRequest) -> HttpResponse:
    """What is like the title that a member types: a fragment, empty when nothing is."""
    if not request.user.is_authenticated:
        # The page that asks may have outlived its session: nothing of the door is put inside it.
        return HttpResponse(status=204) if request.htmx else redirect_to_login(reverse("initiative_new"))
    (asked,) = hit([Window(f"look-alikes:{request.user.pk}", 60)])
    if asked > _TITLES_A_MINUTE:
        return HttpResponse(status=204)
    is_national = request.GET.get("kind") == Initiative.Kind.NATIONAL_PROJECT
    title = request.GET.get("titre") or request.GET.get("title", "")
    alike = look_alikes(title, territory=None if is_national else _home(request))
    return render(request, "initiatives/_look_alikes.html", {"alike": alike})


def _alike(request: HttpRequest, initiative: Initiative) -> list[Initiative]:
    territory = initiative.territory
    if territory is None and initiative.kind == Initiative.Kind.LOCAL_PROJECT:
        # Its place is said at the last step: until then it is most likely that of its author.
        territory = _home(request)
    return look_alikes(initiative.title, territory=territory, exclude=initiative)


def _home(request: HttpRequest):
    return request.user.home_commune


# --- Ready -----------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def resume(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """To the step where its team stopped."""
    initiative = _editable(request, slug)
    if initiative.state != Initiative.State.DRAFT:
        return redirect(initiative)
    step = opening.step_to_do(initiative, by=request.user)
    return redirect(_PAGES[step] if step else "initiative_preview", initiative.slug)


@require_safe
@login_required
def preview(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The page as others will see it, what is like it, and the button that launches it."""
    initiative = _editable(request, slug)
    if initiative.state != Initiative.State.DRAFT:
        return redirect(initiative)
    return render(
        request,
        "initiatives/preview.html",
        {
            "initiative": initiative,
            "step": "preview",
            "missing": opening.missing_texts(initiative),
            "unfinished": drafts.unfinished_steps(initiative, by=request.user),
            "alike": _alike(request, initiative),
            "is_author": is_author(request, initiative),
        }
        | parts.photos(request, initiative),
    )


@require_POST
def launch(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The author sends it round: its page, by its link, asks for the first five."""
    if not request.user.is_authenticated:
        return _to_preview(slug)
    initiative = _own(request, slug)
    try:
        initiative = life.launch(initiative, by=request.user)
    except LifeRefused as error:
        messages.error(request, str(error))
        return redirect("initiative_preview", initiative.slug)
    if initiative.state == Initiative.State.DRAFT:
        messages.info(
            request, _("Une personne relit d’abord votre texte. Dès son accord, votre initiative est lancée.")
        )
        return redirect("initiative_preview", initiative.slug)
    messages.success(request, _("C’est lancé ! Votre initiative a son lien : il ne reste qu’à l’envoyer."))
    return redirect("initiative_first_five", initiative.slug)


@require_POST
def discard(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    if not request.user.is_authenticated:
        return _to_preview(slug)
    if not opening.discard_draft(_own(request, slug), by=request.user):
        raise Http404
    messages.success(request, _("Le brouillon est effacé."))
    return redirect("my_initiatives")


def _to_preview(slug: NumberedSlug) -> HttpResponse:
    """Signed in again, they come back to the page of the button: an address that acts is not opened by a GET."""
    return redirect_to_login(reverse("initiative_preview", args=[slug]))


# --- The first five --------------------------------------------------------------------------------------------------


@require_safe
@login_required
def first_five(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What the team sends round: a text, a code to scan, a sheet to print."""
    initiative = _editable(request, slug)
    if initiative.state != Initiative.State.PREPARING:
        return redirect(initiative)
    count = initiative.supports.confirmed().count()
    # The same words in the page and in the links that send them.
    words = _(
        "Bonjour, je lance « %(title)s ». Il me faut cinq personnes pour commencer : me soutiens-tu ? "
        "Cela prend une minute, sans mot de passe."
    ) % {"title": initiative.title}
    return render(
        request,
        "initiatives/first_five.html",
        {
            "initiative": initiative,
            "count": count,
            "missing": max(FIRST_STEP - count, 0),
            "first_step": FIRST_STEP,
            "words": words,
            "is_author": is_author(request, initiative),
            "ends_at": nursery.ends_at(initiative),
        },
    )


@require_safe
@login_required
def sheet(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """One page to print: what it is, a code to scan, its address in clear."""
    initiative = _editable(request, slug)
    if not initiative.can_be_read:
        raise Http404
    # Nobody types "https://".
    address = _short_address(initiative).partition("://")[2]
    return render(request, "initiatives/sheet.html", {"initiative": initiative, "address": address})


@require_safe
@login_required
def qr_code(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The code that leads to the initiative, as an SVG; by one of its links, with `?de=`."""
    initiative = _editable(request, slug)
    source = sources.known(initiative, request.GET.get(PARAMETER, ""))
    return HttpResponse(qr.svg(_short_address(initiative, source)), content_type="image/svg+xml")


def _short_address(initiative: Initiative, source: str = "") -> str:
    """Without its words, to be typed, or scanned from afar: it leads to the full one."""
    short = NumberedSlug("", initiative.pk, initiative.slug.key)
    path = reverse("initiative_from", args=[short, source]) if source else reverse("initiative", args=[short])
    return f"{settings.SITE_ADDRESS}{path}"


@require_POST
def carry_on(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Asked whether they still gather their first five, the team goes on."""
    address = reverse("initiative_first_five", args=[slug])
    if not request.user.is_authenticated:
        return redirect_to_login(address)
    initiative = _editable(request, slug)
    try:
        nursery.carry_on(initiative, by=request.user)
    except LifeRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(initiative)
    messages.success(request, _("C’est noté : vous avez trente jours de plus."))
    return redirect(address)
