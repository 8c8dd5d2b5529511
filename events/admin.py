from django.contrib import admin

from events.models import Event, EventMessage, EventPhoto, EventReport
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
