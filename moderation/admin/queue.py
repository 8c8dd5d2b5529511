"""One queue for all kinds of content, and the page on which a case is decided."""

from datetime import timedelta

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.admin import ReadOnlyAdmin
from moderation import services
from moderation.access import MAY_DECIDE
from moderation.admin.forms import DecisionForm
from moderation.admin.reading import author_record, decisions_on, passages, since
from moderation.filter import Ground
from moderation.models import Case, ModeratedContent
from moderation.services import DecisionRefused
from notifications.services import Preview, preview


class WaitingFilter(admin.SimpleListFilter):
    """What waits is shown first; what was decided stays within reach."""

    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("clos", _("décidés")), ("tous", _("tous"))]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": _("à examiner")}, *others]

    def queryset(self, request, queryset):
        match self.value():
            case "clos":
                return queryset.exclude(closed_at=None)
            case "tous":
                return queryset
        return queryset.open()


class SortFilter(admin.SimpleListFilter):
    """Initiatives, events…: what the rooms above declared as moderated."""

    title = _("sorte")
    parameter_name = "sorte"

    def lookups(self, request, model_admin):
        models = ModeratedContent.__subclasses__()
        return [(model._meta.label_lower, model._meta.verbose_name_plural.capitalize()) for model in models]

    def queryset(self, request, queryset):
        for model in ModeratedContent.__subclasses__():
            if model._meta.label_lower == self.value():
                return queryset.filter(content_type=ContentType.objects.get_for_model(model))
        return queryset


class AgeFilter(admin.SimpleListFilter):
    title = _("attente")
    parameter_name = "age"

    def lookups(self, request, model_admin):
        return [("12", _("depuis plus de 12 h")), ("24", _("depuis plus de 24 h")), ("72", _("depuis plus de 3 jours"))]

    def queryset(self, request, queryset):
        if self.value() in ("12", "24", "72"):
            return queryset.filter(opened_at__lte=timezone.now() - timedelta(hours=int(self.value())))
        return queryset


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """The queue, and the page on which a case is decided."""

    list_display = ("title", "gravity", "age", "sort", "author", "why")
    list_display_links = ("title",)
    list_filter = (WaitingFilter, SortFilter, "ground", AgeFilter)
    search_fields = ("reason", "rule")
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("content_type").prefetch_related("content__author")

    def get_ordering(self, request):
        queue = ["-priority", "opened_at"]
        return [F("closed_at").desc(nulls_first=True), *queue] if WaitingFilter.parameter_name in request.GET else queue

    @admin.display(description=_("contenu"))
    def title(self, case: Case) -> str:
        return _("Modification : %s") % case if case.is_edit else str(case)

    @admin.display(description=_("âge"), ordering="opened_at")
    def age(self, case: Case) -> str:
        return since((case.closed_at or timezone.now()) - case.opened_at)

    @admin.display(description=_("sorte"))
    def sort(self, case: Case) -> str:
        return case.content_type.name

    @admin.display(description=_("auteur"))
    def author(self, case: Case) -> str:
        return getattr(case.content, "author", None) or "—"

    @admin.display(description=_("raison"), ordering="ground")
    def why(self, case: Case) -> str:
        return case.get_ground_display() or case.reason

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("File de modération")} | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """The page of a case: GET shows it, POST previews the message or decides, then the next case opens."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        if not self.has_view_permission(request, case):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, case, DecisionForm())
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        return self._close(request, case) if case.content is None else self._decide(request, case)

    def _decide(self, request: HttpRequest, case: Case) -> HttpResponse:
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self._page(request, case, form)
        if form.is_preview:
            return self._page(request, case, form, message=self._preview(case, form))
        try:
            decision = form.decide(case, by=request.user)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
            if isinstance(refusal, services.AlreadyDecided | services.ContentGone):
                return HttpResponseRedirect(request.path)
            return self._page(request, self.get_object(request, str(case.pk)), form)
        messages.success(request, _("Décision enregistrée : %s. L’auteur est prévenu.") % decision.get_verb_display())
        return self._open_next(request)

    def _close(self, request: HttpRequest, case: Case) -> HttpResponse:
        try:
            services.close_empty(case, by=request.user)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
        return self._open_next(request)

    def _open_next(self, request: HttpRequest) -> HttpResponse:
        following = services.next_case(by=request.user)
        if following is None:
            messages.info(request, _("Plus rien n’attend : la file est vide."))
            return HttpResponseRedirect(reverse("admin:moderation_case_changelist"))
        return HttpResponseRedirect(reverse("admin:moderation_case_change", args=[following.pk]))

    def _page(
        self, request: HttpRequest, case: Case, form: DecisionForm, *, message: Preview | None = None
    ) -> HttpResponse:
        content = case.content
        following = services.next_case(by=request.user, after=case)
        return TemplateResponse(
            request,
            "admin/moderation/case.html",
            self.admin_site.each_context(request)
            | {
                "opts": self.opts,
                "title": self.title(case),
                "case": case,
                "content": content,
                "age": self.age(case),
                "passages": passages(case) if content else [],
                "ground": Ground(case.ground) if case.ground else None,
                "record": author_record(content.author) if content and content.author else None,
                "decisions": decisions_on(case.content_type_id, case.object_id),
                "form": form,
                "seen": services.fingerprint(case),
                "message": message,
                "is_own": content is not None and content.author_id == request.user.pk,
                "may_decide": request.user.has_perm(MAY_DECIDE),
                "following": following,
            },
        )

    def _preview(self, case: Case, form: DecisionForm) -> Preview | None:
        content = case.content
        if content is None or content.author is None:
            return None
        context = services.decision_context(
            content,
            ground=form.cleaned_data["ground"],
            reason=form.cleaned_data["reason"],
            detected=bool(case.rule),
        )
        return preview(content.author, kind=form.kind(case), context=context)
