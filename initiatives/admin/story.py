"""Updates, for moderators; edits and their differences, that a moderator may hide."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from initiatives.models import Initiative, Update, Version
from initiatives.services import versions
from members.admin import ReadOnlyAdmin
from moderation.access import MAY_DECIDE
from moderation.admin import ModeratedContentAdmin
from moderation.passages import difference


@admin.register(Update)
class UpdateAdmin(ModeratedContentAdmin):
    list_display = ("title", "initiative", "author", "day", "published_at", "withheld_at")
    list_select_related = ("author", "initiative")
    date_hierarchy = "day"


class HideForm(forms.Form):
    reason = forms.CharField(
        label=_("Raison"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Tout le monde la lit, à la place de la différence."),
    )


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    """What edits changed; "Masquer" takes a difference from its readers, and says why; "Montrer" gives it back."""

    list_display = ("made_at", "initiative", "support_count", "is_shown", "hidden_at")
    list_filter = ("is_shown", ("hidden_at", admin.EmptyFieldListFilter))
    list_select_related = ("initiative",)
    search_fields = ("initiative__title",)
    ordering = ("-made_at", "-id")
    show_full_result_count = False
    list_per_page = 50
    fields = ("initiative", "made_at", "support_count", "is_shown", "hidden_at", "hidden_reason", "what_changed")
    readonly_fields = ("what_changed",)
    change_form_template = "admin/initiatives/version.html"

    def has_view_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return request.user.has_perm(MAY_DECIDE) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description=_("ce qui a changé"))
    def what_changed(self, version: Version) -> str:
        names = {name: Initiative._meta.get_field(name).verbose_name for name in version.changes}
        return format_html_join(
            "",
            "<p><strong>{}</strong></p><p>{}</p><p>{}</p>",
            ((names[name], *difference(*both)) for name, both in version.changes.items()),
        ) or format_html("—")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_decide": request.user.has_perm(MAY_DECIDE)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def get_urls(self):
        hide, show = (self.admin_site.admin_view(view) for view in (self.hide_view, self.show_view))
        return [
            path("<int:pk>/masquer/", hide, name="initiatives_version_hide"),
            path("<int:pk>/montrer/", show, name="initiatives_version_show"),
            *super().get_urls(),
        ]

    def _version(self, request: HttpRequest, pk: int) -> Version:
        """For somebody who decides."""
        if not request.user.has_perm(MAY_DECIDE):
            raise PermissionDenied
        version = self.get_object(request, str(pk))
        if version is None:
            raise Http404
        return version

    def hide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks why, POST hides."""
        version = self._version(request, pk)
        back = reverse("admin:initiatives_version_change", args=[pk])
        form = HideForm(request.POST or None)
        if form.is_valid():
            with transaction.atomic():
                if hidden := versions.hide(version, reason=form.cleaned_data["reason"]):
                    self.log_change(request, version, _("Différence masquée : %s") % form.cleaned_data["reason"])
            if hidden:
                messages.success(request, _("Plus personne ne lit cette différence."))
            else:
                messages.warning(request, _("Personne ne lisait cette différence : rien n’a changé."))
            return HttpResponseRedirect(back)
        context = {"opts": self.opts, "title": _("Masquer cette différence"), "form": form, "back": back}
        return TemplateResponse(
            request, "admin/initiatives/version_hide.html", self.admin_site.each_context(request) | context
        )

    def show_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows once more what everybody will read, POST shows it to them."""
        version = self._version(request, pk)
        back = reverse("admin:initiatives_version_change", args=[pk])
        if request.method == "POST":
            with transaction.atomic():
                if shown := versions.show(version):
                    self.log_change(request, version, _("Différence montrée"))
            if shown:
                messages.success(request, _("Tout le monde lit de nouveau cette différence."))
            else:
                messages.warning(request, _("Cette différence n’était pas masquée : rien n’a changé."))
            return HttpResponseRedirect(back)
        context = {
            "opts": self.opts,
            "title": _("Montrer cette différence"),
            "form": forms.Form(),
            "back": back,
            "changed": self.what_changed(version),
        }
        return TemplateResponse(
            request, "admin/initiatives/version_show.html", self.admin_site.each_context(request) | context
        )
