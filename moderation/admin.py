"""Where moderators work: one queue for all kinds of content, a page per case, the log, and a way back from a decision.

Everything that changes something goes through `moderation.services`.
"""

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.admin import ReadOnlyAdmin
from members.models import Member
from moderation import services
from moderation.access import MAY_DECIDE
from moderation.filter import Ground
from moderation.models import GROUNDS, Case, Decision, ModeratedContent
from moderation.passages import difference, marked
from moderation.services import DecisionRefused
from notifications.services import Preview, preview

# --- The queue -------------------------------------------------------------------------------------------------------


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


def since(elapsed: timedelta) -> str:
    """depuis 5 min, depuis 3 h, depuis 2 j."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 60:
        return _("depuis %d min") % minutes
    if minutes < 24 * 60:
        return _("depuis %d h") % (minutes // 60)
    return _("depuis %d j") % (minutes // (24 * 60))


@dataclass(frozen=True)
class Passage:
    """One text of the case: alone, or before and after an edit."""

    label: str
    text: SafeString
    before: SafeString | None = None


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
        queue = ["-gravity", "opened_at"]
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
        self, request: HttpRequest, case: Case, form: "DecisionForm", *, message: Preview | None = None
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

    def _preview(self, case: Case, form: "DecisionForm") -> Preview | None:
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


class ReasonForm(forms.Form):
    """Why: the sentence is logged and sent to the author."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Une ou deux phrases : elles sont inscrites au journal et envoyées à l’auteur."),
    )


class DecisionForm(ReasonForm):
    """What a moderator decides on a case. The buttons say which verb, and whether only the message is wanted."""

    field_order = ("ground", "reason")

    ground = forms.ChoiceField(
        label=_("Motif"),
        required=False,
        choices=[("", _("— Aucun : le texte est licite —")), *GROUNDS],
        help_text=_("Obligatoire pour retirer ou refuser."),
    )
    verb = forms.ChoiceField(choices=[("publish", ""), ("withhold", ""), ("reject", "")], required=False)
    preview = forms.ChoiceField(choices=[("publish", ""), ("withhold", ""), ("reject", "")], required=False)
    seen = forms.CharField(max_length=64)

    def clean(self):
        cleaned = super().clean()
        wanted = cleaned.get("verb") or cleaned.get("preview")
        if not wanted:
            raise forms.ValidationError(_("Choisissez une décision."))
        if wanted in ("withhold", "reject") and not cleaned.get("ground"):
            self.add_error("ground", _("Choisissez le motif sur lequel ce texte est écarté."))
        if wanted == "publish":
            cleaned["ground"] = ""
        return cleaned

    @property
    def is_preview(self) -> bool:
        return not self.cleaned_data["verb"]

    def decide(self, case: Case, *, by: Member) -> Decision:
        """Raises DecisionRefused."""
        given = {"by": by, "reason": self.cleaned_data["reason"], "seen": self.cleaned_data["seen"]}
        match self.cleaned_data["verb"]:
            case "publish":
                return services.publish(case, **given)
            case "withhold":
                return services.withhold(case, ground=self.cleaned_data["ground"], **given)
        return services.reject_edit(case, ground=self.cleaned_data["ground"], **given)

    def kind(self, case: Case) -> str:
        """The message that this decision sends."""
        match self.cleaned_data["verb"] or self.cleaned_data["preview"]:
            case "publish":
                return "edit_published" if case.is_edit else "content_published"
            case "withhold":
                return "content_withheld"
        return "edit_rejected"


def passages(case: Case) -> list[Passage]:
    """The texts of the case as a moderator reads them: for an edit, only those that change."""
    content = case.content
    texts = content.texts()
    if not case.is_edit:
        return [
            Passage(_label(content, name), marked(text, case.spans.get(name, ())))
            for name, text in texts.items()
            if text
        ]
    shown = []
    for name in [name for name in texts if name in case.proposed]:
        before, after = difference(texts[name], case.proposed[name], case.spans.get(name, ()))
        shown.append(Passage(_label(content, name), after, before))
    return shown


def _label(content: ModeratedContent, name: str) -> str:
    return str(content._meta.get_field(name).verbose_name).capitalize()


def author_record(author: Member) -> dict[str, int]:
    """What was decided before on what this person wrote."""
    return Decision.objects.filter(author=author).aggregate(
        published=Count("pk", filter=Q(verb=Decision.Verb.PUBLISH)),
        withheld=Count("pk", filter=Q(verb__in=[Decision.Verb.WITHHOLD, Decision.Verb.REJECT])),
        restored=Count("pk", filter=Q(verb=Decision.Verb.RESTORE)),
        refused=Count("pk", filter=Q(verb=Decision.Verb.REFUSE)),
    )


def decisions_on(content_type_id: int, object_id: int) -> QuerySet[Decision]:
    """The latest decisions on one content."""
    found = Decision.objects.filter(content_type_id=content_type_id, object_id=object_id)
    return found.select_related("by")[:20]


# --- The log ---------------------------------------------------------------------------------------------------------


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """The log of decisions, for reading."""

    list_display = ("made_at", "verb", "what", "ground", "who", "reason")
    list_filter = ("verb", "automated", "ground")
    fields = ("made_at", "verb", "what", "ground", "rule", "rule_version", "reason", "who", "author", "written")
    date_hierarchy = "made_at"
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "content_type").prefetch_related("content")

    @admin.display(description=_("contenu"))
    def what(self, decision: Decision) -> str:
        return f"{decision.content_type.name} : {decision.content or _('jamais enregistré, ou effacé')}"

    @admin.display(description=_("par"))
    def who(self, decision: Decision) -> str:
        return _("le filtre") if decision.automated else decision.by or "—"

    @admin.display(description=_("textes"))
    def written(self, decision: Decision) -> str:
        return "\n\n".join(text for text in decision.texts.values() if text) or "—"


# --- Any content -----------------------------------------------------------------------------------------------------


class VisibilityFilter(admin.SimpleListFilter):
    title = _("visibilité")
    parameter_name = "visibilite"

    def lookups(self, request, model_admin):
        return [("public", _("publics")), ("retire", _("retirés")), ("attente", _("pas encore publics"))]

    def queryset(self, request, queryset):
        match self.value():
            case "public":
                return queryset.public()
            case "retire":
                return queryset.exclude(withheld_at=None)
            case "attente":
                return queryset.filter(published_at=None, withheld_at=None)
        return queryset


class GroundedForm(ReasonForm):
    field_order = ("ground", "reason")

    ground = forms.ChoiceField(label=_("Motif"), choices=[("", _("— Choisissez —")), *GROUNDS])


class ModeratedContentAdmin(ReadOnlyAdmin):
    """Base of the admin of each kind of content: read, search, "Retirer" and "Rétablir" with a reason.

    Whoever may decide may read. A subclass adds its columns and filters.
    """

    list_display = ("__str__", "author", "published_at", "withheld_at")
    list_filter = (VisibilityFilter,)
    list_select_related = ("author",)
    search_fields = ("title",)
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50
    change_form_template = "admin/moderation/content.html"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(MAY_DECIDE) or super().has_view_permission(request, obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/retirer/", view(self.withhold_view), name=f"{prefix}_withhold"),
            path("<int:pk>/retablir/", view(self.restore_view), name=f"{prefix}_restore"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        content = self.get_object(request, object_id)
        extra = {"may_decide": request.user.has_perm(MAY_DECIDE)}
        if content is not None:
            content_type = ContentType.objects.get_for_model(content)
            extra["decisions"] = decisions_on(content_type.pk, content.pk)
            extra["open_case"] = Case.objects.open().of(content).first()
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def withhold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hide it from its readers, with a ground and a reason."""

        def act(content: ModeratedContent, given: dict) -> None:
            services.withhold(content, by=request.user, ground=given["ground"], reason=given["reason"])

        return self._decide(request, pk, form_class=GroundedForm, act=act, verb="withhold", kind="content_withheld")

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it back to its readers, with a reason."""

        def act(content: ModeratedContent, given: dict) -> None:
            services.restore(content, by=request.user, reason=given["reason"])

        return self._decide(request, pk, form_class=ReasonForm, act=act, verb="restore", kind="content_restored")

    def _decide(self, request: HttpRequest, pk: int, *, form_class, act, verb: str, kind: str) -> HttpResponse:
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        content = self.get_object(request, str(pk))
        if content is None:
            raise Http404
        form = form_class(request.POST or None)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        message = None
        if form.is_valid() and "preview" in request.POST:
            if content.author:
                message = preview(
                    content.author, kind=kind, context=services.decision_context(content, **form.cleaned_data)
                )
        elif form.is_valid():
            try:
                act(content, form.cleaned_data)
            except DecisionRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("C’est fait, et l’auteur est prévenu."))
                return HttpResponseRedirect(back)
        context = {"opts": self.opts, "content": content, "form": form, "verb": verb, "back": back, "message": message}
        context["title"] = _("Retirer « %s »") % content if verb == "withhold" else _("Rétablir « %s »") % content
        return TemplateResponse(
            request, "admin/moderation/decide.html", self.admin_site.each_context(request) | context
        )
