"""One queue for all kinds of content, and the page on which a case is decided."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import french
from core.titles import PlainTitles
from members.admin import ReadOnlyAdmin
from moderation import services
from moderation.access import MAY_DECIDE
from moderation.admin.forms import ChosenReasonForm, DecisionForm, ManyForm, NoteForm
from moderation.admin.reading import (
    NOTICES_SHOWN,
    author_record,
    decisions_on,
    passages,
    ready_reasons,
    record_private,
    since,
    story_of,
)
from moderation.filter import Ground
from moderation.models import Case, ReasonTemplate
from moderation.services import AlreadyDecided, ContentGone, DecisionRefused, HeldByAnother
from moderation.services import notices as noticing
from moderation.sorts import reportable
from notifications.services import Preview, preview

#: Cases decided together, each by itself; beyond, somebody would decide without reading.
MOST_TOGETHER = 100


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
        return [(slug, model._meta.verbose_name_plural.capitalize()) for slug, model in reportable().items()]

    def queryset(self, request, queryset):
        model = reportable().get(self.value())
        return queryset.filter(content_type=ContentType.objects.get_for_model(model)) if model else queryset


class AgeFilter(admin.SimpleListFilter):
    title = _("attente")
    parameter_name = "age"

    def lookups(self, request, model_admin):
        return [("12", _("depuis plus de 12 h")), ("24", _("en retard")), ("72", _("depuis plus de 3 jours"))]

    def queryset(self, request, queryset):
        if self.value() in ("12", "24", "72"):
            return queryset.filter(opened_at__lte=timezone.now() - timedelta(hours=int(self.value())))
        return queryset


class HolderFilter(admin.SimpleListFilter):
    title = _("lecture")
    parameter_name = "lecture"

    def lookups(self, request, model_admin):
        return [("moi", _("que je lis")), ("libre", _("que personne ne lit"))]

    def queryset(self, request, queryset):
        match self.value():
            case "moi":
                return queryset.filter(held_by=request.user, held_until__gt=timezone.now())
            case "libre":
                return queryset.exclude(held_until__gt=timezone.now())
        return queryset


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """The queue, and the page on which a case is decided."""

    list_display = ("title", "reader", "gravity", "age", "due", "sort", "author", "why")
    list_display_links = ("title",)
    list_filter = (WaitingFilter, AgeFilter, HolderFilter, SortFilter, "ground")
    search_fields = ("reason", "rule")
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = MOST_TOGETHER
    actions = ("decide_together",)

    class Media:
        css = {"all": ["moderation/queue.css"]}

    def get_queryset(self, request):
        found = super().get_queryset(request).select_related("content_type", "held_by")
        return found.prefetch_related("content__author")

    def get_ordering(self, request):
        queue = ["-priority", "opened_at"]
        return [F("closed_at").desc(nulls_first=True), *queue] if WaitingFilter.parameter_name in request.GET else queue

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("suivant/", view(self.next_view), name="moderation_case_next"),
            path("<int:pk>/prendre/", view(self.claim_view), name="moderation_case_claim"),
            path("<int:pk>/laisser/", view(self.release_view), name="moderation_case_release"),
            path("<int:pk>/noter/", view(self.note_view), name="moderation_case_note"),
            *super().get_urls(),
        ]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    @admin.display(description=_("contenu"))
    def title(self, case: Case) -> str:
        return _("Modification : %s") % case if case.is_edit else str(case)

    @admin.display(description=_("âge"), ordering="opened_at")
    def age(self, case: Case) -> str:
        return since((case.closed_at or timezone.now()) - case.opened_at)

    @admin.display(description=_("à décider"), ordering="opened_at")
    def due(self, case: Case) -> str:
        """How long is left, or that it is late."""
        if case.closed_at is not None:
            return "—"
        left = case.due_at - timezone.now()
        return _("en retard") if case.is_late else _("d’ici %s") % french.duration(left)

    @admin.display(description=_("sorte"))
    def sort(self, case: Case) -> str:
        return case.content_type.name

    @admin.display(description=_("auteur"))
    def author(self, case: Case) -> str:
        return getattr(case.content, "author", None) or "—"

    @admin.display(description=_("raison"), ordering="ground")
    def why(self, case: Case) -> str:
        return case.get_ground_display() or case.reason

    @admin.display(description=_("lu par"))
    def reader(self, case: Case) -> str:
        return case.holder or "—"

    def changelist_view(self, request, extra_context=None):
        extra = {"title": _("File de modération"), "may_decide": self.has_decide_permission(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    # --- One case ----------------------------------------------------------------------------------------------------

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """The page of a case: GET shows it, POST fills in a ready reason, previews the message or decides, then the
        next case opens."""
        case = self.get_object(request, object_id)
        if case is None:
            raise Http404
        if not self.has_view_permission(request, case):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, case, DecisionForm())
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if case.content is None:
            return self._close(request, case)
        chosen = ChosenReasonForm(request.POST)
        if "template" in request.POST and chosen.is_valid():
            filled = DecisionForm(initial=chosen.fill(request.POST))
            return self._page(request, self._kept(request, case), filled, seen=request.POST.get("seen", ""))
        return self._decide(request, case)

    def _decide(self, request: HttpRequest, case: Case) -> HttpResponse:
        form = DecisionForm(request.POST, author=case.content.author)
        seen = request.POST.get("seen", "")
        if not form.is_valid():
            return self._page(request, self._kept(request, case), form, seen=seen)
        if form.is_preview:
            return self._page(request, self._kept(request, case), form, seen=seen, message=self._preview(case, form))
        try:
            decision = form.decide(case, by=request.user)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
            if isinstance(refusal, AlreadyDecided | ContentGone):
                return HttpResponseRedirect(request.path)
            # What was typed stays; the texts are shown as they are now.
            is_held = isinstance(refusal, HeldByAnother)
            return self._page(request, self.get_object(request, str(case.pk)), form, is_held=is_held)
        messages.success(request, _("Décision enregistrée : %s.") % decision.get_verb_display())
        return self._open_next(request)

    def _kept(self, request: HttpRequest, case: Case) -> Case:
        """The case: its reader has just done something about it, and keeps it for as long again."""
        if case.holder == request.user:
            services.claim(case, by=request.user)
            return self.get_object(request, str(case.pk))
        return case

    def _close(self, request: HttpRequest, case: Case) -> HttpResponse:
        try:
            services.close_empty(case, by=request.user)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
        return self._open_next(request)

    def _open_next(self, request: HttpRequest, *, after: Case | None = None) -> HttpResponse:
        following = services.take_next(by=request.user, after=after)
        if following is None and after is not None:
            following = services.take_next(by=request.user)
        if following is None:
            messages.info(request, _("Plus rien n’attend : la file est vide, ou d’autres lisent ce qui reste."))
            return HttpResponseRedirect(reverse("admin:moderation_case_changelist"))
        return HttpResponseRedirect(self._address(following))

    def _address(self, case: Case) -> str:
        return reverse("admin:moderation_case_change", args=[case.pk])

    def _page(
        self,
        request: HttpRequest,
        case: Case,
        form: DecisionForm,
        *,
        message: Preview | None = None,
        seen: str = "",
        is_held: bool = False,
    ) -> HttpResponse:
        content = case.content
        author = content.author if content else None
        if content is not None:
            record_private(case, by=request.user)
        decisions = decisions_on(case.content_type_id, case.object_id)
        told = list(noticing.of_case(case)[: NOTICES_SHOWN + 1])
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
                "due": self.due(case),
                "holder": case.holder,
                "holds": case.holder == request.user,
                "held": since(timezone.now() - case.held_since) if case.holder else "",
                "is_held": is_held,
                "around": content.around() if content else [],
                "passages": passages(case) if content else [],
                "ground": Ground(case.ground) if case.ground else None,
                "notices": told[:NOTICES_SHOWN],
                "more_notices": len(told) > NOTICES_SHOWN,
                "record": author_record(author) if author else None,
                "look_alikes": services.look_alikes(case) if content else [],
                "story": story_of(case, decisions),
                "ready": ready_reasons(case) if content else None,
                "form": form,
                "note_form": NoteForm(),
                "seen": seen or services.fingerprint(case),
                "message": message,
                "rereading": case.appeals.exists(),
                "contested": services.waiting_appeal(content) if content else None,
                "part": services.part_of(request.user, content) if content else "",
                "may_decide": self.has_decide_permission(request),
            },
        )

    def _preview(self, case: Case, form: DecisionForm) -> Preview | None:
        content = case.content
        if content is None or content.author is None:
            return None
        context = form.message_context(content, detected=bool(case.rule))
        return preview(content.author, kind=form.kind(case), context=context)

    # --- Who reads it ------------------------------------------------------------------------------------------------

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """POST gives this moderator the next case, after `after` when it is told."""
        if refused := self._refuse(request):
            return refused
        number = request.POST.get("after", "")
        is_number = number.isdecimal() and len(number) < 19
        after = Case.objects.filter(pk=int(number)).first() if is_number else None
        if after is not None:
            services.release(after, by=request.user)
        return self._open_next(request, after=after)

    def claim_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST leaves the case to this moderator for a while; `taking_over`, from whoever reads it."""
        is_taken = "taking_over" in request.POST
        return self._do(request, pk, lambda case: services.claim(case, by=request.user, taking_over=is_taken))

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._do(request, pk, lambda case: services.release(case, by=request.user))

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def leave(case: Case) -> None:
            form = NoteForm(request.POST)
            if not form.is_valid():
                messages.error(request, " ".join(form.errors["text"]))
                return
            services.leave_note(case, form.cleaned_data["text"], by=request.user)
            if case.holder == request.user:
                services.claim(case, by=request.user)

        return self._do(request, pk, leave)

    def _do(self, request: HttpRequest, pk: int, act: Callable[[Case], object]) -> HttpResponse:
        if refused := self._refuse(request):
            return refused
        case = self.get_object(request, str(pk))
        if case is None:
            raise Http404
        try:
            act(case)
        except DecisionRefused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(self._address(case))

    def _refuse(self, request: HttpRequest) -> HttpResponse | None:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        return None if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    # --- Several cases -----------------------------------------------------------------------------------------------

    @admin.action(description=_("Décider ensemble"), permissions=["decide"])
    def decide_together(self, request: HttpRequest, queryset: QuerySet[Case]) -> HttpResponse | None:
        """One decision on the cases that are ticked: their texts are read on one page, then each is decided by
        itself; what changed since, or that somebody else decided, is left and said."""
        cases = list(queryset.open().order_by("-priority", "opened_at")[: MOST_TOGETHER + 1])
        if len(cases) > MOST_TOGETHER:
            messages.error(request, _("Choisissez %d cas au plus : chaque texte est à lire.") % MOST_TOGETHER)
            return None
        if not cases:
            messages.info(request, _("Ces cas sont déjà décidés."))
            return None
        chosen = ChosenReasonForm(request.POST)
        if "template" in request.POST and chosen.is_valid():
            verb = chosen.cleaned_data["template"].verb
            form = ManyForm(initial=chosen.fill(request.POST) | {"verb": verb})
        elif "decide" in request.POST:
            form = ManyForm(request.POST)
            if form.is_valid():
                return self._decide_each(request, cases, form)
        else:
            form = ManyForm()
        for case in cases:
            if case.content is not None:
                record_private(case, by=request.user)
        # What was read first is what is decided upon.
        seen = {case.pk: request.POST.get(f"seen_{case.pk}") or services.fingerprint(case) for case in cases}
        rows = [(case, self.title(case), passages(case) if case.content else [], seen[case.pk]) for case in cases]
        templates = ReasonTemplate.objects.exclude(verb=ReasonTemplate.Verb.LABEL)[:300]
        context = {
            "opts": self.opts,
            "title": ngettext("Décider d’un cas", "Décider de %(count)d cas ensemble", len(cases))
            % {"count": len(cases)},
            "rows": rows,
            "form": form,
            "templates": templates,
        }
        return TemplateResponse(
            request, "admin/moderation/together.html", self.admin_site.each_context(request) | context
        )

    def _decide_each(self, request: HttpRequest, cases: list[Case], form: ManyForm) -> HttpResponse:
        decided, skipped = 0, []
        for case in cases:
            try:
                form.decide(case, by=request.user, seen=request.POST.get(f"seen_{case.pk}", ""))
                decided += 1
            except DecisionRefused as refusal:
                skipped.append((case, refusal))
        if decided:
            done = ngettext("%(count)d cas décidé.", "%(count)d cas décidés.", decided) % {"count": decided}
            messages.success(request, done)
        for case, refusal in skipped:
            said = {"title": self.title(case), "why": refusal}
            messages.warning(request, _("Laissé : « %(title)s ». %(why)s") % said)
        return HttpResponseRedirect(reverse("admin:moderation_case_changelist"))


@admin.register(ReasonTemplate)
class ReasonTemplateAdmin(PlainTitles, admin.ModelAdmin):
    """Ready reasons: senior moderators write them, what was decided keeps its own words."""

    list_display = ("title", "verb", "ground", "rank")
    list_filter = ("verb", "ground")
    search_fields = ("title", "reason")
    list_per_page = 50
