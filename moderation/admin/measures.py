"""Measures on accounts: taken, confirmed by a second moderator, lifted."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from members.admin import LoggedSearch, ReadOnlyAdmin
from members.models import Member
from moderation.admin.forms import ReasonForm
from moderation.models import GROUNDS, Sanction
from moderation.services import sanctioning
from moderation.services.refusals import DecisionRefused

#: Which right each measure asks for.
RIGHTS = {
    Sanction.Kind.WARNING: "moderation.warn_member",
    Sanction.Kind.READ_ONLY: "moderation.silence_member",
    Sanction.Kind.SUSPENSION: "moderation.propose_suspension",
}


class StateFilter(admin.SimpleListFilter):
    """What waits for a second moderator is shown first."""

    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("proposees", _("à confirmer")), ("en-vigueur", _("en vigueur")), ("finies", _("finies"))]

    def queryset(self, request, queryset):
        match self.value():
            case "proposees":
                return queryset.standing().filter(started_at=None)
            case "en-vigueur":
                return queryset.standing().filter(started_at__isnull=False)
            case "finies":
                return queryset.exclude(ended_at=None)
        return queryset


class MeasureForm(ReasonForm):
    """What is decided about an account; the reason is what the person will read."""

    field_order = ("kind", "ground", "days", "facts", "reason")

    kind = forms.ChoiceField(label=_("Mesure"), choices=Sanction.Kind)
    ground = forms.ChoiceField(label=_("Motif"), choices=[("", _("— Choisissez —")), *GROUNDS])
    days = forms.IntegerField(
        label=_("Durée, en jours"),
        required=False,
        min_value=1,
        max_value=sanctioning.LONGEST_SUSPENSION,
        help_text=_("Lecture seule : %(silence)d jours au plus. Suspension : vide, sans terme.")
        % {"silence": sanctioning.LONGEST_SILENCE},
    )
    facts = forms.CharField(
        label=_("Faits"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Sans donnée personnelle : l’exposé des motifs est public."),
    )

    def __init__(self, *args, by: Member, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind, right in RIGHTS.items() if by.has_perm(right)]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") == Sanction.Kind.READ_ONLY and not cleaned.get("days") and "days" not in self.errors:
            self.add_error("days", _("Dites pour combien de jours."))
        return cleaned

    def take(self, member: Member, *, by: Member) -> Sanction:
        """Raises DecisionRefused."""
        given = {name: self.cleaned_data[name] for name in ("ground", "reason", "facts")} | {"by": by}
        match self.cleaned_data["kind"]:
            case Sanction.Kind.WARNING:
                return sanctioning.warn(member, **given)
            case Sanction.Kind.READ_ONLY:
                return sanctioning.silence(member, days=self.cleaned_data["days"], **given)
        return sanctioning.propose_suspension(member, days=self.cleaned_data["days"], **given)


@admin.register(Sanction)
class SanctionAdmin(LoggedSearch, ReadOnlyAdmin):
    """Read by all moderators; each act asks for its own right."""

    list_display = ("member", "kind", "ground", "proposed_at", "started_at", "until", "ended_at")
    list_filter = (StateFilter, "kind", "ground")
    list_select_related = ("member",)
    search_fields = ("member__display_name", "=member__email")
    fields = (
        "member",
        "kind",
        "ground",
        "reason",
        "facts",
        "days",
        "proposed_by",
        "proposed_at",
        "confirmed_by",
        "started_at",
        "until",
        "ended_at",
    )
    show_full_result_count = False
    list_per_page = 50
    change_form_template = "admin/moderation/measure.html"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("member", "proposed_by", "confirmed_by")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("compte/<int:pk>/", view(self.take_view), name="moderation_sanction_take"),
            path("<int:pk>/confirmer/", view(self.confirm_view), name="moderation_sanction_confirm"),
            path("<int:pk>/lever/", view(self.lift_view), name="moderation_sanction_lift"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        measure = self.get_object(request, object_id)
        extra = {
            "measure": measure,
            "may_confirm": request.user.has_perm("moderation.confirm_suspension"),
            "may_lift": request.user.has_perm("moderation.lift_sanction"),
            "is_first": measure is not None and measure.proposed_by_id == request.user.pk,
        }
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide about the account `pk`: the form says again what was typed when the measure is refused."""
        if not any(request.user.has_perm(right) for right in RIGHTS.values()):
            raise PermissionDenied
        member = Member.objects.filter(pk=pk).first()
        if member is None:
            raise Http404
        form = MeasureForm(request.POST or None, by=request.user)
        if form.is_valid():
            try:
                measure = form.take(member, by=request.user)
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request,
                    _("Proposée : quelqu’un d’autre doit la confirmer.")
                    if measure.is_proposed
                    else _("C’est fait, et la personne est prévenue."),
                )
                return HttpResponseRedirect(reverse("admin:moderation_sanction_change", args=[measure.pk]))
        record = Sanction.objects.filter(member=member).select_related("proposed_by")[:20]
        return self._page(request, form, title=_("Décider du compte de %s") % member, record=record, act=_("Décider"))

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The second moderator answers the proposal: POST `confirm` or `drop`."""
        if not request.user.has_perm("moderation.confirm_suspension"):
            raise PermissionDenied
        measure = self._measure(pk)
        if request.method == "POST":
            try:
                if "drop" in request.POST:
                    sanctioning.drop(measure)
                    messages.success(request, _("La proposition est abandonnée ; personne n’en a été prévenu."))
                else:
                    sanctioning.confirm(measure, by=request.user)
                    messages.success(request, _("Le compte est suspendu, et la personne est prévenue."))
            except DecisionRefused as refusal:
                messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:moderation_sanction_change", args=[pk]))

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give back what the measure took away, with a reason."""
        if not request.user.has_perm("moderation.lift_sanction"):
            raise PermissionDenied
        measure = self._measure(pk)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            try:
                sanctioning.lift(measure, by=request.user, reason=form.cleaned_data["reason"])
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("C’est fait, et la personne est prévenue."))
                return HttpResponseRedirect(reverse("admin:moderation_sanction_change", args=[pk]))
        return self._page(request, form, title=_("Lever la mesure sur %s") % measure.member, act=_("Lever"))

    def _measure(self, pk: int) -> Sanction:
        measure = Sanction.objects.select_related("member").filter(pk=pk).first()
        if measure is None:
            raise Http404
        return measure

    def _page(self, request: HttpRequest, form: forms.Form, **context) -> HttpResponse:
        return TemplateResponse(
            request,
            "admin/moderation/decide_account.html",
            self.admin_site.each_context(request) | {"opts": self.opts, "form": form} | context,
        )
