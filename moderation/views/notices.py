"""Reporting a content, following what becomes of it, contesting the answer. Nobody needs an account."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.clients import network_of
from core.pages import BadCursor, Page, keyset
from moderation.models import ModeratedContent, Notice
from moderation.notice_forms import STEPS, AppealForm, NoticeForm
from moderation.services import notices, redress, standing
from moderation.sorts import reportable

_ORDER = ("-made_at", "-id")
#: Around a content, what of it is shown to make sure that it is the one.
_EXCERPT = 300


# --- Reporting -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, sort: str, pk: int) -> HttpResponse:
    """The three steps, each with what was typed in the others; the last one sends."""
    content = _readable(request, sort, pk)
    if request.method != "POST":
        return _step(request, content, step=1)
    step = _step_of(request.POST)
    if "retour" in request.POST:
        return _step(request, content, step=max(step - 1, 1), data=request.POST, is_checked=False)
    form = _form(request, content, step=step, data=request.POST)
    if not form.is_valid():
        first = form.first_refused
        return _step(request, content, step=first, data=request.POST, form=form if first == step else None)
    if form.disagrees:
        return render(request, "moderation/notice_none.html", {"content": content})
    if step < len(STEPS):
        return _step(request, content, step=step + 1, data=request.POST, is_checked=False)
    return _send(request, content, form)


def _readable(request: HttpRequest, sort: str, pk: int) -> ModeratedContent:
    """What this person reads where it stands; anything else does not exist here."""
    model = reportable().get(sort)
    if model is None:
        raise Http404
    content = get_object_or_404(model._base_manager.select_related("author"), pk=pk)
    if not content.is_read_by(request.user, key=request.GET.get("cle", "")):
        raise Http404
    return content


def _step_of(data: QueryDict) -> int:
    said = data.get("etape", "")
    return int(said) if said in ("1", "2", "3") else 1


def _form(
    request: HttpRequest,
    content: ModeratedContent,
    *,
    step: int,
    data: QueryDict | None = None,
    is_checked: bool = True,
) -> NoticeForm:
    member = request.user if request.user.is_authenticated else None
    needs_proof = member is None and step == len(STEPS) and standing.needs_proof(content, network=network_of(request))
    given = {"content": content, "member": member, "step": step, "needs_proof": needs_proof}
    return NoticeForm(data, is_checked=is_checked, **given)


def _step(
    request: HttpRequest,
    content: ModeratedContent,
    *,
    step: int,
    data: QueryDict | None = None,
    form: NoticeForm | None = None,
    is_checked: bool = True,
    refusal: str = "",
) -> HttpResponse:
    """One step, with what was typed in it. What one comes to is not refused before it is filled."""
    form = form or _form(request, content, step=step, data=data, is_checked=is_checked)
    context = {
        "content": content,
        "heading": _heading(content),
        "excerpt": _excerpt(content),
        "form": form,
        "step": step,
        "back": content.get_absolute_url(),
        "refusal": refusal,
    }
    return render(request, "moderation/notice_form.html", context, status=409 if refusal else 200)


def _heading(content: ModeratedContent) -> str:
    """Its title, when it is not the beginning of its text."""
    title = str(content)
    return "" if any(text.startswith(title.rstrip("…")) for text in content.texts().values() if text) else title


def _excerpt(content: ModeratedContent) -> str:
    """The beginning of what is reported."""
    text = "\n".join(filter(None, content.texts().values()))
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()}…"


def _send(request: HttpRequest, content: ModeratedContent, form: NoticeForm) -> HttpResponse:
    given = form.cleaned_data
    is_nameless = given.get("anonymous", False)
    member = None if is_nameless else form.member
    email = member.email if member else given.get("email", "")
    is_excess = standing.is_excess(content, email=email, network=network_of(request))
    try:
        notice = notices.report(
            content,
            ground=given["wrong"],
            explanation=given["explanation"],
            passage=given["passage"],
            about=given.get("about", Notice.About.CONTENT),
            name=given.get("name", ""),
            email=email,
            by=member,
            is_excess=is_excess,
            is_written_to=bool(email) and standing.may_be_written_to(email),
        )
    except notices.NoticeRefused as refusal:
        return _step(request, content, step=len(STEPS), data=request.POST, refusal=str(refusal))
    return redirect("notice", notices.token_of(notice) if member else notices.shown_token_of(notice))


# --- What becomes of it ----------------------------------------------------------------------------------------------


@never_cache
@csrf_exempt  # The token is the secret: whoever can forge this request could as well open the link.
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, token: str) -> HttpResponse:
    """Where a notice stands, for whoever holds its link. POST says that the address is theirs; GET never does."""
    found, is_sent = notices.find(token)
    if found is None:
        return render(request, "moderation/notice_gone.html", status=410)
    if request.method == "POST":
        if is_sent:
            notices.confirm(found)
        return redirect(request.path)
    return render(request, "moderation/notice.html", _about(found, token, is_sent=is_sent))


def _about(found: Notice, token: str, *, is_sent: bool) -> dict:
    appeal = getattr(found, "appeal", None)
    return {
        "notice": found,
        "title": notices.title_of(found) if is_sent else "",
        "is_sent": is_sent,
        "back": _way_back(found, is_sent=is_sent),
        "is_private": found.content_type.model_class().is_private,
        "token": token,
        "appeal": appeal if _may_contest(found, is_sent=is_sent) else None,
        "may_contest": _may_contest(found, is_sent=is_sent) and appeal is None and found.may_be_contested,
    }


def _way_back(found: Notice, *, is_sent: bool) -> dict[str, str]:
    """Where its sender goes from there: to what they reported, if anyone reads it and the link came from their box."""
    content = found.content if is_sent else None
    if content is not None and content.is_public and not content.is_private:
        return {"address": content.get_absolute_url(), "words": _("Revenir à ce contenu")}
    return {"address": reverse("initiatives"), "words": _("Voir les initiatives")}


def _may_contest(found: Notice, *, is_sent: bool) -> bool:
    """Whose link proves that the notice is theirs; a notice that nobody signed is of whoever saw its page."""
    return is_sent or found.notifier_key is None


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, token: str) -> HttpResponse:
    """Who reported a content contests that nothing was done."""
    found, is_sent = notices.find(token)
    if found is None or not _may_contest(found, is_sent=is_sent):
        raise Http404
    if hasattr(found, "appeal"):
        return redirect("notice", token)
    form = AppealForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            redress.contest_answer(found, text=form.cleaned_data["text"])
        except redress.AppealRefused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            return redirect("notice", token)
    elif not found.may_be_contested:
        return redirect("notice", token)
    context = _about(found, token, is_sent=is_sent) | {"form": form}
    return render(request, "moderation/notice_contest.html", context, status=status)


@require_safe
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """What this member reported, the newest first."""
    rows = Notice.objects.filter(member=request.user).select_related("content_type").prefetch_related("content")
    page = page_of(request, rows, _ORDER)
    for row in page:
        row.path = notices.path_of(row)
        row.title = notices.title_of(row)
    return render(request, "moderation/my_notices.html", {"page": page})


def page_of(request: HttpRequest, rows, order: tuple[str, ...]) -> Page:
    """The page that the address asks for; the first one when its cursor is not of our making."""
    try:
        return keyset(rows, order=order, after=request.GET.get("apres", ""))
    except BadCursor:
        return keyset(rows, order=order)
