"""Supporting: a member's one button, a visitor's form and link, one's own supports."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clients import network_of
from core.converters import NumberedSlug
from core.french import ordinal
from core.hot import hole, hot
from core.middleware import SHARED_AGE, never_kept
from core.moulds import Mould, Poured
from core.pagecache import PERSONAL_COOKIES, with_token
from core.proof import Verdict
from core.shortcuts import usual
from initiatives import tasks
from initiatives.forms.supports import SupportForm
from initiatives.models import Initiative, Support
from initiatives.next_act import NextAct, next_act
from initiatives.services import limits, own, sources, supports
from initiatives.sources import PARAMETER
from initiatives.steps import figures
from initiatives.views.common import is_author, or_not_gathered, or_withheld, page_of
from members.forms import EmailForm
from members.rights import links
from members.tasks import at_once
from territories.lookup import known_names_of_postcode, names_of_postcode
from territories.models import Commune

#: Seconds during which the number may be given again as it is, then while a new one is asked for.
NUMBER_AGE = 2
NUMBER_STALE = 10

#: Said by the page that one comes back to after a withdrawal.
_DONE = "?retire=1"
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
#: What the form asks when five digits are typed.
_POSTCODE_ASKED = re.compile(r"postcode=([0-9]{5})", re.ASCII)


# --- Supporting ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@or_withheld
@or_not_gathered
def support(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A member: one button. A visitor: a form, then a link in their box. The same page whoever has the address."""
    initiative = hot(("reachable", slug.pk, slug.key), lambda: get_object_or_404(Initiative.objects.reachable(slug)))
    if initiative.merged_into_id:
        return redirect("initiative_support", initiative.merged_into.slug)
    if request.user.is_authenticated:
        return _support_as_member(request, initiative)
    if not initiative.is_open:
        return _box(request, initiative, refusal=_("Cette initiative n’est pas ouverte aux soutiens."))
    network = network_of(request)
    needs_proof = limits.needs_proof(initiative, network=network)
    source = _source(request, initiative)
    if request.method != "POST" and request.htmx and not needs_proof:
        return _empty_form(request, initiative, source)
    form = SupportForm(request.POST if request.method == "POST" else None, needs_proof=needs_proof)
    if request.method == "POST" and form.is_valid():
        return _ask(request, initiative, form, network=network, source=source)
    context = {"initiative": initiative, "form": form, "proof": form.proof, "source": source}
    return render(request, "initiatives/_support_form.html" if request.htmx else "initiatives/support.html", context)


def _source(request: HttpRequest, initiative: Initiative) -> str:
    """The link one came by, as the address of the form says it; "" when it is none of this initiative's."""
    return sources.known(initiative, request.GET.get(PARAMETER, ""))


def _empty_form(request: HttpRequest, initiative: Initiative, source: str) -> HttpResponse:
    """The form in place of the button: the same for everybody but for its token, so it is made once in a while."""
    context = {"initiative": initiative, "request": request, "csrf_token": hole("token"), "source": source}
    made = hot(
        ("support-form", initiative.pk, source),
        lambda: render_to_string("initiatives/_support_form.html", context | {"form": SupportForm()}),
        seconds=SHARED_AGE,
    )
    return with_token(request, made, hole=hole("token"))


def _support_as_member(request: HttpRequest, initiative: Initiative) -> HttpResponse:
    if request.method != "POST":
        return _box(request, initiative)
    network = network_of(request)
    suspicion = limits.suspicion_of(initiative, email=request.user.email, network=network)
    try:
        supports.support(
            initiative,
            by=request.user,
            network=network,
            suspicion=suspicion,
            source=_source(request, initiative),
        )
    except supports.SupportRefused as error:
        return _box(request, initiative, refusal=str(error))
    return _box(request, initiative) if request.htmx else redirect("initiative_support", initiative.slug)


def _ask(
    request: HttpRequest, initiative: Initiative, form: SupportForm, *, network: bytes, source: str
) -> HttpResponse:
    try:
        demand(initiative, form, network=network, source=source)
    except supports.SupportRefused as error:
        return _box(request, initiative, refusal=str(error))
    except Initiative.DoesNotExist as error:
        raise Http404 from error
    if request.htmx:
        context = {"initiative": initiative, "request": request, "email": hole("email"), "source": source}
        made = hot(
            sent_key(initiative, source),
            lambda: Mould(render_to_string("initiatives/_support_sent.html", context), "email"),
            seconds=SHARED_AGE,
        )
        return usual(request, made.pour(email=form.cleaned_data["email"]))
    return redirect("support_sent", initiative.slug)


def demand(initiative: Initiative, form: SupportForm, *, network: bytes, source: str) -> None:
    """What a valid form asks for, within the limits. Raises what `supports.ask` does."""
    email = form.cleaned_data["email"]
    suspicion = limits.suspicion_of(initiative, email=email, network=network)
    if form.verdict is Verdict.WAITED:
        suspicion = suspicion or limits.suspicion_of_waiting(network)
    supports.ask(
        initiative,
        email=email,
        first_name=form.cleaned_data["first_name"],
        commune=form.home,
        consent=form.text.version,
        network=network,
        suspicion=suspicion,
        source=source,
    )


def sent_key(initiative: Initiative, source: str) -> tuple:
    """Under which the answer to a demand is kept, but for its address."""
    return "support-sent", initiative.pk, source


@require_safe
def sent(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """After the form: a message is on its way. The same page for everybody, at any time."""
    initiative = get_object_or_404(Initiative.objects.reachable(slug))
    return render(request, "initiatives/support_sent.html", {"initiative": initiative})


@require_safe
def communes(request: HttpRequest) -> HttpResponse:
    """The choice of a commune, for a postcode that has several: a fragment of the form; empty when there is one."""
    found = names_of_postcode("".join(request.GET.get("postcode", "").split()))
    response = HttpResponse(_choice_among(found))
    patch_cache_control(response, public=True, max_age=3600, s_maxage=3600)
    return response


def known_communes(query: str) -> str | None:
    """What `communes` answers to this query, for the page cache, which asks before Django; None when Django must."""
    asked = _POSTCODE_ASKED.fullmatch(query)
    found = known_names_of_postcode(asked[1]) if asked else None
    return None if found is None else _choice_among(found)


def _choice_among(communes: list[tuple[str, str]]) -> str:
    if len(communes) < 2:
        return ""
    context = {"communes": communes, "legend": SupportForm.base_fields["commune"].label}
    return render_to_string("initiatives/_communes.html", context)


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A support is one's own: it may be withdrawn from an initiative that is closed or withheld."""
    initiative = get_object_or_404(Initiative.objects.exclude(state=Initiative.State.DRAFT), pk=slug.pk)
    supports.withdraw_support(initiative, by=request.user)
    if not initiative.is_public or request.POST.get("from") == "mine":
        return redirect(reverse("my_supports") + _DONE)
    return _box(request, initiative) if request.htmx else redirect(f"{initiative.get_absolute_url()}#soutien")


def _box(request: HttpRequest, initiative: Initiative, *, refusal: str = "") -> HttpResponse:
    """Where this person stands, and one next act: a fragment for htmx, a page otherwise.

    Read anew: what was withheld or deleted since it was kept in memory is not shown.
    """
    initiative = get_object_or_404(Initiative.objects.reachable(initiative.slug).for_page(request.user))
    context = {"initiative": initiative, "refusal": refusal, "is_fresh": request.method == "POST"}
    context |= {"is_author": is_author(request, initiative), "source": _source(request, initiative)}
    mine = None
    if initiative.is_supported:
        # Withdrawn meanwhile in another tab, it is not there any more.
        mine = initiative.supports.given().select_related("commune").filter(member=request.user).first()
        initiative.is_supported = mine is not None
    if mine:
        context |= {"support": mine, "next": next_act(initiative, commune=mine.commune), "is_fresh": True}
        context |= _standing(mine)
    if request.htmx:
        response = render(request, "initiatives/_support.html", context)
        # Also for a visitor's form, which asked for less than the box.
        response["HX-Retarget"] = "#soutien"
        return response
    return render(request, "initiatives/support.html", context, status=409 if refusal else 200)


# --- The link of the message -----------------------------------------------------------------------------------------


@never_kept
@csrf_exempt  # The token is the secret: whoever can forge this request could as well open the link.
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, slug: NumberedSlug, token: str) -> HttpResponse:
    """The same useful page each time: one button before, what was counted after. Only POST confirms."""
    support_id = supports.support_id_of(token)
    found, refusal = None, ""
    if request.method == "POST" and support_id:
        try:
            found = supports.confirm(support_id, shown=_shown(request, slug))
        except supports.SupportRefused as error:
            refusal = str(error)
        except (Support.DoesNotExist, supports.LinkExpired, supports.JoinedAnother):
            pass
        if not request.htmx and not refusal:
            return redirect(request.path)
    found = found or supports.find(support_id)
    # What they asked to support joined another since.
    has_joined = found is not None and found.initiative_id != slug.pk
    if request.method == "GET" and found and not has_joined and _is_to_confirm(request, found):
        return _confirmation(request, found)
    context = {"support": found, "refusal": refusal, "here": request.path, "is_fragment": request.htmx}
    # Cut or changed on its way: nothing is known of its support, which may well be counted.
    context["is_damaged"] = support_id is None
    context["has_joined"] = has_joined
    if found is None:
        context["initiative"] = Initiative.objects.listed().filter(pk=slug.pk).first()
    else:
        context["initiative"] = found.initiative
        context["is_expired"] = found.is_pending and supports.is_expired(found)
        if not found.is_pending:
            context["next"] = next_act(found.initiative, commune=found.commune)
            if request.htmx and found.initiative.can_be_read:
                return usual(request, _thanks(found, context))
            context |= _standing(found)
    template = "initiatives/_support_link.html" if request.htmx else "initiatives/support_link.html"
    return render(request, template, context, status=200 if found or request.htmx else 410)


def _shown(request: HttpRequest, slug: NumberedSlug) -> int:
    """The number of the initiative that the page of a link named: that of its address, or the one which it joined."""
    said = request.POST.get("initiative", "")
    return int(said) if _NUMBER.fullmatch(said) else slug.pk


def _is_to_confirm(request: HttpRequest, found: Support) -> bool:
    """The usual case: somebody without a session, nor anything to be told, comes from their box to confirm."""
    is_usual = found.is_pending and found.commune and found.initiative.is_open and not supports.is_expired(found)
    is_anybody = not any(name in request.COOKIES for name in PERSONAL_COOKIES)
    return bool(is_usual and is_anybody and not request.htmx)


def _confirmation(request: HttpRequest, found: Support) -> HttpResponse:
    """The page with the button: the same for everybody but for a name and an address, so it is made once in a while."""

    def make() -> Mould:
        somebody = Support(state=found.state, first_name=hole("first_name"), commune=Commune(name=hole("place")))
        context = {"support": somebody, "initiative": found.initiative, "here": hole("path")}
        page = render_to_string("initiatives/support_link.html", context, request)
        return Mould(page, "first_name", "place", "path")

    made = hot(confirmation_key(found.initiative), make, seconds=SHARED_AGE)
    return usual(request, made.pour(first_name=found.first_name, place=found.commune.name, path=request.path))


def confirmation_key(initiative: Initiative) -> tuple:
    """Under which the page with the button is kept, but for whose it is."""
    return "confirmation", initiative.pk


def _standing(support: Support) -> dict[str, str]:
    return standing(support.rank, support.place_rank, support.commune)


def standing(rank: int | None, place_rank: int | None, commune: Commune | None) -> dict[str, str]:
    """The place of a support among the others, in words: "38e", "4e", "à Vitré"."""
    has_place = place_rank and commune
    return {
        "rank": ordinal(rank) if rank else "",
        "place_rank": ordinal(place_rank) if has_place else "",
        "place": commune.said_in if has_place else "",
    }


def _thanks(support: Support, context: dict) -> Poured:
    """What was counted and the next act: the same for all those who are asked for the same one, but for their place."""
    said = _standing(support)
    holes = {name: hole(name) if value else "" for name, value in said.items()}

    def make() -> Mould:
        page = render_to_string(
            "initiatives/_support_link.html", context | holes | {"here": hole("path"), "site_name": settings.SITE_NAME}
        )
        return Mould(page, "path", *holes)

    made = hot(thanks_key(support.initiative, context["next"], said), make, seconds=SHARED_AGE)
    return made.pour(path=context["here"], **said)


def thanks_key(initiative: Initiative, act: NextAct, said: dict[str, str]) -> tuple:
    """Under which these thanks are kept, but for what is said of a place among the others."""
    return "thanks", initiative.pk, act.kind, act.object and act.object.pk, *map(bool, said.values())


@never_cache
@csrf_exempt
@require_POST
def link_again(request: HttpRequest, slug: NumberedSlug, token: str) -> HttpResponse:
    """The link is too old: another leaves to the same address."""
    support_id = supports.support_id_of(token)
    if support_id:
        supports.ask_again(support_id)
    return redirect("support_sent", slug)


@never_cache
@csrf_exempt
@require_POST
def link_withdraw(request: HttpRequest, slug: NumberedSlug, token: str) -> HttpResponse:
    """Whoever holds the link takes the support back; the link then leads to a page that says it is gone."""
    found = supports.find(supports.support_id_of(token))
    if found and found.member:
        supports.withdraw_support(found.initiative, by=found.member)
    return redirect(reverse("support_link", args=[slug, token]) + _DONE)


# --- One's own -------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """A member's supports; a visitor asks for a link to theirs. The same answer whoever has the address."""
    if request.user.is_authenticated:
        page = page_of(request, request.user.supports.given().select_related("initiative"), ("-created_at", "-id"))
        return render(request, "initiatives/my_supports.html", {"page": page})
    form = EmailForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if own.may_ask(email, network=network_of(request)):
            at_once(tasks.send_own_link, email)
        return redirect("my_supports_sent")
    return render(request, "initiatives/my_supports_ask.html", {"form": form})


@require_safe
def mine_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "initiatives/my_supports_sent.html")


@never_cache
@csrf_exempt  # As for the link of a support: the token is the secret.
@require_http_methods(["GET", "HEAD", "POST"])
def mine_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The supports given with an address, to whoever holds the link that was sent there. POST withdraws one."""
    member = own.member_of(token)
    if member is None:
        return render(request, "initiatives/my_supports_ask.html", {"form": EmailForm(), "is_dead": True}, status=410)
    if request.method == "POST":
        wanted = request.POST.get("support", "")[:19]
        found = member.supports.filter(pk=wanted).select_related("initiative").first() if wanted.isdecimal() else None
        if found:
            supports.withdraw_support(found.initiative, by=member)
        return redirect(request.path + _DONE)
    page = page_of(request, member.supports.given().select_related("initiative"), ("-created_at", "-id"))
    context = {"page": page, "by_link": True, "my_data_address": links.path_of(member)}
    return render(request, "initiatives/my_supports.html", context)


# --- The number ------------------------------------------------------------------------------------------------------


@require_safe
def number(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The number of supports, for whoever embeds or follows it: count, steps, date. Public, kept two seconds."""
    initiative = get_object_or_404(
        Initiative.objects.reachable(slug).only(
            "support_count",
            "supports_counted_at",
            "published_at",
            "created_at",
            "ended_at",
            "frozen_at",
            "steps",
            "merged_into",
        )
    )
    if initiative.merged_into_id:
        response = redirect("initiative_number", initiative.merged_into.slug)
    else:
        response = JsonResponse(figures(initiative))
    response["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(
        response, public=True, max_age=NUMBER_AGE, s_maxage=NUMBER_AGE, stale_while_revalidate=NUMBER_STALE
    )
    return response
