"""Notices, as moderators read them: who sent one stays hidden until somebody says why they need to know."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from core.titles import PlainTitles
from members.admin import NamelessList, ReadOnlyAdmin
from members.services import record_reading
from moderation.models import Notice, NotifierWarning, TrustedFlagger
from moderation.services import notices
from moderation.services.refusals import DecisionRefused
from moderation.services.standing import record_of

READ_NOTIFIER = "moderation.read_notifier"
CHANGE_NOTICE = "moderation.change_notice"


class AnsweredFilter(admin.SimpleListFilter):
    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("attente", _("en attente")), ("repondus", _("répondus"))]

    def queryset(self, request, queryset):
        match self.value():
            case "attente":
                return queryset.open()
            case "repondus":
                return queryset.exclude(answered_at=None)
        return queryset


class WhyForm(forms.Form):
    """Why an identity is to be read: it is written down, for auditors."""

    why = forms.CharField(
        label=_("Pourquoi faut-il savoir qui a signalé ?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Une menace à transmettre, un faux signalement… Votre lecture et cette raison sont inscrites."),
    )


@admin.register(Notice)
class NoticeAdmin(NamelessList, ReadOnlyAdmin):
    """The list, and one notice: what is said, what its sender's notices became, nobody's name."""

    list_display = ("reference", "ground", "sort", "is_trusted", "strength", "made_at", "outcome", "answered_at")
    list_filter = (AnsweredFilter, "ground", "is_trusted", "outcome")
    search_fields = ("reference__exact",)
    search_help_text = _("Une référence entière : S-2026-7K4Q9")
    show_full_result_count = False
    list_per_page = 50
    list_select_related = ("content_type",)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/identite/", view(self.identity_view), name="moderation_notice_identity"),
            path("<int:pk>/infonde/", view(self.unfounded_view), name="moderation_notice_unfounded"),
            *super().get_urls(),
        ]

    @admin.display(description=_("sorte"))
    def sort(self, notice: Notice) -> str:
        return notice.content_type.name

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        notice = self.get_object(request, object_id)
        if notice is None:
            raise Http404
        if not self.has_view_permission(request, notice):
            raise PermissionDenied
        return self._page(request, notice)

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who sent it, once said why: a POST, since reading it leaves a trace."""
        notice = self._found(request, pk, right=READ_NOTIFIER)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:moderation_notice_change", args=[pk]))
        if notices.is_about(notice, request.user):
            messages.error(request, _("C’est ce que vous écrivez ou organisez : vous ne saurez pas qui l’a signalé."))
            return HttpResponseRedirect(reverse("admin:moderation_notice_change", args=[pk]))
        form = WhyForm(request.POST)
        if not form.is_valid():
            return self._page(request, notice, form=form)
        record_reading(
            by=request.user, about=notice, what=_("identité d’une personne qui signale"), why=form.cleaned_data["why"]
        )
        return self._page(request, notice, is_identified=True)

    def unfounded_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nobody in good faith could have sent it."""
        notice = self._found(request, pk, right=CHANGE_NOTICE)
        if request.method == "POST":
            try:
                is_warned = notices.mark_unfounded(notice, by=request.user)
            except DecisionRefused as refusal:
                messages.error(request, str(refusal))
            else:
                said = _("C’est noté, et la personne est avertie.") if is_warned else _("C’est noté.")
                messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:moderation_notice_change", args=[pk]))

    def _found(self, request: HttpRequest, pk: int, *, right: str) -> Notice:
        if not request.user.has_perm(right):
            raise PermissionDenied
        notice = self.get_object(request, str(pk))
        if notice is None:
            raise Http404
        return notice

    def _page(
        self, request: HttpRequest, notice: Notice, *, form: WhyForm | None = None, is_identified: bool = False
    ) -> HttpResponse:
        is_own = notices.is_about(notice, request.user)
        may_identify = request.user.has_perm(READ_NOTIFIER) and bool(notice.member or notice.email) and not is_own
        context = {
            "opts": self.opts,
            "title": _("Signalement %s") % notice.reference,
            "notice": notice,
            "content": notice.content,
            "record": record_of(bytes(notice.notifier_key)) if notice.notifier_key else None,
            "is_identified": is_identified,
            "why_form": (form or WhyForm()) if may_identify and not is_identified else None,
            "may_mark": request.user.has_perm(CHANGE_NOTICE)
            and notice.outcome == Notice.Outcome.KEPT
            and notice.unfounded_at is None
            and not is_own,
        }
        return TemplateResponse(
            request, "admin/moderation/notice.html", self.admin_site.each_context(request) | context
        )


@admin.register(TrustedFlagger)
class TrustedFlaggerAdmin(PlainTitles, admin.ModelAdmin):
    """Whose notices are read first: which body, from when and until when."""

    list_display = ("body", "member", "since", "until")
    autocomplete_fields = ("member",)
    search_fields = ("body",)
    list_select_related = ("member",)


@admin.register(NotifierWarning)
class NotifierWarningAdmin(ReadOnlyAdmin):
    list_display = ("warned_at", "notice", "by")
    fields = ("warned_at", "notice", "by")
    list_select_related = ("notice", "by")
