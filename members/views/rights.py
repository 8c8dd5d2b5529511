"""/mes-donnees/: a copy of one's data, and leaving. By a session, or by a link that an address has just proved."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from members.identity import sensitive
from members.models import Departure, Member
from members.rights import archive, copying, leaving, links
from members.rights.registry import Fate, Person, holdings


class LeaveForm(forms.Form):
    wish = forms.ChoiceField(
        label=_("Ce que vous avez écrit"),
        choices=[
            (Departure.Wish.ANONYMISE, _("Anonymisez-le : il reste, signé « Ancien membre »")),
            (Departure.Wish.ERASE, _("Effacez-le : contributions, nouvelles, comptes rendus et images")),
        ],
        help_text=_(
            "Vos actions, vos besoins et vos événements passés restent dans les deux cas, sans votre nom : d’autres "
            "s’y sont engagés."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez ce que devient ce que vous avez écrit.")},
    )
    sure = forms.BooleanField(
        label=_("Je ferme mon compte"),
        error_messages={"required": _("Cochez cette case pour confirmer.")},
    )


def _by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For the member of the link; whoever holds it needs no session, and the link is the secret."""

    @wraps(view)
    @never_cache
    @csrf_exempt
    def asking(request: HttpRequest, token: str) -> HttpResponse:
        member = links.member_of(token)
        if member is None:
            return render(request, "rights/dead.html", {"what": "link"}, status=410)
        return view(request, member, token)

    return asking


# --- What one may ask ------------------------------------------------------------------------------------------------


@require_safe
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponse:
    return _mine(request, request.user, "")


@require_safe
@_by_link
def mine_by_link(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    return _mine(request, member, token)


def _mine(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    context = {
        "layout": "rights/_base.html" if token else "settings/base.html",
        "copy": copying.latest(member),
        "tables": [str(holding.title) for holding in holdings() if holding.fields],
        "left_out": archive.left_out(),
    }
    return render(request, "rights/mine.html", context | _addresses(token))


def _addresses(token: str) -> dict[str, str]:
    """Of the same pages, by the session or by the link."""
    if token:
        names = {"mine": "my_data_link", "copy": "my_data_link_copy", "leave": "my_data_link_leave"}
        return {"by_link": True} | {f"{name}_url": reverse(to, args=[token]) for name, to in names.items()}
    return {"mine_url": reverse("my_data"), "copy_url": reverse("my_data_copy"), "leave_url": reverse("my_data_leave")}


# --- A copy ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def ask_copy(request: HttpRequest) -> HttpResponse:
    return _ask_copy(request, request.user, "")


@require_http_methods(["GET", "HEAD", "POST"])
@_by_link
def ask_copy_by_link(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    return _ask_copy(request, member, token)


def _ask_copy(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    """GET says what will happen, POST asks: whoever came back from saying who they are comes by GET."""
    context = _addresses(token) | {"copy": copying.latest(member), "email": member.email}
    if request.method != "POST":
        return render(request, "rights/copy.html", context)
    if not copying.may_ask(member):
        refusal = _("Vous avez demandé plusieurs copies aujourd’hui. Revenez demain : les précédentes marchent encore.")
        return render(request, "rights/copy.html", context | {"refusal": refusal}, status=429)
    try:
        copying.ask(member)
    except copying.CopyRefused as refusal:
        return render(request, "rights/copy.html", context | {"refusal": refusal}, status=409)
    return redirect(context["mine_url"])


@never_cache
@csrf_exempt  # The link is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, for programs open the links of messages; POST gives the archive."""
    found = copying.find(token)
    if found is None:
        return render(request, "rights/dead.html", {"what": "copy"}, status=410)
    if request.method != "POST":
        return render(request, "rights/download.html", {"copy": found})
    try:
        file = copying.place().open(found.file)
    except FileNotFoundError:
        return render(request, "rights/dead.html", {"what": "copy"}, status=410)
    response = FileResponse(file, as_attachment=True, filename=f"mes-donnees-{found.made_at:%Y-%m-%d}.zip")
    response["Content-Type"] = "application/zip"
    response["X-Robots-Tag"] = "noindex"
    return response


# --- Leaving ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def leave(request: HttpRequest) -> HttpResponse:
    return _leave(request, request.user, "")


@require_http_methods(["GET", "HEAD", "POST"])
@_by_link
def leave_by_link(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    return _leave(request, member, token)


def _leave(request: HttpRequest, member: Member, token: str) -> HttpResponse:
    form = LeaveForm(request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            leaving.leave(member, form.cleaned_data["wish"])
        except leaving.LeavingRefused as refused:
            refusal = refused
        else:
            if not token:
                logout(request)
            return redirect("my_data_gone")
    context = _addresses(token) | {
        "form": form,
        "refusal": refusal,
        "member": member,
        "theirs": _what_they_have(member),
    }
    return render(request, "rights/leave.html", context)


def _what_they_have(member: Member) -> dict[str, list[str]]:
    """Titles of what this person has, by what becomes of it."""
    person = Person(member, member.email)
    found: dict[str, list[str]] = {}
    for holding in holdings():
        if holding.fields and holding.fate in _SAID and holding.of(person).exists():
            found.setdefault(_SAID[holding.fate], []).append(str(holding.title))
    return found


_SAID = {Fate.AT_ONCE: "at_once", Fate.PASSED_ON: "passed_on", Fate.CHOSEN: "chosen", Fate.NAMELESS: "nameless"}


@require_safe
def gone(request: HttpRequest) -> HttpResponse:
    return render(request, "rights/gone.html")


@never_cache
@csrf_exempt  # The link is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, for programs open the links of messages; POST gives the account back."""
    way = leaving.find(token)
    if way is None:
        return render(request, "rights/dead.html", {"what": "departure"}, status=410)
    if request.method != "POST":
        return render(request, "rights/come_back.html", {"departure": way.departure})
    try:
        leaving.come_back(way.departure, way.change)
    except leaving.TooLate as refusal:
        return render(request, "rights/come_back.html", {"departure": way.departure, "refusal": refusal}, status=409)
    return render(request, "rights/back.html")
