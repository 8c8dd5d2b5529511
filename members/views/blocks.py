"""Whom a member wants nothing of. Rooms above say where somebody is met: `ask` is theirs to call."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.pages import BadCursor, keyset
from members import services
from members.models import Member


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    blocks = services.blocks_of(request.user)
    try:
        page = keyset(blocks, order=("-blocked_at", "-id"), after=request.GET.get("apres", ""))
    except BadCursor:
        return redirect("blocks")
    return render(request, "members/blocks.html", {"page": page})


@require_POST
@login_required
def unblock(request: HttpRequest, pk: int) -> HttpResponse:
    block = get_object_or_404(services.blocks_of(request.user), pk=pk)
    services.unblock(block)
    messages.success(request, _("C’est fait : vous ne bloquez plus {name}").format(name=block.blocked.display_name))
    return redirect("blocks")


def ask(request: HttpRequest, whom: Member | None, *, back: str) -> HttpResponse:
    """GET says what a block does, POST blocks. `back` is the page where this person was met.

    Raises Http404 when they left the site, and for oneself.
    """
    if whom is None or whom.pk == request.user.pk:
        raise Http404
    if request.method != "POST":
        return render(request, "members/block.html", {"whom": whom, "back": back})
    services.block(whom, by=request.user)
    messages.success(
        # A name may end with a full stop.
        request,
        _("C’est fait : vous bloquez {name}, et rien ne le lui apprend.").format(name=whom.display_name),
    )
    return redirect(back)
