"""What is under seal: its date and its digest for whoever may see that it is there; its words on a reason."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from moderation.admin.log import LogAdmin
from moderation.models import Decision, Evidence
from moderation.services import DecisionRefused, evidence

MAY_READ = "moderation.read_evidence"
MAY_HOLD = "moderation.hold_evidence"


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=_("Raison"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Elle est inscrite, avec votre nom et la date, et relue."),
    )


class SealForm(WhyForm):
    field_order = ("basis", "reason")

    basis = forms.ChoiceField(label=_("Base légale"), choices=Evidence.Basis)


@admin.register(Evidence)
class EvidenceAdmin(LogAdmin):
    """Nothing of what is sealed is on these pages: `read_view` opens it, once a reason is given."""

    list_display = ("sealed_at", "sort", "ground", "basis", "destroy_on", "held_at", "destroyed_at")
    list_select_related = ("content_type", "decision")
    fields = (
        *("sealed_at", "sealed_by", "sort", "object_id", "ground", "basis", "reason", "digest", "picture_digest"),
        *("destroy_on", "held_at", "held_reason", "destroyed_at"),
    )
    change_form_template = "admin/moderation/evidence.html"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/lire/", view(self.read_view), name="moderation_evidence_read"),
            path("<int:pk>/garder/", view(self.hold_view), name="moderation_evidence_hold"),
            path("<int:pk>/laisser/", view(self.let_go_view), name="moderation_evidence_let_go"),
            path("sceller/<int:pk>/", view(self.seal_view), name="moderation_evidence_seal"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_read": request.user.has_perm(MAY_READ), "may_hold": request.user.has_perm(MAY_HOLD)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    @admin.display(description=_("sorte"))
    def sort(self, kept: Evidence) -> str:
        return kept.content_type.name

    @admin.display(description=_("motif"))
    def ground(self, kept: Evidence) -> str:
        return kept.decision.get_ground_display()

    def read_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks why; POST writes it down and shows what is sealed, in this answer alone."""
        kept = self._found(request, pk, MAY_READ)
        form = WhyForm(request.POST or None)
        opened = None
        if form.is_valid():
            try:
                opened = evidence.read(kept, by=request.user, why=form.cleaned_data["reason"])
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
        context = {"opened": opened, "lead": _("Dites pourquoi vous l’ouvrez : c’est inscrit avant d’être montré.")}
        return self._page(request, kept, form, title=_("Lire un scellé"), submit=_("Ouvrir"), **context)

    def hold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It is kept beyond its date: a court, or a dispute, asks for it."""
        kept = self._found(request, pk, MAY_HOLD)
        form = WhyForm(request.POST or None)
        if form.is_valid():
            try:
                evidence.hold(kept, reason=form.cleaned_data["reason"])
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Ce scellé ne sera pas détruit à sa date."))
                return HttpResponseRedirect(self._address(kept))
        return self._page(request, kept, form, title=_("Garder au-delà de la date"), submit=_("Garder"))

    def let_go_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        kept = self._found(request, pk, MAY_HOLD)
        if request.method == "POST":
            evidence.let_go(kept)
            messages.success(request, _("Ce scellé sera détruit à sa date."))
        return HttpResponseRedirect(self._address(kept))

    def seal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From a decision: what was decided upon is sealed, whatever the ground."""
        if not request.user.has_perm(MAY_HOLD):
            raise PermissionDenied
        decision = Decision.objects.filter(pk=pk).first()
        if decision is None:
            raise Http404
        form = SealForm(request.POST or None)
        if form.is_valid():
            try:
                kept = evidence.seal_decided(decision, by=request.user, **form.cleaned_data)
            except DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Ce qui a été décidé est scellé."))
                return HttpResponseRedirect(self._address(kept))
        return self._page(request, None, form, title=_("Sceller"), submit=_("Sceller"))

    def _found(self, request: HttpRequest, pk: int, right: str) -> Evidence:
        if not (self.has_view_permission(request) and request.user.has_perm(right)):
            raise PermissionDenied
        kept = Evidence.objects.filter(pk=pk).first()
        if kept is None:
            raise Http404
        return kept

    def _address(self, kept: Evidence) -> str:
        return reverse("admin:moderation_evidence_change", args=[kept.pk])

    def _page(
        self, request: HttpRequest, kept: Evidence | None, form: forms.Form, *, title: str, submit: str, **more
    ) -> HttpResponse:
        context = {"opts": self.opts, "form": form, "evidence": kept, "title": title, "submit": submit}
        context["back"] = self._address(kept) if kept else reverse("admin:moderation_evidence_changelist")
        return TemplateResponse(
            request,
            "admin/moderation/evidence_act.html",
            self.admin_site.each_context(request) | context | more,
            headers={"Cache-Control": "no-store"},
        )
