"""The team of an initiative: its page, invitations, hand-overs; and asking for what nobody carries any more."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from initiatives.forms.team import AdoptForm, InviteForm
from initiatives.life import RULES, LifeRefused, Verb, Who, may, roles_of
from initiatives.models import Initiative
from initiatives.services import succession, team
from initiatives.views.common import carried, come_in_for, say

#: What the table of the page says, in its order; who may do it comes from the one table of verbs.
RIGHTS = (
    (Verb.EDIT, gettext_lazy("Modifier le texte, le lieu et les thèmes")),
    (Verb.TAKE_DOWN, gettext_lazy("Retirer une image")),
    (Verb.TELL, gettext_lazy("Publier des nouvelles")),
    (Verb.ORGANISE, gettext_lazy("Organiser des actions et des événements")),
    (Verb.ANSWER, gettext_lazy("Lire les messages reçus et y répondre")),
    (Verb.SUCCEED, gettext_lazy("Dire qu’elle a abouti, ou la clore")),
    (Verb.WAKE, gettext_lazy("La reprendre quand elle dort")),
    (Verb.LAUNCH, gettext_lazy("La lancer")),
    (Verb.INVITE, gettext_lazy("Inviter dans l’équipe")),
    (Verb.DISMISS, gettext_lazy("Retirer quelqu’un de l’équipe")),
    (Verb.HAND_OVER, gettext_lazy("La transmettre à quelqu’un de l’équipe")),
    (Verb.MERGE, gettext_lazy("La réunir à une autre")),
)


# --- The page of the team --------------------------------------------------------------------------------------------


@never_cache
@require_safe
@login_required
def page(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Who carries it, what each may do, who is invited; for those who carry it."""
    return _page(request, carried(request, slug))


def _page(request: HttpRequest, initiative: Initiative, *, form: InviteForm | None = None) -> HttpResponse:
    roles = roles_of(initiative, request.user)
    co_organisers = list(initiative.co_organisers.select_related("member"))
    is_author = Who.AUTHOR in roles
    invitations = initiative.invitations.open() if is_author else ()
    context = {
        "initiative": initiative,
        "author": request.user if is_author else initiative.author,
        "co_organisers": co_organisers,
        "is_author": is_author,
        "offered": next((each for each in co_organisers if each.offered_at), None),
        "is_offered": any(each.offered_at and each.member_id == request.user.pk for each in co_organisers),
        "invitations": [
            (each, "" if each.email else settings.SITE_ADDRESS + team.address_of(each)) for each in invitations
        ],
        "is_full": len(co_organisers) >= team.MOST_CO_ORGANISERS,
        "may_invite": may(Verb.INVITE, initiative, roles),
        "may_dismiss": may(Verb.DISMISS, initiative, roles),
        "may_hand_over": may(Verb.HAND_OVER, initiative, roles),
        "rights": [(words, Who.ORGANISER in RULES[verb].who) for verb, words in RIGHTS],
        "form": form or InviteForm(),
    }
    return render(request, "initiatives/team.html", context)


@require_POST
@login_required
def invite(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """An invitation leaves to an address; what was typed stays when it does not."""
    initiative = carried(request, slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            if not team.may_invite(email, by=request.user):
                raise LifeRefused(
                    _("Trop d’invitations sont parties aujourd’hui. Réessayez demain, ou faites un lien.")
                )
            team.invite(initiative, email, by=request.user)
        except LifeRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("L’invitation est partie."))
            return redirect("initiative_team", initiative.slug)
    return _page(request, initiative, form=form)


def _act(request: HttpRequest, slug: NumberedSlug, act: Callable[[Initiative], str]) -> HttpResponse:
    """Do something to a team, and say it, or why not, on its page. `act` returns what was done; "" says nothing."""
    initiative = carried(request, slug)
    say(request, lambda: act(initiative))
    return redirect("initiative_team", initiative.slug)


@require_POST
@login_required
def make_link(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    def act(initiative: Initiative) -> str:
        team.make_link(initiative, by=request.user)
        return _("Le lien est prêt : envoyez-le à la personne de votre choix.")

    return _act(request, slug, act)


@require_POST
@login_required
def revoke(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    def act(initiative: Initiative) -> str:
        revoked = team.revoke(initiative, number, by=request.user)
        return _("L’invitation est annulée : elle n’ouvre plus rien.") if revoked else ""

    return _act(request, slug, act)


@require_POST
@login_required
def dismiss(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    def act(initiative: Initiative) -> str:
        dismissed = team.dismiss(initiative, number, by=request.user)
        return _("Cette personne n’est plus de l’équipe. Nous l’avons prévenue.") if dismissed else ""

    return _act(request, slug, act)


@require_POST
@login_required
def leave(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = carried(request, slug)
    try:
        team.leave(initiative, by=request.user)
    except LifeRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("initiative_team", initiative.slug)
    messages.success(request, _("Vous avez quitté l’équipe. Merci d’en avoir été."))
    return redirect(initiative if initiative.can_be_read else "my_initiatives")


@require_POST
@login_required
def offer(request: HttpRequest, slug: NumberedSlug, number: int) -> HttpResponse:
    def act(initiative: Initiative) -> str:
        offered = team.offer(initiative, number, leaves="leaves" in request.POST, by=request.user)
        return _("La proposition est partie. Vous portez l’initiative jusqu’à la réponse.") if offered else ""

    return _act(request, slug, act)


@require_POST
@login_required
def withdraw_offer(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    def act(initiative: Initiative) -> str:
        team.withdraw_offer(initiative, by=request.user)
        return _("Vous gardez l’initiative : rien n’a changé.")

    return _act(request, slug, act)


@require_POST
@login_required
def answer_offer(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """The co-organiser who was asked becomes the author (`accept`), or stays as they are."""

    def act(initiative: Initiative) -> str:
        if "accept" in request.POST:
            team.take_over(initiative, by=request.user)
            return _("L’initiative est entre vos mains : c’est maintenant vous qui la portez.")
        team.decline_offer(initiative, by=request.user)
        return _("Vous restez dans l’équipe. Nous prévenons la personne qui vous l’a proposé.")

    return _act(request, slug, act)


# --- The invitation --------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What a link of invitation means, to whoever holds it; POST joins the team. A dead link says nothing of it."""
    found = team.find(token)
    if found and found.initiative.withheld_at is not None:
        # Nothing of it is read, nor joined, while it is hidden.
        found = None
    refusal = ""
    if request.method == "POST" and found:
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        try:
            team.accept(found, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            messages.success(request, _("Vous êtes de l’équipe. Voici ce que vous pouvez y faire."))
            return redirect("initiative_team", found.initiative.slug)
    context = {
        "invitation": found,
        "refusal": refusal,
        "token": token,
        "is_of_team": bool(
            found and request.user.is_authenticated and request.user.pk in team.team_of(found.initiative)
        ),
        "rights": [words for verb, words in RIGHTS if Who.ORGANISER in RULES[verb].who],
    }
    return render(request, "initiatives/invitation.html", context, status=200 if found else 410)


@never_cache
@csrf_exempt  # Whoever holds the link may have no account, and gets no cookie: the token is the secret.
@require_POST
def decline(request: HttpRequest, token: str) -> HttpResponse:
    found = team.find(token)
    if found:
        team.decline(found)
    return redirect("team_invitation_declined")


@require_safe
def declined(request: HttpRequest) -> HttpResponse:
    return render(request, "initiatives/invitation_declined.html")


# --- What nobody carries ---------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@come_in_for(
    gettext_lazy("Demander à la reprendre"), gettext_lazy("Connectez-vous pour demander à reprendre « %(title)s ».")
)
def adopt(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """A supporter asks to carry an initiative that nobody carries any more."""
    initiative = get_object_or_404(Initiative.objects.reachable(slug).for_page(request.user))
    form = AdoptForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            succession.ask_to_adopt(initiative, form.cleaned_data["message"], by=request.user)
        except LifeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("initiative_adopt", initiative.slug)
    asked = initiative.adoption_requests.filter(member=request.user, decided_at=None).first()
    context = {"initiative": initiative, "form": form, "asked": asked}
    return render(request, "initiatives/adopt.html", context)
