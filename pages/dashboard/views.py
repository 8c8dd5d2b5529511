"""The dashboard of an initiative: for its author and its team; a moderator reads it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.converters import NumberedSlug
from initiatives.models import Initiative
from initiatives.services.sources import MOST, SourceRefused, drop_source, name_source
from initiatives.views.common import carried, is_author
from moderation.access import is_moderating
from pages.dashboard.advice import told
from pages.dashboard.forms import SourceForm
from pages.dashboard.reading import DAYS, dashboard_of


@require_safe
@login_required
def dashboard(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Where it stands, what is next, and where people came from."""
    initiative = _read(request, slug)
    if initiative.state == Initiative.State.DRAFT:
        return redirect("initiative_resume", initiative.slug)
    if str(initiative.slug) != str(slug):
        return redirect("initiative_dashboard", initiative.slug)
    return _show(request, initiative, SourceForm())


@require_POST
def name_link(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A link of its own, that counts who comes by it."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("initiative_dashboard", args=[slug]))
    initiative = carried(request, slug)
    form = SourceForm(request.POST)
    if form.is_valid():
        try:
            named = name_source(initiative, form.cleaned_data["name"], by=request.user)
        except SourceRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Le lien « %(name)s » est prêt.") % {"name": named.name})
            return redirect(f"{reverse('initiative_dashboard', args=[initiative.slug])}#liens")
    return _show(request, _read(request, slug), form)


@require_POST
def drop_link(request: HttpRequest, slug: NumberedSlug, word: str) -> HttpResponse:
    """The link is named no more; supports that came by it stay."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("initiative_dashboard", args=[slug]))
    initiative = carried(request, slug)
    if drop_source(initiative, word, by=request.user):
        messages.success(request, _("Ce lien est retiré. Qui l’a gardé arrive quand même sur votre page."))
    return redirect(f"{reverse('initiative_dashboard', args=[initiative.slug])}#liens")


def _read(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """Somebody else's does not exist here, but for a moderator."""
    if is_moderating(request):
        known = Initiative.objects.visible_to(request.user, moderating=True)
    else:
        known = Initiative.objects.carried_by(request.user)
    return get_object_or_404(known.for_page(request.user), pk=slug.pk)


def _show(request: HttpRequest, initiative: Initiative, form: SourceForm) -> HttpResponse:
    board = dashboard_of(initiative, is_author=is_author(request, initiative))
    may_act = board.facts.is_author or any(each["id"] == request.user.pk for each in initiative.team_shown)
    own_links = sum(link.is_own for link in board.links)
    return render(
        request,
        "pages/dashboard/page.html",
        {
            "initiative": initiative,
            "board": board,
            "advice": told(board.facts),
            "may_act": may_act,
            "form": form if may_act and initiative.is_open and own_links < MOST else None,
            "days": DAYS,
            "most_links": MOST,
        },
    )
