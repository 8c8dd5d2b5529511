"""The discussion of an initiative: its lists, one contribution and its replies, and what a member does there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from core.french import duration
from initiatives.forms.discussion import ContributionForm, ReplyForm
from initiatives.life import LifeRefused, Verb, may, roles_of
from initiatives.models import Contribution, Initiative
from initiatives.services import discussion
from initiatives.views.common import come_in_for, page_of, readable
from members.views import blocks
from moderation.access import is_moderating
from moderation.filter import Outcome
from moderation.services import waiting_time

Stance = Contribution.Stance
#: What `tri` says in the address, and the order; "avis" is two lists side by side.
_ORDERS = {"": ("-id",), "utiles": ("-score", "-id"), "avis": ("-score", "-id")}
#: The two lists: their stance, and what goes on with each in the address.
_SIDES = ((Stance.FOR, "apres_pour"), (Stance.AGAINST, "apres_contre"))
_SIDE_SIZE = 10
#: Of what a member wrote and nobody else reads.
_WAITING_SHOWN = 20


# --- Reading ---------------------------------------------------------------------------------------------------------


@require_safe
def discussion_list(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """All that is said of an initiative: the newest first, the most useful first, or for and against side by side."""
    initiative = _discussed(request, slug)
    if str(initiative.slug) != str(slug):
        return redirect("discussion", initiative.slug, permanent=True)
    sort = request.GET.get("tri", "")
    sort = sort if sort in _ORDERS else ""
    shown = initiative.contributions.threads().public()
    rows = shown.filter(pinned_at=None).for_list(request.user)
    context = _standing(request, initiative) | {
        "sort": sort,
        "tabs": [
            (_("Récentes"), "?", sort == ""),
            (_("Utiles"), "?tri=utiles", sort == "utiles"),
            (_("Pour et contre"), "?tri=avis", sort == "avis"),
        ],
    }
    if sort == "avis":
        context["sides"] = [_side(request, rows, stance, cursor) for stance, cursor in _SIDES]
    else:
        context["page"] = page_of(request, rows, _ORDERS[sort])
    if not any(name.startswith("apres") for name in request.GET):
        context["pinned"] = shown.filter(pinned_at__isnull=False).for_list(request.user).first()
        context |= _waiting(request, initiative.contributions.threads())
    return render(request, "initiatives/discussion.html", context)


def _side(request: HttpRequest, rows, stance: Stance, cursor: str) -> dict:
    """One of two lists, which goes on by itself while the other stays."""
    page = page_of(request, rows.filter(stance=stance), _ORDERS["avis"], size=_SIDE_SIZE, cursor=cursor)
    more = request.GET.copy()
    more[cursor] = page.next
    return {
        "stance": stance,
        "page": page,
        "more": f"?{more.urlencode()}" if page.next else "",
        "is_first": cursor not in request.GET,
    }


@require_safe
def thread(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """One contribution and its replies, the oldest first; or one reply, under what it replies to."""
    initiative = _discussed(request, slug)
    contribution = _contribution(request, initiative, pk)
    if str(initiative.slug) != str(slug):
        return redirect("discussion_thread", initiative.slug, pk, permanent=True)
    if contribution.parent_id is not None:
        return _one_reply(request, initiative, contribution)
    context = _thread(request, initiative, contribution) | _unread(request, contribution)
    if context["may_discuss"] and contribution.is_open:
        context["form"] = ReplyForm(by=request.user)
    return render(request, "initiatives/discussion_thread.html", context)


@require_safe
def replies(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """The replies, for whoever opens them in a list: a fragment."""
    if not request.htmx:
        return redirect("discussion_thread", slug, pk)
    initiative = _discussed(request, slug)
    contribution = get_object_or_404(initiative.contributions.threads().public(), pk=pk)
    context = _thread(request, initiative, contribution)
    context["back"] = reverse("discussion_thread", args=[initiative.slug, pk])
    return render(request, "initiatives/_replies.html", context)


def _thread(request: HttpRequest, initiative: Initiative, contribution: Contribution) -> dict:
    rows = contribution.replies.public().for_list(request.user)
    return (
        _standing(request, initiative)
        | _waiting(request, initiative.contributions.filter(parent=contribution))
        | {"contribution": contribution, "page": page_of(request, rows, ("id",))}
    )


def _one_reply(request: HttpRequest, initiative: Initiative, reply: Contribution) -> HttpResponse:
    known = initiative.contributions.readable_by(request.user, moderating=is_moderating(request))
    context = _standing(request, initiative) | {"reply": reply} | _unread(request, reply)
    context["contribution"] = known.for_list(request.user).filter(pk=reply.parent_id).first()
    return render(request, "initiatives/discussion_reply.html", context)


def _discussed(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """An initiative this person may read, and that was published: before, nobody discusses it."""
    initiative = readable(request, slug)
    if initiative.published_at is None:
        raise Http404
    return initiative


def _contribution(request: HttpRequest, initiative: Initiative, pk: int) -> Contribution:
    """What the public reads, one's own, and anything for a moderator."""
    found = initiative.contributions.readable_by(request.user, moderating=is_moderating(request))
    return get_object_or_404(found.for_list(request.user), pk=pk)


def _standing(request: HttpRequest, initiative: Initiative) -> dict:
    """What this person may do in this discussion."""
    roles = roles_of(initiative, request.user)
    return {
        "initiative": initiative,
        "may_discuss": may(Verb.DISCUSS, initiative, roles),
        "may_pin": may(Verb.PIN, initiative, roles),
        "back": _came_from(request, initiative) or request.get_full_path(),
    }


def _waiting(request: HttpRequest, rows) -> dict:
    """What this member wrote there and nobody else reads, and how long one usually waits."""
    if not request.user.is_authenticated:
        return {}
    waiting = list(rows.waiting_of(request.user).for_list(request.user).order_by("-id")[:_WAITING_SHOWN])
    return {"waiting": waiting, "waiting_time": waiting_time() if waiting else None}


def _unread(request: HttpRequest, contribution: Contribution) -> dict:
    """For the author of what nobody else reads yet: how long one usually waits."""
    if contribution.is_public or contribution.author_id != request.user.pk:
        return {}
    return {"is_unread": True, "waiting_time": waiting_time()}


# --- Writing ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@come_in_for(
    gettext_lazy("Donner mon avis"),
    gettext_lazy("Connectez-vous pour donner votre avis sur « %(title)s »."),
    find=_discussed,
)
def contribute(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = _discussed(request, slug)
    form = ContributionForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            written = discussion.contribute(initiative, by=request.user, **form.cleaned_data)
        except LifeRefused as refusal:
            return _write(request, initiative, form, refusal=refusal)
        return _written(request, written)
    return _write(request, initiative, form)


@require_http_methods(["GET", "POST"])
@come_in_for(
    gettext_lazy("Répondre"),
    gettext_lazy("Connectez-vous pour répondre dans la discussion de « %(title)s »."),
    find=lambda request, slug, pk: _to_reply_to(request, slug, pk)[0],
)
def reply(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    initiative, contribution = _to_reply_to(request, slug, pk)
    form = ReplyForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            written = discussion.reply(contribution, by=request.user, **form.cleaned_data)
        except LifeRefused as refusal:
            return _write(request, initiative, form, contribution=contribution, refusal=refusal)
        return _written(request, written)
    return _write(request, initiative, form, contribution=contribution)


def _to_reply_to(request: HttpRequest, slug: NumberedSlug, pk: int) -> tuple[Initiative, Contribution]:
    initiative = _discussed(request, slug)
    return initiative, get_object_or_404(initiative.contributions.threads().public().for_list(request.user), pk=pk)


def _write(
    request: HttpRequest,
    initiative: Initiative,
    form: ReplyForm,
    *,
    contribution: Contribution | None = None,
    refusal: LifeRefused | None = None,
) -> HttpResponse:
    """The form alone, with what was typed; under what it replies to."""
    status = 200
    if refusal:
        form.add_error(None, str(refusal))
        status = 429 if isinstance(refusal, discussion.TooMany) else 409
    context = _standing(request, initiative) | {"form": form, "contribution": contribution}
    return render(request, "initiatives/discussion_write.html", context, status=status)


def _written(request: HttpRequest, contribution: Contribution) -> HttpResponse:
    if contribution.is_public:
        messages.success(request, _("C’est publié."))
    else:
        messages.info(request, _("Un modérateur relit votre texte. %s") % _when_answered())
    return _to(contribution)


def _when_answered() -> str:
    time = waiting_time()
    if time is None:
        return _("La réponse arrive par e-mail.")
    return _("La réponse arrive en général en %s, par e-mail.") % duration(time)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    initiative = _discussed(request, slug)
    mine = get_object_or_404(initiative.contributions, pk=pk, author=request.user, erased_at=None)
    form_class = ContributionForm if mine.parent_id is None else ReplyForm
    form = form_class(request.POST or None, instance=mine, by=request.user)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            outcome = discussion.edit(mine, by=request.user, **form.cleaned_data)
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            return _edited(request, mine, outcome)
    context = _standing(request, initiative) | {"form": form, "edited": mine}
    return render(request, "initiatives/discussion_edit.html", context, status=status)


def _edited(request: HttpRequest, contribution: Contribution, outcome: Outcome) -> HttpResponse:
    if outcome is Outcome.PUBLISH:
        messages.success(request, _("Votre modification est en ligne."))
    elif contribution.is_public:
        said = _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne. %s")
        messages.info(request, said % _when_answered())
    else:
        messages.info(request, _("Un modérateur relit votre texte. %s") % _when_answered())
    return _to(contribution)


@require_http_methods(["GET", "POST"])
@login_required
def erase(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """GET asks once more: a text that is erased does not come back."""
    initiative = _discussed(request, slug)
    mine = get_object_or_404(initiative.contributions.for_list(request.user), pk=pk, author=request.user)
    if request.method != "POST":
        return render(request, "initiatives/discussion_erase.html", {"initiative": initiative, "contribution": mine})
    if refusal := _try(lambda: discussion.erase(mine, by=request.user)):
        messages.error(request, refusal)
    else:
        messages.success(request, _("Votre texte est effacé."))
    if mine.parent_id is not None:
        return redirect("discussion_thread", initiative.slug, mine.parent_id)
    return redirect("discussion", initiative.slug)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def block_author(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """Whoever reads a contribution wants nothing more of who wrote it."""
    found = _contribution(request, _discussed(request, slug), pk)
    return blocks.ask(request, found.author, back=reverse("discussion_thread", args=[slug, pk]))


# --- One click -------------------------------------------------------------------------------------------------------


@require_POST
@login_required
def vote(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    is_useful = {"oui": True, "non": False}.get(request.POST.get("utile", ""))
    if is_useful is None:
        raise Http404
    return _vote(request, slug, pk, lambda found: discussion.vote(found, by=request.user, is_useful=is_useful))


@require_POST
@login_required
def unvote(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    return _vote(request, slug, pk, lambda found: discussion.unvote(found, by=request.user))


def _vote(request: HttpRequest, slug: NumberedSlug, pk: int, act) -> HttpResponse:
    """Both buttons with their new numbers for htmx; else the place one comes from."""
    initiative = _discussed(request, slug)
    refusal = _try(lambda: act(_contribution(request, initiative, pk)))
    if request.htmx:
        context = _standing(request, initiative) | {"contribution": _contribution(request, initiative, pk)}
        return render(request, "initiatives/_votes.html", context | {"refusal": refusal, "is_fresh": True})
    return _back(request, initiative, pk, refusal=refusal)


@require_POST
@login_required
def pin(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    initiative = _discussed(request, slug)
    found = _contribution(request, initiative, pk)
    refusal = _try(lambda: discussion.pin(found, by=request.user))
    return _back(request, initiative, pk, refusal=refusal, said=_("Cette contribution est mise en avant."))


@require_POST
@login_required
def unpin(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    initiative = _discussed(request, slug)
    found = _contribution(request, initiative, pk)
    refusal = _try(lambda: discussion.unpin(found, by=request.user))
    return _back(request, initiative, pk, refusal=refusal, said=_("Cette contribution n’est plus mise en avant."))


def _try(act) -> str:
    """Why it was refused; "" when it was done."""
    try:
        act()
    except LifeRefused as refusal:
        return str(refusal)
    return ""


def _back(request: HttpRequest, initiative: Initiative, pk: int, *, refusal: str = "", said: str = "") -> HttpResponse:
    """To the list or the thread where the button was pressed, at this contribution."""
    if refusal:
        messages.error(request, refusal)
    elif said:
        messages.success(request, said)
    address = _came_from(request, initiative) or reverse("discussion_thread", args=[initiative.slug, pk])
    return redirect(f"{address}#contribution-{pk}")


def _came_from(request: HttpRequest, initiative: Initiative) -> str:
    """The page of this very discussion where a button was pressed; "" for any other address."""
    wanted = request.POST.get("retour", "")
    return wanted if wanted.startswith(reverse("discussion", args=[initiative.slug])) else ""


def _to(contribution: Contribution) -> HttpResponse:
    return redirect(f"{contribution.get_absolute_url()}#contribution-{contribution.pk}")
