from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.titles import PlainTitles
from members import suppressing
from members.addresses import address_key
from members.models import AccessRecord, Consent, Member, Suppression
from members.services import record_reading


class ReadOnlyAdmin(PlainTitles, admin.ModelAdmin):
    """Rows that the site itself writes: staff search and read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NamelessList:
    """Before the class of an admin whose list tells nobody's identity: its address filters by nothing but `list_filter`
    either, so that nobody finds by guessing what is shown on a reason alone."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        filters = self.get_list_filter(request)
        names = [each if isinstance(each, str) else each.parameter_name for each in filters]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in names)


class LoggedSearch:
    """Before the class of an admin whose list is searched by e-mail address: whoever knows one learns by it what
    concerns that person, so that it is written down as their page would be."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str):
        if "@" in search_term and (member := Member.objects.of_address(search_term.strip())):
            what = _("adresse e-mail cherchée dans une liste")
            record_reading(by=request.user, about=member, what=what, why=str(self.opts.verbose_name_plural))
        return super().get_search_results(request, queryset, search_term)


class LoggedReading:
    """Before the class of an admin whose page shows something private: each reading of it is written down.

    `private_words` names what is read; `is_private` says of which rows.
    """

    private_words = gettext_lazy("données privées")

    def is_private(self, obj: Model) -> bool:
        return True

    def render_change_form(self, request: HttpRequest, context: dict, obj: Model | None = None, **kwargs):
        if obj is not None and self.is_private(obj):
            record_reading(by=request.user, about=obj, what=self.private_words, why=_("Page de l’administration"))
        return super().render_change_form(request, context, obj=obj, **kwargs)


@admin.register(Member)
class MemberAdmin(LoggedSearch, LoggedReading, ReadOnlyAdmin):
    """Only a superuser changes anything: who is of the staff, and what they may do.

    The list shows no address: it is read one at a time, and each reading is written down.
    """

    private_words = gettext_lazy("adresse e-mail d’un membre")

    list_display = ["display_name", "home_commune", "is_staff", "is_active", "joined_at"]
    list_filter = ["is_staff", "is_active", "is_demonstration", "groups"]
    list_select_related = ["home_commune"]
    search_fields = ["=email", "display_name"]
    search_help_text = "Adresse e-mail entière, ou nom affiché"
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
class ConsentAdmin(LoggedSearch, ReadOnlyAdmin):
    list_display = ["member", "purpose", "version", "given_at", "withdrawn_at"]
    list_filter = ["purpose", "version"]
    list_select_related = ["member"]
    search_fields = ["=member__email", "member__display_name"]
    ordering = ["-given_at", "-id"]
    show_full_result_count = False


@admin.register(Suppression)
class SuppressionAdmin(LoggedSearch, ReadOnlyAdmin):
    """Mailboxes that are not written to: of whom is known to who types the address alone."""

    list_display = ["at", "reason", "tried_at"]
    list_filter = ["reason"]
    search_fields = ["address_key"]
    search_help_text = gettext_lazy("Adresse e-mail entière")
    ordering = ["-at", "-id"]
    show_full_result_count = False
    list_per_page = 50
    fields = ["at", "reason", "tried_at"]
    actions = ["lift"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str):
        super().get_search_results(request, queryset.none(), search_term)
        if not search_term:
            return queryset, False
        return queryset.filter(address_key=address_key(search_term.strip())), False

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.delete_suppression")

    @admin.action(description=gettext_lazy("Écrire de nouveau à ces adresses"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.log_deletions(request, queryset)
        count = suppressing.lift_all(queryset)
        done = ngettext("On écrit de nouveau à %(count)d adresse.", "On écrit de nouveau à %(count)d adresses.", count)
        messages.success(request, done % {"count": count})


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    """Who read what, for auditors."""

    list_display = ["at", "by", "what", "kind", "object_id", "why"]
    list_select_related = ["by", "content_type"]
    date_hierarchy = "at"
    ordering = ["-at", "-id"]
    show_full_result_count = False
    list_per_page = 50
    fields = ["at", "by", "what", "kind", "object_id", "why"]

    @admin.display(description=gettext_lazy("sorte"))
    def kind(self, record: AccessRecord) -> str:
        return record.content_type.name
