from django.contrib import admin

from initiatives.models import Action, Need
from moderation.admin import ModeratedContentAdmin


class OfInitiativeAdmin(ModeratedContentAdmin):
    """What an initiative asks for. Who comes and who offers is its team's to know, and is not here."""

    list_select_related = ("author", "initiative")


@admin.register(Action)
class ActionAdmin(OfInitiativeAdmin):
    list_display = (
        "title",
        "initiative",
        "starts_at",
        "ends_at",
        "taken",
        "places",
        "closed_at",
        "is_done",
        "author",
        "published_at",
        "withheld_at",
    )
    list_filter = (*ModeratedContentAdmin.list_filter, "is_done")
    search_fields = ("title", "description")


@admin.register(Need)
class NeedAdmin(OfInitiativeAdmin):
    list_display = ("words", "sort", "initiative", "met_at", "dropped_at", "author", "published_at", "withheld_at")
    list_filter = (*ModeratedContentAdmin.list_filter, "sort")
    search_fields = ("words",)
