"""Appeals, and the page on which one is judged: by somebody else than who decided."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin import NamelessList, ReadOnlyAdmin
from members.services import record_reading
from moderation.access import MAY_DECIDE
from moderation.admin.log import DecisionAdmin
from moderation.admin.reading import decisions_on, since
from moderation.models import GROUNDS, Appeal, ModeratedContent
from moderation.services import judging
from moderation.services.refusals import DecisionRefused


class OpenFilter(admin.SimpleListFilter):
    """What waits is shown first; what was judged stays within reach."""

    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("tranches", _("tranchés")), ("tous", _("tous"))]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": _("à trancher")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "tranches":
                return queryset.exclude(decided_at=None)
            case "tous":
                return queryset
        return queryset.open()


class VerdictForm(forms.Form):
    """A verdict; the button says which, the reason is what the person will read."""

    verdict = forms.ChoiceField(choices=Appeal.Verdict, widget=forms.HiddenInput)
    ground = forms.ChoiceField(
        label=_("Motif du retrait"),
        required=False,
        choices=[("", _("— Seulement pour retirer —")), *GROUNDS],
    )
    reason = forms.CharField(
        label=_("Raison"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Elle est envoyée à la personne, mot pour mot."),
    )

    def __init__(self, *args, appeal: Appeal, **kwargs):
        super().__init__(*args, **kwargs)
        if not appeal.is_of_notifier:
            del self.fields["ground"]


@admin.register(Appeal)
class AppealAdmin(NamelessList, ReadOnlyAdmin):
    """The queue of appeals, the oldest first."""

    list_display = ("reference", "side", "verb", "made_at", "age", "decided_by", "verdict", "by")
    list_filter = (OpenFilter, "verdict")
    search_fields = ("reference__exact",)
    search_help_text = _("Une référence entière : R-2026-7K4Q9")
    show_full_result_count = False
    list_per_page = 50
    list_select_related = ("decision__by", "by")

    @admin.display(description=_("de la part de"))
    def side(self, appeal: Appeal) -> str:
        return _("qui a signalé") if appeal.is_of_notifier else _("l’auteur")

    @admin.display(description=_("décision"))
    def verb(self, appeal: Appeal) -> str:
        return appeal.decision.get_verb_display()

    @admin.display(description=_("âge"))
    def age(self, appeal: Appeal) -> str:
        return since((appeal.decided_at or timezone.now()) - appeal.made_at)

    @admin.display(description=_("décidé par"))
    def decided_by(self, appeal: Appeal) -> str:
        return _("le filtre") if appeal.decision.automated else appeal.decision.by or "—"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """GET shows the appeal, POST judges it, then the oldest one that waits opens."""
        appeal = self.get_object(request, object_id)
        if appeal is None:
            raise Http404
        if not self.has_view_permission(request, appeal):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, appeal, VerdictForm(appeal=appeal))
        if not self._may_judge(request):
            raise PermissionDenied
        form = VerdictForm(request.POST, appeal=appeal)
        if not form.is_valid():
            return self._page(request, appeal, form)
        try:
            judging.judge(appeal, by=request.user, **form.cleaned_data)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
            return self._page(request, self.get_object(request, object_id), form)
        messages.success(request, _("Recours tranché. Les deux côtés sont prévenus."))
        following = Appeal.objects.open().filter(case=None).order_by("made_at", "id").first()
        if following is None:
            return HttpResponseRedirect(reverse("admin:moderation_appeal_changelist"))
        return HttpResponseRedirect(reverse("admin:moderation_appeal_change", args=[following.pk]))

    def _may_judge(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.change_appeal") and request.user.has_perm(MAY_DECIDE)

    def _page(self, request: HttpRequest, appeal: Appeal, form: VerdictForm) -> HttpResponse:
        decision = appeal.decision
        content = decision.content
        has_part = request.user.pk == appeal.member_id or judging.has_part(request.user, decision)
        if decision.texts:
            record_reading(by=request.user, about=decision, what=DecisionAdmin.private_words, why=_("Recours"))
        context = {
            "opts": self.opts,
            "title": _("Recours %s") % appeal.reference,
            "appeal": appeal,
            "decision": decision,
            "content": content,
            "texts": _texts(content, decision.texts),
            "decisions": decisions_on(decision.content_type_id, decision.object_id) if decision.object_id else [],
            "age": self.age(appeal),
            "form": form,
            "has_part": has_part,
            "may_judge": appeal.is_open and appeal.case_id is None and not has_part and self._may_judge(request),
        }
        return TemplateResponse(
            request, "admin/moderation/appeal.html", self.admin_site.each_context(request) | context
        )


def _texts(content, decided_upon: dict[str, str]) -> list[tuple[str, str, str]]:
    """Each text under its name, as it was decided upon, and as it is when it changed since."""
    if not isinstance(content, ModeratedContent):
        return [(name, text, "") for name, text in decided_upon.items() if text]
    now = content.texts()
    return [
        (content._meta.get_field(name).verbose_name, decided_upon.get(name, ""), text)
        for name, text in now.items()
        if text or decided_upon.get(name)
    ]
