from django.contrib import admin

from initiatives.models import Merge
from members.admin import ReadOnlyAdmin


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    """Initiatives that join others: how far each is, how many supports followed. Objections are not shown."""

    list_display = ("source", "target", "proposed_at", "agreed_at", "ends_at", "done_at", "dropped_at", "carried_count")
    list_filter = (("done_at", admin.EmptyFieldListFilter), ("dropped_at", admin.EmptyFieldListFilter))
    list_select_related = ("source", "target")
    search_fields = ("source__title", "target__title")
    date_hierarchy = "proposed_at"
    show_full_result_count = False
