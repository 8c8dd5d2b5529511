"""What is promised at each step, and what is to be kept: staff edit the defaults, and answer what is due."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.titles import PlainTitles
from initiatives.life import LifeRefused
from initiatives.models import Initiative, Milestone, Promise
from initiatives.services import promises
from members.admin import ReadOnlyAdmin


class PromiseForm(forms.ModelForm):
    kind = forms.ChoiceField(
        label=_("Sorte d’initiative"), required=False, choices=[("", _("toutes")), *Initiative.Kind.choices]
    )

    class Meta:
        model = Promise
        fields = ["rank", "kind", "scale", "words", "days", "is_kept_at_once"]
        widgets = {"words": forms.Textarea(attrs={"rows": 3, "cols": 80})}


@admin.register(Promise)
class PromiseAdmin(PlainTitles, admin.ModelAdmin):
    """The default promises: an initiative takes the most particular ones when it is published, and keeps them."""

    form = PromiseForm
    list_display = ("rank", "which", "scale", "words", "days")
    list_display_links = ("rank", "words")
    list_filter = ("rank", "scale")
    ordering = ("rank", "kind", "scale")
    show_full_result_count = False

    @admin.display(description=_("sorte"), ordering="kind")
    def which(self, promise: Promise) -> str:
        return dict(Initiative.Kind.choices).get(promise.kind, _("toutes"))


class StandingFilter(admin.SimpleListFilter):
    """What is to be kept is shown first."""

    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("retard", _("en retard")), ("tenues", _("tenues")), ("toutes", _("toutes"))]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": _("à tenir")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "retard":
                return queryset.late()
            case "tenues":
                return queryset.exclude(kept_at=None)
            case "toutes":
                return queryset
        return queryset.due()


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Réponse"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Ce qui a été fait, avec qui, et ce qui suit. Elle est publique, envoyée à l’auteur et aux soutiens, "
            "et ne peut plus être changée. **Gras**, listes et liens sont possibles."
        ),
    )


@admin.register(Milestone)
class MilestoneAdmin(ReadOnlyAdmin):
    """Promises to keep, the most urgent first; "Répondre" says that one is kept."""

    list_display = ("title", "threshold", "promise", "due_at", "standing", "kept_at")
    list_filter = (StandingFilter, "initiative__kind")
    list_select_related = ("initiative",)
    search_fields = ("initiative__title",)
    ordering = ("due_at", "pk")
    show_full_result_count = False
    list_per_page = 50
    fields = ("page", "threshold", "promise", "reached_at", "due_at", "standing", "kept_at", "answer")
    change_form_template = "admin/initiatives/milestone.html"

    def has_view_permission(self, request: HttpRequest, obj: Milestone | None = None) -> bool:
        return request.user.has_perm(promises.MAY_ANSWER) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("initiative"), ordering="initiative__title")
    def title(self, milestone: Milestone) -> str:
        return str(milestone.initiative)

    @admin.display(description=_("initiative"))
    def page(self, milestone: Milestone) -> str:
        return format_html('<a href="{}">{}</a>', milestone.initiative.get_absolute_url(), milestone.initiative)

    @admin.display(description=_("état"))
    def standing(self, milestone: Milestone) -> str:
        if milestone.kept_at:
            return _("tenue")
        if milestone.is_late:
            return _("en retard")
        return _("à tenir") if milestone.is_due else "—"

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Promesses à tenir")} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_answer": request.user.has_perm(promises.MAY_ANSWER)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def get_urls(self):
        view = self.admin_site.admin_view(self.answer_view)
        return [path("<int:pk>/repondre/", view, name="initiatives_milestone_answer"), *super().get_urls()]

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what was promised, POST says that it is kept."""
        if not request.user.has_perm(promises.MAY_ANSWER):
            raise PermissionDenied
        milestone = self.get_object(request, str(pk))
        if milestone is None:
            raise Http404
        form = AnswerForm(request.POST or None)
        if form.is_valid():
            try:
                promises.answer(milestone, form.cleaned_data["answer"], by=request.user)
            except LifeRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, milestone, _("Promesse tenue"))
                messages.success(request, _("La réponse est publique. L’auteur et les soutiens sont prévenus."))
                return HttpResponseRedirect(reverse("admin:initiatives_milestone_changelist"))
        context = {
            "opts": self.opts,
            "title": _("Répondre à une promesse"),
            "milestone": milestone,
            "form": form,
            "back": reverse("admin:initiatives_milestone_change", args=[pk]),
        }
        return TemplateResponse(
            request, "admin/initiatives/milestone_answer.html", self.admin_site.each_context(request) | context
        )
