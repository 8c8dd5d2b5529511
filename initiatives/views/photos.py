"""The pictures of an initiative: the page where its team adds and orders them, and the file of each."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import images
from core.converters import NumberedSlug
from initiatives.forms.photos import DescriptionForm, PhotoForm
from initiatives.life import LifeRefused, Verb, may, roles_of
from initiatives.models import Initiative, Photo
from initiatives.services import photos
from initiatives.views.common import carried, readable, say
from moderation.access import is_moderating
from moderation.filter import Outcome

State = Initiative.State
Use = Photo.Use


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The pictures, and a form for one more; for those who carry the initiative."""
    initiative = carried(request, slug)
    uses = _uses(request, initiative)
    if request.method != "POST" or not uses:
        return _page(request, initiative, PhotoForm(by=request.user, uses=uses) if uses else None, status=409)
    if not photos.may_send(request.user):
        form = PhotoForm(by=request.user, uses=uses, initial={"alternative": request.POST.get("alternative", "")})
        return _page(request, initiative, form, refusal=_("Vous avez envoyé beaucoup d’images : réessayez demain."))
    form = PhotoForm(request.POST, request.FILES, by=request.user, uses=uses)
    if form.is_valid():
        given = form.cleaned_data
        try:
            _photo, outcome = photos.add(
                initiative, given["picture"], use=given["use"], alternative=given["alternative"], by=request.user
            )
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            _say(request, outcome, done=_("L’image est en place."))
            return redirect("initiative_photos", initiative.slug)
    return _page(request, initiative, form)


def _uses(request: HttpRequest, initiative: Initiative) -> list[str]:
    """Where this person may put one more picture: what came of it once it ended, else on top or in the page."""
    roles = roles_of(initiative, request.user)
    if initiative.state in (State.SUCCEEDED, State.CLOSED):
        wanted = [Use.OUTCOME]
    else:
        has_cover = initiative.photos.filter(use=Use.COVER).exists()
        wanted = [Use.TEXT, Use.COVER] if has_cover else [Use.COVER, Use.TEXT]
    return [use for use in wanted if may(photos.verb_of(use), initiative, roles)]


def _page(
    request: HttpRequest, initiative: Initiative, form: PhotoForm | None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    roles = roles_of(initiative, request.user)
    shown = list(initiative.photos.all())
    for photo in shown:
        photo.is_seen = _is_seen(request, photo)
        photo.said = photo.alternative if photo.is_seen else _("Une image d’une autre personne de l’équipe")
        photo.may_be_changed = may(photos.verb_of(photo.use), initiative, roles)
        photo.may_be_removed = may(Verb.TAKE_DOWN, initiative, roles)
    is_draft = initiative.state == State.DRAFT
    back = reverse("initiative_preview" if is_draft else "initiative", args=[initiative.slug])
    context = {"initiative": initiative, "photos": shown, "form": form, "refusal": refusal}
    context |= {"back": back, "is_draft": is_draft}
    is_refused = request.method == "POST" and form is None
    return render(request, "initiatives/photos.html", context, status=status if is_refused else 200)


def _is_seen(request: HttpRequest, photo: Photo) -> bool:
    """What is withheld, or waits, is shown to who sent it and to moderators; the rest of the team knows it is there."""
    return photo.is_public or photo.author_id == request.user.pk or is_moderating(request)


def _say(request: HttpRequest, outcome: Outcome, *, done: str) -> None:
    if outcome is Outcome.PUBLISH:
        messages.success(request, done)
    else:
        messages.info(request, _("Un modérateur relit ce que vous avez écrit. L’image paraît ensuite."))


def _photo(initiative: Initiative, number: int) -> Photo:
    return get_object_or_404(initiative.photos, pk=number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def describe(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """Say otherwise what a picture shows."""
    initiative = carried(request, slug)
    photo = _photo(initiative, number)
    if not _is_seen(request, photo):
        raise Http404
    form = DescriptionForm(request.POST if request.method == "POST" else None, instance=photo, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = photos.describe(_photo(initiative, number), form.cleaned_data["alternative"], by=request.user)
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            if outcome is Outcome.PUBLISH:
                messages.success(request, _("C’est noté."))
            else:
                messages.info(request, _("Un modérateur relit votre modification. D’ici là, rien ne change."))
            return redirect("initiative_photos", initiative.slug)
    # The form has written into its instance what may be refused.
    context = {"initiative": initiative, "photo": _photo(initiative, number), "form": form}
    return render(request, "initiatives/photo.html", context)


def _act(request: HttpRequest, slug: NumberedSlug, number: int, act: Callable[[Photo], None], done: str):
    """Do something to a picture, and say it, or why not, on the page of pictures."""
    initiative = carried(request, slug)
    say(request, lambda: act(_photo(initiative, number)), done)
    return redirect("initiative_photos", initiative.slug)


@require_POST
@login_required
def make_cover(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    def act(photo: Photo) -> None:
        photos.make_cover(photo, by=request.user)

    return _act(request, slug, number, act, _("Cette image est maintenant en tête."))


@require_POST
@login_required
def remove(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    def act(photo: Photo) -> None:
        photos.remove(photo, by=request.user)

    return _act(request, slug, number, act, _("L’image est retirée, et ses fichiers effacés."))


@never_cache
@require_safe
def file(request: HttpRequest, slug: NumberedSlug, number: int, width: int) -> HttpResponse:
    """The file of a picture that has no public one, for whoever may see it: its author, moderators, a reader of what
    is being published at this very moment."""
    initiative = readable(request, slug)
    seen = initiative.photos.visible_to(request.user, moderating=is_moderating(request))
    photo = get_object_or_404(seen, pk=number)
    found = images.content(photo.name, width) if width in images.widths_of(photo.width) else None
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="image/webp")
