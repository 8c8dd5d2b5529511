"""Partners' calendars: staff give an address, look at what it would bring, have it read, take it all away."""

import re

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.jobs import enqueue
from core.titles import PlainTitles
from events import tasks
from events.models import CalendarSource
from events.services import partners
from territories.forms import CommuneField

#: Events shown of what a calendar would bring.
SHOWN = 30


class CalendarAddressField(forms.URLField):
    """webcal:// is how many sites write https:// for a calendar."""

    def to_python(self, value: str | None) -> str:
        return super().to_python(re.sub(r"^\s*webcals?:", "https:", value or "", flags=re.IGNORECASE))


class SourceForm(forms.ModelForm):
    commune = CommuneField(
        label=CalendarSource._meta.get_field("commune").verbose_name,
        help_text=CalendarSource._meta.get_field("commune").help_text,
        required=False,
    )


@admin.register(CalendarSource)
class CalendarSourceAdmin(PlainTitles, admin.ModelAdmin):
    """Nothing is read before somebody has seen what comes."""

    list_display = (
        "name",
        "state",
        "fetched_at",
        "taken",
        "without_place",
        "known_elsewhere",
        "unreadable",
        "failures",
    )
    search_fields = ("name", "address")
    form = SourceForm
    fields = ("name", "address", "commune")
    readonly_fields = (
        "state",
        "added_by",
        "added_at",
        "fetched_at",
        "next_fetch_at",
        "failures",
        "found",
        "taken",
        "without_place",
        "known_elsewhere",
        "unreadable",
    )
    change_form_template = "admin/events/calendarsource.html"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "address":
            kwargs |= {"form_class": CalendarAddressField, "assume_scheme": "https"}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: CalendarSource | None = None):
        return (*self.fields, *self.readonly_fields) if obj else self.fields

    def has_delete_permission(self, request: HttpRequest, obj: CalendarSource | None = None) -> bool:
        """It leaves with its events, by `remove_view`."""
        return False

    @admin.display(description=_("état"))
    def state(self, source: CalendarSource) -> str:
        if source.removal_asked_at:
            return _("en cours de retrait")
        if source.trouble:
            return source.get_trouble_display()
        return _("lu chaque heure") if source.is_active else _("à l’arrêt")

    def save_model(self, request, obj: CalendarSource, form, change) -> None:
        """A new one waits to be looked at; another address, or another place, is read anew."""
        if not change:
            obj.added_by, obj.is_active = request.user, False
        if form.changed_data:
            obj.etag = obj.last_modified = ""
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        return HttpResponseRedirect(reverse("admin:events_calendarsource_preview", args=[obj.pk]))

    def get_urls(self):
        acts = [
            path(f"<int:pk>/{word}/", self.admin_site.admin_view(view), name=f"events_calendarsource_{name}")
            for word, name, view in (
                ("apercu", "preview", self.preview_view),
                ("arreter", "stop", self.stop_view),
                ("retirer", "remove", self.remove_view),
            )
        ]
        return [*acts, *super().get_urls()]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET reads the calendar and shows what it would bring; POST has it read every hour."""
        source = self._source(request, pk)
        if request.method == "POST":
            partners.start(source)
            enqueue(tasks.read_partner_calendars)
            messages.success(request, _("Cet agenda est lu, maintenant puis chaque heure."))
            return HttpResponseRedirect(self._page(source))
        context = {"events": [], "reading": None, "trouble": ""}
        try:
            events, reading = partners.preview(source)
            context |= {"events": events[:SHOWN], "count": len(events), "reading": reading}
            context["without_place"] = len(reading.events) - len(events)
        except partners.CannotRead as failure:
            context["trouble"] = str(failure)
        return self._answer(request, source, "preview", _("Ce que cet agenda apporterait"), context)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        source = self._source(request, pk)
        if request.method == "POST":
            partners.stop(source)
            messages.success(request, _("Cet agenda n’est plus lu. Ses événements restent."))
            return HttpResponseRedirect(self._page(source))
        return self._answer(request, source, "stop", _("Ne plus lire cet agenda"), {})

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says how many events leave with it; POST takes everything away."""
        source = self._source(request, pk)
        if request.method == "POST":
            if partners.remove(source):
                enqueue(tasks.remove_partner_calendars)
            messages.success(request, format_html(_("« {} » et ses événements sont en cours de retrait."), source.name))
            return HttpResponseRedirect(reverse("admin:events_calendarsource_changelist"))
        context = {"count": source.events.count()}
        return self._answer(request, source, "remove", _("Retirer cet agenda et ses événements"), context)

    def _source(self, request: HttpRequest, pk: int) -> CalendarSource:
        source = CalendarSource.objects.in_use().select_related("commune__department").filter(pk=pk).first()
        if source is None:
            raise Http404
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        return source

    def _page(self, source: CalendarSource) -> str:
        return reverse("admin:events_calendarsource_change", args=[source.pk])

    def _answer(self, request: HttpRequest, source: CalendarSource, name: str, title, context: dict) -> HttpResponse:
        context |= {"source": source, "opts": self.opts, "title": title, "back": self._page(source)}
        template = f"admin/events/calendarsource_{name}.html"
        return TemplateResponse(request, template, self.admin_site.each_context(request) | context)
