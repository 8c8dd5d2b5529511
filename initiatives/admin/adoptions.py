"""Where staff entrust an initiative that nobody carries to who asked for it, or say no; always with a reason."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from initiatives.life import LifeRefused
from initiatives.models import AdoptionRequest
from initiatives.services import succession
from members.admin import ReadOnlyAdmin
from moderation.access import MAY_DECIDE


class WaitingFilter(admin.SimpleListFilter):
    """What waits is shown first; what was answered stays within reach."""

    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("repondues", _("répondues")), ("toutes", _("toutes"))]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": _("à examiner")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "repondues":
                return queryset.exclude(decided_at=None)
            case "toutes":
                return queryset
        return queryset.filter(decided_at=None)


class AnswerForm(forms.Form):
    """What the person is told, word for word."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=AdoptionRequest._meta.get_field("reason").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("La personne lit cette phrase mot pour mot."),
        error_messages={"required": _("Dites pourquoi : la personne le lira.")},
    )


@admin.register(AdoptionRequest)
class AdoptionRequestAdmin(ReadOnlyAdmin):
    """The demands that wait; each has its page, with who asks, and what they did here before."""

    list_display = ("initiative", "member", "asked_at", "decided_at", "is_accepted", "decided_by")
    list_filter = (WaitingFilter,)
    list_select_related = ("initiative", "member", "decided_by")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("asked_at", "id")

    def has_view_permission(self, request: HttpRequest, obj: AdoptionRequest | None = None) -> bool:
        return request.user.has_perm(MAY_DECIDE) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AdoptionRequest]:
        return super().get_queryset(request).select_related("initiative", "member", "decided_by")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """GET shows a demand; POST answers it: `accept` or `refuse`."""
        asked = self.get_object(request, object_id)
        if asked is None:
            raise Http404
        if not self.has_view_permission(request, asked):
            raise PermissionDenied
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            if not request.user.has_perm(MAY_DECIDE):
                raise PermissionDenied
            if form.is_valid() and self._answer(request, asked, form.cleaned_data["reason"]):
                return HttpResponseRedirect(reverse("admin:initiatives_adoptionrequest_changelist"))
            asked = self.get_object(request, object_id) or asked
        context = {
            "opts": self.opts,
            "title": _("Reprendre « %s »") % asked.initiative,
            "asked": asked,
            "form": form,
            "opened": asked.member.initiatives.public().count(),
            "others": asked.initiative.adoption_requests.filter(decided_at=None).exclude(pk=asked.pk).count(),
            "back": reverse("admin:initiatives_adoptionrequest_changelist"),
            "may_decide": request.user.has_perm(MAY_DECIDE) and asked.decided_at is None,
        }
        return TemplateResponse(
            request, "admin/initiatives/adoption.html", self.admin_site.each_context(request) | context
        )

    def _answer(self, request: HttpRequest, asked: AdoptionRequest, reason: str) -> bool:
        is_accepted = "accept" in request.POST
        act = succession.adopt if is_accepted else succession.refuse_adoption
        try:
            with transaction.atomic():
                act(asked, reason, by=request.user)
                said = _("Reprise acceptée : %s") if is_accepted else _("Reprise refusée : %s")
                self.log_change(request, asked, said % reason)
        except LifeRefused as refusal:
            messages.error(request, str(refusal))
            return False
        messages.success(request, _("C’est fait, et la personne est prévenue."))
        return True
