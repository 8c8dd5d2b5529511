from django.contrib import admin

from core.titles import PlainTitles
from initiatives.admin.supports import MAY_REVIEW, ExaminedSupports
from initiatives.models import Initiative, Tag
from moderation.admin import ModeratedContentAdmin


@admin.register(Initiative)
class InitiativeAdmin(ExaminedSupports, ModeratedContentAdmin):
    list_display = ("title", "kind", "place_label", "state", "support_count", "author", "published_at", "withheld_at")
    list_filter = (*ModeratedContentAdmin.list_filter, "kind", "state")
    search_fields = ("title", "summary")
    # The place says its département and its région.
    exclude = ("supports_told", "supports_told_at", "region", "department")
    change_form_template = "admin/initiatives/initiative.html"

    def get_queryset(self, request):
        # A draft is its author's alone, until it is submitted.
        return super().get_queryset(request).exclude(state=Initiative.State.DRAFT)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_review": request.user.has_perm(MAY_REVIEW)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)


@admin.register(Tag)
class TagAdmin(PlainTitles, admin.ModelAdmin):
    """The site's themes are put in order here; citizens' own words may become one."""

    list_display = ("name", "slug", "theme_rank")
    list_editable = ("theme_rank",)
    list_filter = (("theme_rank", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    show_full_result_count = False

    def get_readonly_fields(self, request, obj=None):
        # The slug of a theme is in addresses that were shared.
        return ("slug",) if obj else ()

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.theme_rank is None)
