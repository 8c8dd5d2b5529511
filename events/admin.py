from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.hot import forget_hot
from core.titles import PlainTitles
from events.models import Event, EventLetter, EventLimits, EventMessage, EventPhoto, EventReport
from initiatives.admin.letters import CorrespondenceAdmin
from moderation.admin import ModeratedContentAdmin


@admin.register(Event)
class EventAdmin(ModeratedContentAdmin):
    list_display = (
        "title",
        "kind",
        "starts_at",
        "place_line",
        "attendee_count",
        "capacity",
        "author",
        "published_at",
        "withheld_at",
    )
    list_filter = (*ModeratedContentAdmin.list_filter, "kind")
    list_select_related = ("author", "commune__department")
    exclude = ("attendees_told", "attendees_told_at", "cancellation_told_at", "announced_at", "online_url")


@admin.register(EventReport)
class EventReportAdmin(ModeratedContentAdmin):
    list_display = ("event", "turnout", "author", "published_at", "withheld_at")
    list_select_related = ("author", "event")
    search_fields = ("event__title", "text")
    exclude = ("told_at",)


@admin.register(EventPhoto)
class EventPhotoAdmin(ModeratedContentAdmin):
    list_display = ("alternative", "report", "author", "published_at", "withheld_at")
    list_select_related = ("author", "report__event")
    search_fields = ("alternative", "report__event__title")
    exclude = ("name", "is_open")


@admin.register(EventMessage)
class EventMessageAdmin(ModeratedContentAdmin):
    list_display = ("__str__", "event", "author", "day", "published_at", "withheld_at")
    list_select_related = ("author", "event")
    search_fields = ("text", "event__title")
    date_hierarchy = "day"


@admin.register(EventLetter)
class EventLetterAdmin(CorrespondenceAdmin):
    list_select_related = ("event",)


@admin.register(EventLimits)
class EventLimitsAdmin(PlainTitles, admin.ModelAdmin):
    """Its list leads to the one row, made at the first visit."""

    def change_view(self, request, object_id, form_url="", extra_context=None) -> HttpResponse:
        extra = {"title": _("Limites des événements"), "subtitle": None}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: EventLimits | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:events_eventlimits_change", args=[1]))

    def get_object(self, request: HttpRequest, object_id: str, from_field=None) -> EventLimits | None:
        if object_id == "1" and self.has_view_or_change_permission(request):
            EventLimits.objects.get_or_create(pk=1)
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: EventLimits, form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # Once committed: another thread would keep the former limits again.
        transaction.on_commit(forget_hot)
