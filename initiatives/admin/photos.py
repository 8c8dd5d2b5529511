from django.contrib import admin

from initiatives.models import Photo
from moderation.admin import ModeratedContentAdmin


@admin.register(Photo)
class PhotoAdmin(ModeratedContentAdmin):
    list_display = ("alternative", "use", "initiative", "author", "published_at", "withheld_at")
    list_filter = (*ModeratedContentAdmin.list_filter, "use")
    list_select_related = ("author", "initiative")
    search_fields = ("alternative", "initiative__title")
    exclude = ("name", "is_open")
