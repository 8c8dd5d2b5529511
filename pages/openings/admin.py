"""Where the team makes a département wait, says who looks after it, and opens it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from core.french import number
from core.titles import PlainTitles
from members.models import Member
from pages.openings import acts, counting
from territories.models import Department, Opening


class OpeningForm(ModelForm):
    """A département waits only where nobody acts yet."""

    def clean_department(self) -> Department:
        department = self.cleaned_data["department"]
        if why := acts.why_not_wait(department):
            raise ValidationError(why)
        return department


@admin.register(Opening)
class OpeningAdmin(PlainTitles, admin.ModelAdmin):
    """Those that wait, with how far they are; "Ouvrir" opens one, once, after a page that says what will happen."""

    form = OpeningForm
    list_display = ["department", "progress", "ready", "counted_at", "opened_at"]
    list_filter = [("opened_at", admin.EmptyFieldListFilter)]
    list_select_related = ["department"]
    show_full_result_count = False
    search_fields = ["department__sort_name", "=department__code"]
    autocomplete_fields = ["department"]
    filter_horizontal = ["animators"]
    readonly_fields = ["progress", "ready", "counted_at", "opened_at", "told_at"]
    fields = ["department", "wanted", "text", "animators", *readonly_fields]
    change_form_template = "admin/territories/opening.html"

    @admin.display(description=_("personnes réunies"))
    def progress(self, opening: Opening) -> str:
        return _("%(gathered)s sur %(wanted)s") % {
            "gathered": number(opening.gathered),
            "wanted": number(opening.wanted),
        }

    @admin.display(description=_("prêt à ouvrir"), boolean=True)
    def ready(self, opening: Opening) -> bool:
        return not opening.is_waiting or not acts.what_lacks(opening.department)

    def formfield_for_manytomany(self, db_field, request: HttpRequest, **kwargs):
        if db_field.name == "animators":
            kwargs["queryset"] = Member.objects.filter(is_staff=True, is_active=True).order_by("display_name")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Opening | None = None) -> list[str]:
        return [*(["department"] if obj else []), *self.readonly_fields]

    def has_change_permission(self, request: HttpRequest, obj: Opening | None = None) -> bool:
        """What opened is history."""
        return super().has_change_permission(request, obj) and (obj is None or obj.is_waiting)

    def has_delete_permission(self, request: HttpRequest, obj: Opening | None = None) -> bool:
        """Erasing one would open it without telling anyone who waits: for administrators, who mend a mistake."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_waiting)

    def get_actions(self, request: HttpRequest) -> dict:
        """None at once for several: each has its own page."""
        return {}

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            # Its page says at once how many are missing.
            counting.count()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        opening = self.get_object(request, object_id)
        extra = {"may_open": opening is not None and self.has_change_permission(request, opening)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def get_urls(self):
        view = self.admin_site.admin_view(self.open_view)
        return [path("<str:pk>/ouvrir/", view, name="territories_opening_open"), *super().get_urls()]

    def open_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """GET says what lacks and who is told; POST opens."""
        opening = self._openings().filter(pk=pk).first()
        if opening is None:
            raise Http404
        if not super().has_change_permission(request, opening):
            raise PermissionDenied
        back = reverse("admin:territories_opening_changelist")
        if request.method == "POST":
            if self._open(request, opening):
                return HttpResponseRedirect(back)
            return HttpResponseRedirect(request.path)
        context = {
            "opts": self.opts,
            "title": _("Ouvrir : %s") % opening.department,
            "opening": opening,
            "lacks": acts.what_lacks(opening.department) if opening.is_waiting else [],
            "progress": self.progress(opening),
            "back": back,
        }
        return TemplateResponse(
            request, "admin/territories/opening_open.html", self.admin_site.each_context(request) | context
        )

    def _open(self, request: HttpRequest, opening: Opening) -> bool:
        try:
            with transaction.atomic():
                is_new = acts.open_department(opening, by=request.user)
                if is_new:
                    self.log_change(request, opening, str(_("Ouverture du département")))
        except acts.OpeningRefused as refusal:
            messages.error(request, str(refusal))
            return False
        if is_new:
            messages.success(request, _("C’est ouvert : toutes les personnes qui l’attendaient sont prévenues."))
        else:
            messages.info(request, _("C’était déjà ouvert : rien n’a changé."))
        return True

    def _openings(self) -> QuerySet[Opening]:
        return Opening.objects.select_related("department")
