from django.contrib import admin

from events.models import Event
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
