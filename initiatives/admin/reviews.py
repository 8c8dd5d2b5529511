from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from initiatives.admin.supports import MAY_REVIEW
from initiatives.examination import in_words
from initiatives.models import SupportReview
from members.admin import ReadOnlyAdmin


class StandingFilter(admin.SimpleListFilter):
    title = _("suite")
    parameter_name = "suite"

    def lookups(self, request, model_admin):
        return [("tenus", _("en vigueur")), ("annules", _("annulés"))]

    def queryset(self, request, queryset):
        match self.value():
            case "tenus":
                return queryset.filter(undone_at=None)
            case "annules":
                return queryset.exclude(undone_at=None)
        return queryset


@admin.register(SupportReview)
class SupportReviewAdmin(ReadOnlyAdmin):
    """The examinations of all initiatives, for reading: each is made and undone on its initiative's page."""

    list_display = ("created_at", "initiative", "act", "count", "condition", "reason", "by", "undone_at", "undone_by")
    list_filter = ("act", StandingFilter, "suspicion", "only_disposable")
    list_select_related = ("initiative", "by", "undone_by")
    fields = (
        "page", "created_at", "by", "act", "condition", "count", "reason", "undone_at", "undone_by",
    )  # fmt: skip
    date_hierarchy = "created_at"
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)

    def has_view_permission(self, request: HttpRequest, obj: SupportReview | None = None) -> bool:
        return request.user.has_perm(MAY_REVIEW) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("condition"))
    def condition(self, made: SupportReview) -> str:
        return in_words(made)

    @admin.display(description=_("initiative"))
    def page(self, made: SupportReview) -> str:
        address = reverse("admin:initiatives_initiative_supports", args=[made.initiative_id])
        return format_html('<a href="{}">{}</a>', address, made.initiative)
