from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from members.admin import ReadOnlyAdmin
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.services import retry


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

    @admin.display(description=_("destinataire"))
    def whom(self, notification: Notification) -> str:
        return notification.whom

    @admin.display(description=_("état"))
    def state(self, notification: Notification) -> str:
        if notification.sent_at:
            return _("envoyée")
        return _("abandonnée") if notification.failed_at else _("en attente")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_notification")

    @admin.action(description=_("Réessayer l’envoi"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = retry(queryset)
        messages.success(
            request,
            ngettext("%(count)d message sera envoyé.", "%(count)d messages seront envoyés.", count) % {"count": count},
        )
