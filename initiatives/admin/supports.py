"""The examination of an initiative's supports: figures, a condition, a dry run, an act, and its undoing."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import french
from initiatives.examination import SAMPLE, examine, in_words
from initiatives.models import Initiative, Support, SupportReview
from initiatives.services import reviewing
from initiatives.services.reviewing import Condition, DryRun

MAY_REVIEW = "initiatives.review_supports"
#: Examinations shown on the page; all are in their own list.
_LATEST = 50


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class NetworkField(forms.CharField):
    """The hash of a network, in hexadecimal, as a link of the table fills it in. Gives bytes, or None."""

    def clean(self, value) -> bytes | None:
        text = super().clean(value).lower()
        if not text:
            return None
        try:
            network = bytes.fromhex(text)
        except ValueError:
            network = b""
        if len(network) != 16 or len(text) != 32:
            raise forms.ValidationError(
                _("Un réseau s’écrit avec 32 chiffres et lettres de a à f : choisissez-le dans le tableau.")
            )
        return network


class ReviewForm(forms.Form):
    """Which supports, what to do with them, and why. The reason is read by everybody."""

    act = forms.ChoiceField(
        label=gettext_lazy("Que faire"),
        choices=SupportReview.Act,
        widget=forms.RadioSelect,
        initial=SupportReview.Act.REMOVE,
    )
    domain = forms.CharField(
        label=gettext_lazy("Domaine de l’adresse"),
        required=False,
        max_length=253,
        help_text=gettext_lazy("Ce qui suit l’arobase : exemple.fr."),
    )
    network = NetworkField(
        label=gettext_lazy("Réseau du jour"),
        required=False,
        max_length=32,
        help_text=gettext_lazy("Un lien du tableau des réseaux le remplit."),
    )
    suspicion = forms.ChoiceField(
        label=gettext_lazy("Soupçon"),
        required=False,
        choices=[("", gettext_lazy("— N’importe lequel, ou aucun —")), *Support.Suspicion.choices],
    )
    only_disposable = forms.BooleanField(label=gettext_lazy("Adresses jetables seulement"), required=False)
    since = forms.DateTimeField(label=gettext_lazy("Demandés depuis"), required=False, widget=MomentInput)
    until = forms.DateTimeField(
        label=gettext_lazy("Demandés avant"),
        required=False,
        widget=MomentInput,
        help_text=gettext_lazy("Heure de Paris. Vide : jusqu’à maintenant."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Raison, lue par tous"),
        min_length=10,
        max_length=200,
        help_text=gettext_lazy(
            "Elle est publiée telle quelle à côté du nombre. Par exemple : « adresses créées en série le 3 mars »."
        ),
    )
    # What the dry run had shown, and when: whoever comes later is not meant.
    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    CONDITION = ("domain", "network", "suspicion", "only_disposable", "since", "until")

    def clean_domain(self) -> str:
        # Who pastes an address means its domain: the condition is kept, and must name nobody.
        return self.cleaned_data["domain"].rpartition("@")[2].lower()

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", _("La fin doit venir après le début."))
        if not self.errors and not any(cleaned[name] for name in self.CONDITION):
            raise forms.ValidationError(_("Dites lesquels : remplissez au moins une des conditions."))
        return cleaned

    def condition(self, *, seen_at: datetime) -> Condition:
        """With an end in every case, so that what arrives during the decision is not part of it."""
        given = {name: self.cleaned_data[name] for name in self.CONDITION}
        return Condition(**given | {"until": given["until"] or seen_at})

    def fields_of_condition(self):
        return [self[name] for name in self.CONDITION]


class ExaminedSupports:
    """Adds to the admin of initiatives the pages where their supports are examined. Each asks for `MAY_REVIEW`."""

    def get_urls(self):
        view = self.admin_site.admin_view
        name = "initiatives_initiative_supports"
        return [
            path("<int:pk>/soutiens/", view(self.supports_view), name=name),
            path("<int:pk>/soutiens/<int:review>/annuler/", view(self.undo_view), name=f"{name}_undo"),
            *super().get_urls(),
        ]

    def supports_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the figures; POST tries a condition and shows what it would move, then acts on it."""
        initiative = self._examined(request, pk)
        if request.method != "POST":
            return self._figures_page(request, initiative, ReviewForm(initial=_prefilled(request)))
        form = ReviewForm(request.POST)
        if not form.is_valid() or "edit" in request.POST:
            return self._figures_page(request, initiative, form)
        if "decide" in request.POST:
            return self._move_supports(request, initiative, form)
        return self._try_on_supports(request, initiative, form, seen_at=timezone.now())

    def _move_supports(self, request: HttpRequest, initiative: Initiative, form: ReviewForm) -> HttpResponse:
        seen_at = form.cleaned_data["seen_at"]
        if seen_at is None:
            return self._try_on_supports(request, initiative, form, seen_at=timezone.now())
        condition = form.condition(seen_at=seen_at)
        try:
            with transaction.atomic():
                made = reviewing.review(
                    initiative,
                    form.cleaned_data["act"],
                    condition,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at_most=form.cleaned_data["shown"] or 0,
                )
                done = _said(made)
                # The journal is kept for ever, the hash of a network thirty days.
                self.log_change(request, initiative, f"{done} {in_words(condition, for_ever=True)} ({made.reason})")
        except reviewing.MoreThanShown:
            messages.warning(request, _("Ils sont plus nombreux que ce que vous aviez lu. Rien n’a changé : relisez."))
            return self._try_on_supports(request, initiative, form, seen_at=seen_at)
        except reviewing.NothingToReview:
            return self._try_on_supports(request, initiative, form, seen_at=seen_at)
        messages.success(request, _("%s Le nombre affiché suivra dans quelques secondes.") % done)
        return HttpResponseRedirect(f"{_page_of(initiative)}#examens")

    def _try_on_supports(
        self, request: HttpRequest, initiative: Initiative, form: ReviewForm, *, seen_at: datetime
    ) -> HttpResponse:
        condition = form.condition(seen_at=seen_at)
        found = reviewing.dry_run(initiative, form.cleaned_data["act"], condition)
        if not found.count:
            form.add_error(None, _nobody(form.cleaned_data["act"]))
            return self._figures_page(request, initiative, form)
        return self._supports_page(
            request,
            initiative,
            "admin/initiatives/supports_try.html",
            title=_("Relire avant de décider"),
            form=form,
            found=found,
            condition=in_words(condition),
            verb=_verb(form.cleaned_data["act"], found),
            is_removal=form.cleaned_data["act"] == SupportReview.Act.REMOVE,
            seen_at=seen_at,
            more_domains=found.domains and sum(number for _domain, number in found.domains) < found.count,
            more_hours=sum(number for _hour, number in found.hours) < found.count,
        )

    def _figures_page(self, request: HttpRequest, initiative: Initiative, form: ReviewForm) -> HttpResponse:
        made = list(initiative.support_reviews.select_related("by", "undone_by")[: _LATEST + 1])
        return self._supports_page(
            request,
            initiative,
            "admin/initiatives/supports.html",
            title=_("Soutiens de « %s »") % initiative,
            form=form,
            figures=examine(initiative),
            sample=SAMPLE,
            reviews=[(review, in_words(review)) for review in made[:_LATEST]],
            has_more_reviews=len(made) > _LATEST,
        )

    def undo_view(self, request: HttpRequest, pk: int, review: int) -> HttpResponse:
        """GET asks for a confirmation, POST undoes. What was undone already stays so."""
        initiative = self._examined(request, pk)
        made = initiative.support_reviews.select_related("by").filter(pk=review).first()
        if made is None:
            raise Http404
        back = f"{_page_of(initiative)}#examens"
        if made.undone_at:
            messages.warning(request, _("Cet examen est annulé déjà."))
            return HttpResponseRedirect(back)
        if request.method != "POST":
            return self._supports_page(
                request,
                initiative,
                "admin/initiatives/supports_undo.html",
                title=_("Annuler cet examen ?"),
                made=made,
                condition=in_words(made),
            )
        with transaction.atomic():
            changed = reviewing.undo_review(made, by=request.user)
            if changed is not None:
                self.log_change(request, initiative, _("Examen annulé : %s (%s)") % (_said(made), made.reason))
        if changed is None:
            messages.warning(request, _("Cet examen est annulé déjà."))
        else:
            messages.success(
                request,
                ngettext(
                    "Examen annulé : %s soutien a changé d’état. Le nombre affiché suivra dans quelques secondes.",
                    "Examen annulé : %s soutiens ont changé d’état. Le nombre affiché suivra dans quelques secondes.",
                    changed,
                )
                % french.number(changed),
            )
        return HttpResponseRedirect(back)

    def _examined(self, request: HttpRequest, pk: int) -> Initiative:
        if not request.user.has_perm(MAY_REVIEW):
            raise PermissionDenied
        initiative = self.get_object(request, str(pk))
        if initiative is None:
            raise Http404
        return initiative

    def _supports_page(self, request: HttpRequest, initiative: Initiative, template: str, **context) -> HttpResponse:
        context |= {"opts": self.opts, "initiative": initiative, "back": _page_of(initiative)}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)


def _page_of(initiative: Initiative) -> str:
    return reverse("admin:initiatives_initiative_supports", args=[initiative.pk])


def _prefilled(request: HttpRequest) -> dict[str, str]:
    """What a link of the tables says of the condition."""
    return {name: request.GET[name] for name in ("act", "domain", "network", "suspicion") if name in request.GET}


def _said(made: SupportReview) -> str:
    number = french.number(made.count)
    if made.act == SupportReview.Act.REMOVE:
        return ngettext("%s soutien écarté.", "%s soutiens écartés.", made.count) % number
    return ngettext("%s soutien compté.", "%s soutiens comptés.", made.count) % number


def _verb(act: str, found: DryRun) -> str:
    number = french.number(found.count)
    if act == SupportReview.Act.REMOVE:
        return ngettext("Écarter ce soutien", "Écarter ces %(number)s soutiens", found.count) % {"number": number}
    return ngettext("Compter ce soutien", "Compter ces %(number)s soutiens", found.count) % {"number": number}


def _nobody(act: str) -> str:
    if act == SupportReview.Act.REMOVE:
        return _("Aucun soutien compté ne remplit cette condition : rien n’a changé.")
    return _("Aucun soutien suspect ne remplit cette condition : rien n’a changé.")
