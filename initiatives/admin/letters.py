from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from initiatives.models import Letter
from initiatives.models.letter import Correspondence
from moderation.admin import ModeratedContentAdmin


class CorrespondenceAdmin(ModeratedContentAdmin):
    """Private messages that somebody reported, one at a time: the others are nobody's business, and no list says who
    writes to whom."""

    list_display = ("__str__", "sent_at", "withheld_at")
    list_select_related = ()
    search_fields = ()
    fields = ("text", "author", "sent_at", "withheld_at", "removed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correspondence]:
        return super().get_queryset(request).reported()

    def is_private(self, obj: Correspondence) -> bool:
        return True


@admin.register(Letter)
class LetterAdmin(CorrespondenceAdmin):
    list_select_related = ("initiative",)
