"""Any content: read it, and go back on what was decided."""

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from members.admin import LoggedReading, ReadOnlyAdmin
from moderation.access import MAY_DECIDE
from moderation.admin.forms import ContentForm, RestoreForm
from moderation.admin.reading import PRIVATE_WORDS, decisions_on
from moderation.models import Case
from moderation.services import DecisionRefused
from notifications.services import preview


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


class ModeratedContentAdmin(LoggedReading, ReadOnlyAdmin):
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

    private_words = PRIVATE_WORDS

    def is_private(self, obj):
        return not obj.is_public

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(MAY_DECIDE) or super().has_view_permission(request, obj)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/retirer/", view(self.withhold_view), name=f"{prefix}_withhold"),
            path("<int:pk>/retirer-definitivement/", view(self.remove_view), name=f"{prefix}_remove"),
            path("<int:pk>/mention/", view(self.label_view), name=f"{prefix}_label"),
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
        """Hide it from its readers, with a ground and a reason; for a time, perhaps."""
        return self._decide(request, pk, ContentForm, verb="withhold", title=_("Retirer « %s »"))

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hide it for good: its author does not mend it any more."""
        return self._decide(request, pk, ContentForm, verb="remove", title=_("Retirer définitivement « %s »"))

    def label_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put words of ours above it."""
        return self._decide(request, pk, ContentForm, verb="label", title=_("Mettre une mention sur « %s »"))

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it back to its readers, or take away the words above it, with a reason."""
        return self._decide(request, pk, RestoreForm, verb="restore", title=_("Rétablir « %s »"))

    def _decide(
        self, request: HttpRequest, pk: int, form_class: type[ContentForm | RestoreForm], *, verb: str, title
    ) -> HttpResponse:
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        content = self.get_object(request, str(pk))
        if content is None:
            raise Http404
        form = form_class(request.POST or None, **form_class.given(verb, content))
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        message = None
        if form.is_valid() and "preview" in request.POST:
            if content.author:
                message = preview(content.author, kind=form.kind(content), context=form.message_context(content))
        elif form.is_valid():
            try:
                form.act(content, by=request.user)
            except DecisionRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("C’est fait, et l’auteur est prévenu."))
                return HttpResponseRedirect(back)
        context = {"opts": self.opts, "content": content, "form": form, "verb": verb, "back": back, "message": message}
        context["title"] = title % content
        return TemplateResponse(
            request, "admin/moderation/decide.html", self.admin_site.each_context(request) | context
        )
