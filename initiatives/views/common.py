"""What the views of an initiative share: who is asking, which initiative, and what is said of an act."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from core.converters import NumberedSlug
from core.pages import BadCursor, Page, keyset
from initiatives.life import LifeRefused
from initiatives.models import Initiative
from initiatives.ranking import PAGE
from moderation.access import is_moderating
from moderation.views.withheld import withheld_page


def page_of(request: HttpRequest, queryset, order: tuple[str, ...], *, size: int = PAGE, cursor: str = "apres") -> Page:
    """The page of results that the address asks for; the first one when its cursor is not of our making.

    `cursor` names it in the address, where two lists of one page go on each by itself.
    """
    try:
        return keyset(queryset, order=order, after=request.GET.get(cursor, ""), size=size)
    except BadCursor:
        return keyset(queryset, order=order, size=size)


def readable(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """The initiative of this address, for somebody who may read it, as its page needs it (`for_page`).

    By its secret link for whoever holds it; else what is public, one's own, and what one carries. Raises Http404.
    """
    by_link = Initiative.objects.reachable(slug)
    known = Initiative.objects.visible_to(request.user, moderating=is_moderating(request)).filter(pk=slug.pk)
    if slug.key and (found := by_link.for_page(request.user).first()):
        return found
    # Those who carry it keep its old link when nobody else reads it any more.
    return get_object_or_404(known.for_page(request.user))


def or_not_gathered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Where a link that was sent round leads once its initiative stopped before five people came: to words, not to
    nothing."""

    @wraps(view)
    def read(request: HttpRequest, slug: NumberedSlug, **kwargs) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except Http404:
            initiative = Initiative.objects.not_gathered(slug).first()
            if initiative is None:
                raise
        given = initiative.supports.given()
        context = {
            "initiative": initiative,
            "is_supported": request.user.is_authenticated and given.filter(member=request.user).exists(),
        }
        response = render(request, "initiatives/not_gathered.html", context, status=410)
        # It may wake.
        add_never_cache_headers(response)
        return response

    return read


def or_withheld(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What was public, and is withheld: when and on which ground, in the place of nothing."""

    @wraps(view)
    def read(request: HttpRequest, slug: NumberedSlug, **kwargs) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except Http404:
            withheld = Initiative.objects.filter(published_at__isnull=False, withheld_at__isnull=False)
            initiative = withheld.filter(pk=slug.pk).first()
            if initiative is None:
                raise
        return withheld_page(
            request,
            initiative,
            heading=_("Cette initiative est retirée"),
            way_out=reverse("initiatives"),
            way_out_words=_("Voir les initiatives"),
        )

    return read


def come_in_for(
    heading: str, why: str, *, find: Callable[..., Initiative] = readable
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For members alone: anybody else reads why, `why` naming the initiative as %(title)s, and comes back once in.

    `find` takes what the view takes, and raises Http404 where nobody would find anything once in. Who sends a form
    without being in goes to the door (`members.middleware`).
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def asked(request: HttpRequest, slug: NumberedSlug, *args, **kwargs) -> HttpResponse:
            if request.user.is_authenticated:
                return view(request, slug, *args, **kwargs)
            if request.method not in ("GET", "HEAD"):
                return redirect_to_login(request.path)
            initiative = find(request, slug, *args, **kwargs)
            context = {"initiative": initiative, "heading": heading, "why": why % {"title": initiative.title}}
            return render(request, "initiatives/door.html", context)

        return asked

    return decorate


def carried(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """An initiative that this person carries, its author or a co-organiser; anybody else's does not exist here."""
    return get_object_or_404(Initiative.objects.carried_by(request.user), pk=slug.pk)


def is_author(request: HttpRequest, initiative: Initiative) -> bool:
    """Whether this person opened the initiative. Nobody did, once its author is gone."""
    return request.user.is_authenticated and request.user.pk == initiative.author_id


def say(request: HttpRequest, act: Callable[[], object], done: str = "") -> None:
    """Do it, and say on the next page what was done, or why it was refused.

    Without `done` it is the act that returns the words; "" says nothing.
    """
    try:
        said = act()
    except LifeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if words := done or said:
            messages.success(request, words)
