"""Two look-alikes become one: proposing, answering, and staying with the first."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from core.converters import NumberedSlug
from initiatives.forms.merging import OtherForm
from initiatives.life import LifeRefused
from initiatives.lookalikes import look_alikes, titled
from initiatives.models import Initiative, Merge
from initiatives.services import merging
from initiatives.views.common import say

#: What was typed is the address of a page of ours: its number is all that counts.
_ADDRESS = re.compile(r"/initiatives/(?:[a-z0-9-]+-)?([1-9][0-9]{0,17})/?(?:[?#]|$)")
#: As many as one looks through.
_SHOWN = 12


def _own(request: HttpRequest, slug: NumberedSlug) -> Initiative:
    """The person's own; its team does not decide of its end in another."""
    return get_object_or_404(Initiative.objects.for_cards(), pk=slug.pk, author=request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def propose(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Look for the other one, see what it would mean, propose it; then follow what becomes of it."""
    initiative = _own(request, slug)
    merge = initiative.leaving.under_way().select_related("target__author").first()
    if merge is None and not initiative.is_live:
        return redirect(initiative)
    refusal = ""
    other = _chosen(initiative, request.POST.get("avec") or request.GET.get("avec", "")) if merge is None else None
    if request.method == "POST" and other:
        try:
            merge = merging.propose(initiative, other, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            return redirect("merge_propose", initiative.slug)
    form = OtherForm(request.GET)
    context = {"initiative": initiative, "merge": merge, "other": other, "refusal": refusal, "form": form}
    if merge is None and other is None:
        context["others"] = _others(initiative, form)
        context["asked"] = form.is_valid() and form.cleaned_data["q"]
    return render(request, "initiatives/merge.html", context, status=409 if refusal else 200)


def _alike(initiative: Initiative):
    """Those that it could join."""
    listed = Initiative.objects.listed().for_cards().filter(kind=initiative.kind, frozen_at=None, author__isnull=False)
    return listed.exclude(pk=initiative.pk)


def _chosen(initiative: Initiative, number: str) -> Initiative | None:
    return _alike(initiative).filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None


def _others(initiative: Initiative, form: OtherForm) -> list[Initiative]:
    words = form.cleaned_data["q"] if form.is_valid() else ""
    if address := _ADDRESS.search(words):
        found = _chosen(initiative, address[1])
        return [found] if found else []
    if words and (found := titled(_alike(initiative), words, limit=_SHOWN)):
        return found
    # Misspelt, perhaps; or nothing was said yet.
    around = {"territory": initiative.territory, "exclude": initiative, "limit": _SHOWN}
    numbers = [other.pk for other in look_alikes(words or initiative.title, **around)]
    could_join = _alike(initiative).in_bulk(numbers)
    return [could_join[number] for number in numbers if number in could_join]


@require_POST
@login_required
def drop(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Either author takes it back or declines; nobody else knows that it exists before it is agreed."""
    mine = Q(source__author=request.user) | Q(target__author=request.user)
    merge = Merge.objects.filter(mine, source=slug.pk).select_related("source", "target").first()
    if merge is None:
        raise Http404
    done = _("C’est abandonné. Rien n’a changé, et les personnes prévenues vont le savoir.")
    say(request, lambda: merging.drop(merge, by=request.user), done)
    return redirect(merge.source if merge.source.author_id == request.user.pk else merge.target)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def welcome(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    """The proposal, as the author of the other one reads it: POST accepts."""
    merges = Merge.objects.select_related("source__author", "target").prefetch_related("source__tags")
    merge = get_object_or_404(merges, pk=number, target=slug.pk, target__author=request.user)
    refusal = ""
    if request.method == "POST":
        try:
            merging.agree(merge, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            messages.success(request, _("C’est accepté. Ses soutiens vont recevoir un message."))
            return redirect("merge_welcome", merge.target.slug, merge.pk)
    context = {"merge": merge, "initiative": merge.target, "refusal": refusal}
    return render(request, "initiatives/merge_welcome.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What will happen to the supports, for anybody; a member who supports says here that they stay."""
    agreed = Merge.objects.agreed().select_related("source", "target")
    public = Q(source__withheld_at=None, source__published_at__isnull=False, target__withheld_at=None)
    merge = get_object_or_404(agreed.filter(public), source=slug.pk)
    member = request.user if request.user.is_authenticated else None
    refusal = ""
    if request.method == "POST":
        if member is None:
            return redirect("merge_notice", merge.source.slug)
        try:
            merging.object_to(merge, by=member)
        except LifeRefused as error:
            refusal = str(error)
        else:
            return redirect("merge_notice", merge.source.slug)
    return _objection(request, merge, member, refusal)


@never_cache
@csrf_exempt  # As for the link of a support: the token is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, slug: NumberedSlug, token: str) -> HttpResponse:
    """The link of the message: the same for whoever holds it, without signing in. Opening it changes nothing."""
    found = merging.who_objects(token)
    if found is None:
        return render(request, "initiatives/merge_notice.html", {"merge": None, "is_secret": True}, status=410)
    merge, member = found
    refusal = ""
    if request.method == "POST":
        try:
            merging.object_to(merge, by=member)
        except LifeRefused as error:
            refusal = str(error)
        else:
            return redirect(request.path)
    return _objection(request, merge, member, refusal, is_secret=True)


def _objection(request, merge: Merge, member, refusal: str, *, is_secret: bool = False) -> HttpResponse:
    context = {"merge": merge, "refusal": refusal, "is_secret": is_secret}
    # Withheld a moment ago: the next round drops it, and nothing is said of it meanwhile.
    context["is_hidden"] = not (merge.source.is_public and merge.target.is_public)
    if member:
        context["objects"] = merge.objections.filter(member=member).exists()
        context["supports"] = merge.source.supports.given().filter(member=member).exists()
    return render(request, "initiatives/merge_notice.html", context, status=409 if refusal else 200)
