from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin

from members.admin import ReadOnlyAdmin
from members.services.readings import record_reading_once
from notifications.examples import Example, NoExample, example_of, initials, kinds_by_group
from notifications.kinds import KINDS, Kind
from notifications.models import Mail, Notification
from notifications.services import retry

#: A message in its frame: our page alone may hold it, and it may do nothing.
_FRAME = {
    "default-src": [NONE],
    "img-src": [NONE],
    "object-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
}


#: What is neither sent nor given up.
_WAITS = {Mail.NOW: _("en attente"), Mail.DIGEST: _("attend un résumé"), Mail.NONE: _("sur le site seulement")}


class StateFilter(admin.SimpleListFilter):
    title = _("état")
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("waiting", _("en attente")), ("sent", _("envoyées")), ("failed", _("abandonnées"))]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "sent":
                return queryset.filter(sent_at__isnull=False)
            case "failed":
                return queryset.filter(failed_at__isnull=False)
        return queryset


class KindFilter(admin.SimpleListFilter):
    """The kinds of the table, rather than a reading of the whole outbox."""

    title = _("sorte")
    parameter_name = "sorte"

    def lookups(self, request, model_admin):
        return [(name, name) for name in KINDS]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What was told to whom, by display name or masked address: neither addresses nor texts are shown."""

    list_display = ("kind", "whom", "created_at", "state", "attempts", "failure")
    list_filter = (StateFilter, KindFilter)
    list_select_related = ("recipient",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-id",)
    fields = (
        "whom", "kind", "created_at", "due_at", "claimed_at", "attempts", "sent_at", "failed_at", "failure",
    )  # fmt: skip
    actions = ("retry",)

    def get_urls(self):
        preview, frame = (self.admin_site.admin_view(view) for view in (self.preview_view, self.frame_view))
        return [
            path("apercu/", preview, name="notifications_notification_preview"),
            path("apercu/<slug:kind>/html/", frame, name="notifications_notification_preview_html"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Each kind of message, with what was really told; its HTML part in a frame as wide as a small telephone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = KINDS.get(request.GET.get("sorte", ""))
        example = self._example(request, kind) if kind else None
        context = self.admin_site.each_context(request) | {
            "title": _("Aperçu des messages"),
            "opts": self.opts,
            "groups": kinds_by_group(),
            "kind": kind,
            "mail": Mail(kind.mail).label if kind else "",
            "example": example,
            "whom": initials(example.row.whom) if example and example.row else "",
        }
        return TemplateResponse(request, "admin/notifications/preview.html", context)

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace(_FRAME))
    def frame_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The HTML part alone: its styles are in its elements, and nothing else of it is read, images neither."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        example = self._example(request, KINDS[kind]) if kind in KINDS else None
        if example is None:
            raise Http404
        return HttpResponse(example.message.html)

    def _example(self, request: HttpRequest, kind: Kind) -> Example | None:
        try:
            example = example_of(kind)
        except NoExample:
            return None
        if example.row:
            # The page and its frame are one reading.
            record_reading_once(by=request.user, about=example.row, what=_("message"), why=_("Aperçu des messages"))
        return example

    @admin.display(description=_("destinataire"))
    def whom(self, notification: Notification) -> str:
        return notification.whom

    @admin.display(description=_("état"))
    def state(self, notification: Notification) -> str:
        if notification.sent_at:
            return _("envoyée")
        if notification.failed_at:
            return _("abandonnée")
        return _WAITS[notification.mail]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_notification")

    @admin.action(description=_("Réessayer l’envoi"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = retry(queryset)
        messages.success(
            request,
            ngettext("%(count)d message sera envoyé.", "%(count)d messages seront envoyés.", count) % {"count": count},
        )
