"""What was decided about what one wrote, and contesting it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from moderation.filter import Ground
from moderation.models import REDRESS, Appeal, Decision, ModeratedContent
from moderation.notice_forms import AppealForm
from moderation.services import notices, redress
from moderation.views.notices import page_of

_ORDER = ("-made_at", "-id")


@never_cache
@csrf_exempt  # The token is the secret. Somebody whose account is suspended contests too.
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, token: str) -> HttpResponse:
    """What was decided against somebody, why, and the form that contests it."""
    found = redress.find(token)
    if found is None or found.verb not in redress.RESTRICTIONS:
        return render(request, "moderation/notice_gone.html", status=410)
    form = AppealForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            redress.contest(found, text=form.cleaned_data["text"])
        except redress.AppealRefused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            return redirect(request.path)
    appeal = Appeal.objects.filter(decision=found, notice=None).first()
    context = {
        "decision": found,
        "title": notices.title_of(found),
        "own_address": _own_address(found),
        "ground": Ground(found.ground) if found.ground else None,
        "form": form,
        "appeal": appeal,
        "until": found.made_at + REDRESS,
        "may_contest": appeal is None and found.author_id is not None and redress.is_contestable(found),
    }
    return render(request, "moderation/decision.html", context, status=status)


def _own_address(found: Decision) -> str:
    """Where its author reads what was decided upon; empty for an account, and for a text that is not kept."""
    content = found.content
    if not isinstance(content, ModeratedContent) or content.author_id != found.author_id:
        return ""
    return content.author_address


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What was decided against what this member wrote, or their account, the newest first."""
    rows = (
        Decision.objects.filter(author=request.user, verb__in=redress.RESTRICTIONS)
        .select_related("content_type")
        .prefetch_related("content")
    )
    page = page_of(request, rows, _ORDER)
    appeals = {
        appeal.decision_id: appeal
        for appeal in Appeal.objects.filter(decision__in=[row.pk for row in page], notice=None)
    }
    for row in page:
        row.path = redress.path_of(row)
        row.title = notices.title_of(row)
        row.contested = appeals.get(row.pk)
    return render(request, "moderation/my_decisions.html", {"page": page})
