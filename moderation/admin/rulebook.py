"""Rules that were disarmed, and what each said in the last day."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from members.admin import ReadOnlyAdmin
from moderation.models import LearnedModel, RuleAlert
from moderation.services import rulebook


@admin.register(RuleAlert)
class RuleAlertAdmin(ReadOnlyAdmin):
    """Read by moderators; armed again by senior ones."""

    list_display = ("rule", "rule_version", "raised_at", "hits", "texts", "is_disarmed", "settled_at", "settled_by")
    list_filter = ("is_disarmed", ("settled_at", admin.EmptyFieldListFilter))
    list_select_related = ("settled_by",)
    change_list_template = "admin/moderation/rules.html"
    change_form_template = "admin/moderation/rule.html"
    show_full_result_count = False

    def get_urls(self):
        view = self.admin_site.admin_view(self.settle_view)
        return [path("<int:pk>/armer/", view, name="moderation_rulealert_settle"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"spoken": rulebook.spoken_lately()} | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_settle": request.user.has_perm("moderation.settle_rulealert")}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: the rule is right, it is armed again."""
        if not request.user.has_perm("moderation.settle_rulealert"):
            raise PermissionDenied
        alert = RuleAlert.objects.filter(pk=pk).first()
        if request.method == "POST" and alert and rulebook.settle(alert, by=request.user):
            messages.success(request, _("La règle est armée de nouveau."))
        return HttpResponseRedirect(reverse("admin:moderation_rulealert_changelist"))


@admin.register(LearnedModel)
class LearnedModelAdmin(ReadOnlyAdmin):
    """What orders the queue, version after version; `manage.py learn --reset` makes it forget."""

    list_display = ("id", "made_at", "state", "learned_from", "tested_on", "loss", "loss_before", "alarms")
    fields = (
        "made_at",
        "state",
        "learned_from",
        "tested_on",
        "loss",
        "loss_before",
        "alarms",
        "alarms_before",
    )
    show_full_result_count = False
