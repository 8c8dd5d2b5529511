from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from core.titles import PlainTitles
from members.models import Consent, Member


class ReadOnlyAdmin(PlainTitles, admin.ModelAdmin):
    """Rows that the site itself writes: staff search and read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    """Only a superuser changes anything: who is of the staff, and what they may do."""

    list_display = ["display_name", "email", "home_commune", "is_staff", "is_active", "joined_at"]
    list_filter = ["is_staff", "is_active", "is_demonstration", "groups"]
    list_select_related = ["home_commune"]
    search_fields = ["email", "display_name"]
    search_help_text = "Adresse e-mail ou nom affiché"
    ordering = ["-joined_at", "-id"]
    show_full_result_count = False
    fields = [
        "email",
        "display_name",
        "home_commune",
        "joined_at",
        "last_login",
        "is_active",
        "is_demonstration",
        "is_staff",
        "is_superuser",
        "groups",
    ]
    filter_horizontal = ["groups"]
    readonly_fields = [
        "email",
        "display_name",
        "home_commune",
        "joined_at",
        "last_login",
        "is_active",
        "is_demonstration",
        "is_superuser",
    ]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["member", "purpose", "version", "given_at", "withdrawn_at"]
    list_filter = ["purpose", "version"]
    list_select_related = ["member"]
    search_fields = ["member__email", "member__display_name"]
    ordering = ["-given_at", "-id"]
    show_full_result_count = False
