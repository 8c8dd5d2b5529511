"""The territory in the admin: to look up, never to change, since ``load_territories`` would undo it; and its votes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.titles import PlainTitles
from territories.models import Commune, Department, ElectionWindow, Postcode, Referent, Region


class ReadOnly:
    """Lists and shows; who may view is the permission's to say, nobody may change."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(PlainTitles, ReadOnly, admin.ModelAdmin):
    show_full_result_count = False


@admin.register(Region)
class RegionAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "population"]
    search_fields = ["sort_name", "=code"]


@admin.register(Department)
class DepartmentAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "kind", "region", "population", "time_zone"]
    list_filter = ["kind", "region"]
    list_select_related = ["region"]
    search_fields = ["sort_name", "=code"]


class PostcodeInline(ReadOnly, admin.TabularInline):
    model = Postcode
    extra = 0


@admin.register(Commune)
class CommuneAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "kind", "department", "population", "ended_on"]
    list_filter = ["kind", "department__region", ("ended_on", admin.EmptyFieldListFilter)]
    list_select_related = ["department"]
    search_fields = ["^sort_name", "=code", "=postcodes__code"]
    inlines = [PostcodeInline]


@admin.register(ElectionWindow)
class ElectionWindowAdmin(PlainTitles, admin.ModelAdmin):
    """Whoever has the right says when the team keeps quiet, and where."""

    list_display = ["name", "day", "places", "votes_early_overseas"]
    filter_horizontal = ["departments"]
    date_hierarchy = "day"

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("departments")

    @admin.display(description=_("où"))
    def places(self, window: ElectionWindow) -> str:
        return ", ".join(department.name for department in window.departments.all()) or _("toute la France")


@admin.register(Referent)
class ReferentAdmin(PlainTitles, admin.ModelAdmin):
    """Whoever has the right says who answers for the operator, and where."""

    list_display = ["name", "role", "department", "region", "email", "agreed_on"]
    list_select_related = ["department", "region"]
    search_fields = ["name"]
