"""How an initiative ends: its team says what came of it, puts it to sleep, or wakes it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.converters import NumberedSlug
from initiatives.forms.ending import ClosedForm, SucceededForm
from initiatives.life import LifeRefused, Verb, may, roles_of
from initiatives.models import Initiative
from initiatives.services import ending
from initiatives.views.common import carried, say
from moderation.filter import Outcome

State = Initiative.State
#: What the address says → what happens, and what is asked.
_ENDS = {"aboutie": (Verb.SUCCEED, SucceededForm), "arretee": (Verb.CLOSE, ClosedForm)}
_FORMS = {State.SUCCEEDED: SucceededForm, State.CLOSED: ClosedForm}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """First which end, then what came of it."""
    initiative = carried(request, slug)
    if initiative.state in _FORMS:
        return redirect("initiative_outcome", initiative.slug)
    if initiative.state == State.ARCHIVED:
        return redirect("initiative_alive", initiative.slug)
    if not initiative.is_live:
        return redirect(initiative)
    context = {"initiative": initiative, "events": initiative.events.coming().for_cards()[:3]}
    context["to_do"] = initiative.actions.filter(closed_at=None).count()
    wanted = request.GET.get("fin", "")
    if wanted not in _ENDS:
        context["may_archive"] = may(Verb.ARCHIVE, initiative, roles_of(initiative, request.user))
        return render(request, "initiatives/end.html", context)
    verb, form_class = _ENDS[wanted]
    form = form_class(request.POST if request.method == "POST" else None, instance=initiative, by=request.user)
    if request.method == "POST" and form.is_valid():
        kept = Initiative.objects.get(pk=initiative.pk)
        try:
            said = ending.end(kept, verb, form.cleaned_data, by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            return _told(request, initiative.pk, said)
    # The form has written into its instance what may be refused.
    context |= {"initiative": carried(request, slug), "form": form, "fin": wanted}
    return render(request, "initiatives/end_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def outcome(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """What was said of the end, said better."""
    initiative = carried(request, slug)
    if initiative.state not in _FORMS:
        return redirect(initiative)
    form_class = _FORMS[initiative.state]
    form = form_class(request.POST if request.method == "POST" else None, instance=initiative, by=request.user)
    if request.method == "POST" and form.is_valid():
        kept = Initiative.objects.get(pk=initiative.pk)
        try:
            said = ending.tell_outcome(kept, form.cleaned_data, by=request.user)
        except LifeRefused as error:
            form.add_error(None, str(error))
        else:
            return _told(request, initiative.pk, said)
    context = {"initiative": carried(request, slug), "form": form, "fin": initiative.state}
    return render(request, "initiatives/end_form.html", context)


def _told(request: HttpRequest, pk: int, said: Outcome) -> HttpResponse:
    if said is Outcome.PUBLISH:
        messages.success(request, _("C’est dit. Les personnes qui vous soutiennent le sauront."))
    else:
        messages.info(request, _("Un modérateur lit votre texte. Il paraîtra ici dès qu’il l’aura lu."))
    return redirect(Initiative.objects.get(pk=pk))


@require_POST
@login_required
def archive(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = carried(request, slug)
    done = _("Elle est en sommeil. Vous pouvez la réveiller quand vous voulez.")
    say(request, lambda: ending.archive(initiative, by=request.user), done)
    return redirect("initiative", initiative.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def alive(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    """Where the question "does it sleep?" leads: one button says no. Too late, it wakes."""
    initiative = carried(request, slug)
    refusal = ""
    if request.method == "POST":
        try:
            ending.still_alive(initiative, by=request.user)
        except LifeRefused as error:
            refusal = str(error)
        else:
            messages.success(request, _("C’est noté : elle vit toujours. Une nouvelle à vos soutiens le dirait bien."))
            return redirect(initiative)
    context = {"initiative": initiative, "refusal": refusal}
    return render(request, "initiatives/alive.html", context, status=409 if refusal else 200)


@require_POST
@login_required
def wake(request: HttpRequest, slug: NumberedSlug) -> HttpResponse:
    initiative = carried(request, slug)
    done = _("Elle reprend : on peut de nouveau la soutenir.")
    say(request, lambda: ending.wake(initiative, by=request.user), done)
    return redirect("initiative", initiative.slug)
