from django.contrib import admin

from initiatives.models import Contribution
from moderation.admin import ModeratedContentAdmin


@admin.register(Contribution)
class ContributionAdmin(ModeratedContentAdmin):
    """What is written in discussions, to read, withhold and restore. Votes are nobody's business."""

    list_display = ("__str__", "initiative", "stance", "author", "published_at", "withheld_at", "erased_at")
    list_filter = (*ModeratedContentAdmin.list_filter, "stance")
    list_select_related = ("author", "initiative")
    search_fields = ("text",)
