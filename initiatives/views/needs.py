"""The pages of needs and offers: find, call, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.converters import NumberedSlug
from initiatives.forms.needs import AnswerForm, NeedForm, OfferForm
from initiatives.life import LifeRefused, Verb, stands
from initiatives.models import Initiative, Need, Offer
from initiatives.services import needs
from initiatives.views.common import carried, come_in_for, page_of, readable, say
from moderation.filter import Outcome

# --- Its team --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = carried(request, slug)
    form = NeedForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            need = needs.say_need(Need(initiative=initiative, **form.cleaned_data), by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            _say_published(request, need)
            return redirect(need)
    return render(request, "initiatives/need_form.html", {"form": form, "initiative": initiative, "need": None})


@require_safe
@login_required
def detail(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """The offers to one need, for those who carry the initiative."""
    need = _of_team(request, slug, pk)
    offers = need.offers.select_related("member")
    context = {"initiative": need.initiative, "need": need}
    return render(
        request, "initiatives/need.html", context | {"page": page_of(request, offers, ("-created_at", "-id"))}
    )


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    need = _of_team(request, slug, pk)
    form = NeedForm(request.POST if request.method == "POST" else None, instance=need, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = needs.edit_need(need, form.cleaned_data["words"], sort=form.cleaned_data["sort"], by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            if outcome is Outcome.PUBLISH:
                messages.success(request, _("Votre modification est en ligne."))
            else:
                messages.info(
                    request, _("Un modérateur relit votre modification. D’ici là, le texte précédent reste en ligne.")
                )
            return redirect("need", need.initiative.slug, need.pk)
    return render(request, "initiatives/need_form.html", {"form": form, "initiative": need.initiative, "need": need})


@require_POST
@login_required
def meet(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    return _end(request, _of_team(request, slug, pk), needs.meet, _("C’est noté : vous avez trouvé."))


@require_POST
@login_required
def drop(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    return _end(request, _of_team(request, slug, pk), needs.drop, _("C’est noté : vous ne cherchez plus."))


def _end(request: HttpRequest, need: Need, verb, said: str) -> HttpResponse:
    say(request, lambda: verb(need, by=request.user), said)
    return redirect("need", need.initiative.slug, need.pk)


@require_http_methods(["GET", "POST"])
@login_required
def answer(request: HttpRequest, slug: NumberedSlug, pk: int, offer_pk: int) -> HttpResponse:
    """Accept or decline one offer, with a word."""
    need = _of_team(request, slug, pk)
    offer = get_object_or_404(need.offers.select_related("member"), pk=offer_pk)
    offer.need = need
    if offer.is_accepted is not None:
        return redirect("need", need.initiative.slug, need.pk)
    form = AnswerForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            needs.answer_offer(offer, accept=form.accepts, words=form.cleaned_data["answer"], by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("C’est dit : la personne reçoit votre réponse."))
            return redirect("need", need.initiative.slug, need.pk)
    context = {"form": form, "initiative": need.initiative, "need": need, "offer": offer}
    return render(request, "initiatives/offer_answer.html", context)


def _of_team(request: HttpRequest, slug: NumberedSlug, pk: int) -> Need:
    """A need of an initiative that this person carries; what a moderator withheld does not change."""
    initiative = carried(request, slug)
    need = get_object_or_404(initiative.needs.filter(withheld_at=None), pk=pk)
    need.initiative = initiative
    return need


def _say_published(request: HttpRequest, need: Need) -> None:
    if need.is_public:
        messages.success(request, _("Votre besoin est en ligne : chacun peut y répondre."))
    else:
        messages.info(request, _("Un modérateur relit votre besoin avant qu’il ne paraisse."))


# --- Offering --------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@come_in_for(
    gettext_lazy("Je peux aider"),
    gettext_lazy("Connectez-vous pour proposer votre aide à « %(title)s » : la réponse arrive ici, et par e-mail."),
    find=lambda request, slug, pk: _to_offer_to(request, slug, pk).initiative,
)
def offer(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """What one offers; the same address mends it, and shows what was answered."""
    need = _to_offer_to(request, slug, pk)
    initiative = need.initiative
    own = Offer.objects.filter(need=need, member=request.user).first()
    if own is None and not need.is_sought:
        raise Http404
    form = OfferForm(
        request.POST if request.method == "POST" else None,
        initial={"message": own.message} if own else None,
        by=request.user,
    )
    if request.method == "POST" and form.is_valid():
        try:
            needs.make_offer(need, form.cleaned_data["message"], by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Merci ! L’équipe vous répond ici, et par e-mail."))
            return redirect("need_offer", initiative.slug, need.pk)
    may_write = bool(own and own.is_accepted and stands(Verb.WRITE, initiative))
    context = {"form": form, "initiative": initiative, "need": need, "own": own, "may_write": may_write}
    return render(request, "initiatives/offer.html", context)


def _to_offer_to(request: HttpRequest, slug: NumberedSlug, pk: int) -> Need:
    initiative = readable(request, slug)
    need = get_object_or_404(initiative.needs.public(), pk=pk)
    need.initiative = initiative
    return need


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: NumberedSlug, pk: int) -> HttpResponse:
    """An offer is one's own: it may be taken back from a need that is met or withheld."""
    initiative = get_object_or_404(Initiative.objects.exclude(state=Initiative.State.DRAFT), pk=slug.pk)
    need = get_object_or_404(initiative.needs.exclude(published_at=None), pk=pk)
    needs.withdraw_offer(need, by=request.user)
    messages.success(request, _("Votre offre est retirée et effacée."))
    return redirect("my_commitments")
