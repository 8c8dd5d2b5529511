"""The log of decisions."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from members.admin import ReadOnlyAdmin
from moderation.models import Decision


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """The log of decisions, for reading."""

    list_display = ("made_at", "verb", "what", "ground", "who", "reason")
    list_filter = ("verb", "automated", "ground")
    fields = ("made_at", "verb", "what", "ground", "rule", "rule_version", "reason", "who", "author", "written")
    date_hierarchy = "made_at"
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "content_type").prefetch_related("content")

    @admin.display(description=_("contenu"))
    def what(self, decision: Decision) -> str:
        return f"{decision.content_type.name} : {decision.content or _('jamais enregistré, ou effacé')}"

    @admin.display(description=_("par"))
    def who(self, decision: Decision) -> str:
        return _("le filtre") if decision.automated else decision.by or "—"

    @admin.display(description=_("textes"))
    def written(self, decision: Decision) -> str:
        return "\n\n".join(text for text in decision.texts.values() if text) or "—"
