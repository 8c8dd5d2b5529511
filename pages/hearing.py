"""What a member hears of: the bell, what they receive by which channel and when, and what they muted.

It names initiatives, events and people, so it stands above their rooms.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clients import is_looked_at
from events.models import Event
from initiatives.models import Initiative
from initiatives.views.common import page_of
from members import suppressing
from members.models import Member
from notifications.forms import GroupForm, KindForm, PaceForm
from notifications.models import Mute
from notifications.services import bell, devices, following, preferences
from notifications.subjects import about_of, is_topic, topics
from notifications.words import GROUPS, WORDS, Group

_MUTES_SHOWN = 20
#: What is told of, by the word of its address; and what can be muted besides.
TOPICS: dict[str, type[Model]] = {"initiative": Initiative, "evenement": Event}
SORTS = TOPICS | {"personne": Member}
#: What cannot be named any more.
_GONE = {
    "initiative": _lazy("Une initiative que vous ne pouvez plus lire"),
    "evenement": _lazy("Un événement que vous ne pouvez plus lire"),
    "personne": _lazy("Une personne qui n’est plus là"),
}


# --- The bell --------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """What happened, grouped by what it is about, the newest first. What is looked at is read."""
    page = bell.page(request.user, before=_before(request))
    response = render(request, "notifications/bell.html", {"page": page})
    if is_looked_at(request):
        # Once the page is made, which shows what is new.
        bell.mark_seen(request.user, up_to=page.newest)
    return response


@never_cache
@require_safe
@login_required
def notifications_about(request: HttpRequest, sort: str, pk: int) -> HttpResponse:
    """All that was told of one thing."""
    if sort not in TOPICS:
        raise Http404
    page = bell.page_of(request.user, f"{TOPICS[sort]._meta.label_lower} {pk}", before=_before(request))
    if not page.groups:
        raise Http404
    return render(request, "notifications/bell.html", {"page": page, "alone": page.groups[0]})


def _before(request: HttpRequest) -> int | None:
    """The row after which the page begins; None for the first, and for what is no number of ours."""
    asked = request.GET.get("apres", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None


# --- What one receives -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Muted:
    """What this member muted, in words, and where it is heard of again."""

    title: str
    address: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def receiving(request: HttpRequest) -> HttpResponse:
    """All that the member receives, by groups; POST sets one group, or when they are written to."""
    chosen = preferences.choices_of(request.user)
    asked = request.POST.get("groupe", "")
    forms = {slug: _group_form(request, group, chosen, is_asked=slug == asked) for slug, group in GROUPS.items()}
    pace = _pace_form(request, is_asked=asked == "rythme")
    if asked in forms and forms[asked].is_valid():
        _choose(request.user, [forms[asked]])
        return _done(request, asked)
    if asked == "rythme" and pace.is_valid():
        _set_pace(request.user, pace)
        return _done(request, asked)
    if asked == "adresse":
        suppressing.lift(request.user.email)
        return _done(request, asked)
    mutes = page_of(request, request.user.mutes.all(), ("-id",), size=_MUTES_SHOWN)
    context = {
        "suppressed": suppressing.suppressed([request.user.email]).get(request.user.email),
        "groups": [(GROUPS[slug], form) for slug, form in forms.items()],
        "pace": pace,
        "push": devices.shown_to(request.user),
        "followed": following.followed_by(request.user),
        "page": mutes,
        "muted": _in_words(request.user, mutes),
        "refused": next((form for form in (*forms.values(), pace) if form.errors), None),
    }
    return render(request, "settings/receiving.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def receiving_each(request: HttpRequest, group: str) -> HttpResponse:
    """The same of one group, kind by kind."""
    if group not in GROUPS:
        raise Http404
    group = GROUPS[group]
    chosen = preferences.choices_of(request.user)
    data = request.POST if request.method == "POST" else None
    forms = [KindForm(data, kind=kind, chosen=chosen) for kind in group.kinds]
    if data is not None and all(form.is_valid() for form in forms):
        _choose(request.user, forms)
        return _done(request, group.slug)
    rows = [(WORDS[form.kind.name], form) for form in forms]
    refused = next((form for form in forms if form.errors), None)
    return render(request, "settings/receiving_each.html", {"group": group, "rows": rows, "refused": refused})


def _group_form(request: HttpRequest, group: Group, chosen: dict, *, is_asked: bool) -> GroupForm:
    data = request.POST if request.method == "POST" and is_asked else None
    return GroupForm(data, kinds=group.kinds, chosen=chosen, prefix=group.slug)


def _pace_form(request: HttpRequest, *, is_asked: bool) -> PaceForm:
    data = request.POST if request.method == "POST" and is_asked else None
    return PaceForm(data, settings=preferences.settings_of(request.user))


def _choose(member: Member, forms: Iterable[GroupForm | KindForm]) -> None:
    choices: dict[tuple[str, str], str] = {}
    for form in forms:
        choices |= form.choices()
    preferences.set_preferences(member, choices)


@transaction.atomic
def _set_pace(member: Member, form: PaceForm) -> None:
    preferences.set_digest(member, form.cleaned_data["digest"])
    preferences.set_quiet_hours(member, *form.hours)


def _done(request: HttpRequest, part: str) -> HttpResponse:
    # An address is mended by leaving the page's first section, which goes.
    messages.success(request, _("C’est enregistré."), extra_tags="" if part == "adresse" else part)
    return redirect(f"{reverse('settings_messages')}{'' if part == 'adresse' else f'#{part}'}")


# --- What one muted --------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mute(request: HttpRequest, sort: str, pk: int) -> HttpResponse:
    """Whether this member hears of an initiative or an event that they may read; POST: not any more."""
    about = _readable(request.user, sort, pk)
    if request.method == "POST":
        _mute(request, about, _("C’est noté : vous n’en entendrez plus parler."))
        return redirect("mute", sort, pk)
    context = {"sort": sort, "about": about, "is_muted": preferences.is_muted(request.user, about)}
    return render(request, "settings/mute.html", context)


@require_POST
@login_required
def mute_person(request: HttpRequest, pk: int) -> HttpResponse:
    """The person whose act a notification of one's own tells: named by that row, for nobody has an address here."""
    told = get_object_or_404(request.user.notifications.filter(in_bell=True, by__isnull=False), pk=pk)
    done = _("C’est noté : vous n’entendrez plus parler de ce que fait cette personne.")
    _mute(request, f"{Member._meta.label_lower} {told.by_id}", done)
    return redirect("notifications")


@require_POST
@login_required
def unmute(request: HttpRequest, sort: str, pk: int) -> HttpResponse:
    """Also of what can no longer be read: it is one's own."""
    if sort not in SORTS:
        raise Http404
    preferences.unmute(request.user, f"{SORTS[sort]._meta.label_lower} {pk}")
    is_listed = request.POST.get("from") == "receiving"
    done = _("C’est noté : vous en entendrez de nouveau parler.")
    messages.success(request, done, extra_tags="sourdine" if is_listed else "")
    if is_listed:
        return redirect(f"{reverse('settings_messages')}#sourdine")
    return redirect("mute", sort, pk)


def _mute(request: HttpRequest, about: Model | str, done: str) -> None:
    try:
        preferences.mute(request.user, about)
    except preferences.PreferenceRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)


def _readable(member: Member, sort: str, pk: int) -> Initiative | Event:
    readable = {"initiative": Initiative.objects.visible_to, "evenement": Event.objects.shown_to}
    if sort not in readable:
        raise Http404
    return get_object_or_404(readable[sort](member), pk=pk)


def _in_words(member: Member, mutes: Iterable[Mute]) -> list[Muted]:
    """One query for each sort, whatever their number."""
    named = {each.about: each.about.partition(" ") for each in mutes}
    people = [int(pk) for label, _space, pk in named.values() if label == Member._meta.label_lower]
    found = {about_of(person): person for person in Member.objects.filter(pk__in=people, is_active=True)}
    found |= topics([about for about, (label, *_rest) in named.items() if is_topic(label)], member)
    sorts = {model._meta.label_lower: sort for sort, model in SORTS.items()}
    return [
        Muted(str(found.get(about, _GONE[sorts[label]])), reverse("unmute", args=[sorts[label], pk]))
        for about, (label, _space, pk) in named.items()
    ]
