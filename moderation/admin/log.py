"""The log of decisions, what proves it, and what was stated of each restriction."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from members.admin import LoggedReading, ReadOnlyAdmin
from moderation.exports import FORMATS, statements_between, written
from moderation.models import Anchor, Decision, Link, MonthFigures, Statement
from moderation.wording import in_words


class LogAdmin(ReadOnlyAdmin):
    """Rows of which there may be a million: the newest first, none counted."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(Decision)
class DecisionAdmin(LoggedReading, LogAdmin):
    """The log of decisions, for reading; that its texts were read is written down."""

    private_words = _("textes d’une décision")
    list_display = ("made_at", "verb", "what", "ground", "who", "reason")
    list_filter = ("verb", "automated", "ground")
    fields = (
        *("made_at", "verb", "what", "ground", "rule", "rule_version", "reason", "facts", "until", "source"),
        *("who", "author", "written", "number", "stated"),
    )
    date_hierarchy = "made_at"
    change_form_template = "admin/moderation/decision.html"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_seal": request.user.has_perm("moderation.hold_evidence")}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | extra)

    def is_private(self, obj: Decision) -> bool:
        return bool(obj.texts)

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

    @admin.display(description=_("maillon"))
    def number(self, decision: Decision) -> str:
        link = getattr(decision, "link", None)
        return f"{link.sequence} ({link.hash})" if link else _("Aucun : elle concerne la démonstration.")

    @admin.display(description=_("exposé des motifs"))
    def stated(self, decision: Decision) -> str:
        statement = getattr(decision, "statement", None)
        if statement is None:
            return "—"
        return format_html('<a href="{}">{}</a>', statement.get_absolute_url(), statement.puid)


@admin.register(Link)
class LinkAdmin(LogAdmin):
    """The chain, from its last link."""

    list_display = ("sequence", "made_at", "verb", "hash")
    list_select_related = ("decision",)
    ordering = ("-sequence",)
    fields = ("sequence", "made_at", "verb", "hash", "by_digest", "author_digest", "texts_digest")

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(sequence=None)

    @admin.display(description=_("date"))
    def made_at(self, link: Link):
        return link.decision.made_at

    @admin.display(description=_("décision"))
    def verb(self, link: Link) -> str:
        return link.decision.get_verb_display()


@admin.register(Anchor)
class AnchorAdmin(LogAdmin):
    list_display = ("day", "sequence", "hash")


@admin.register(MonthFigures)
class MonthFiguresAdmin(LogAdmin):
    list_display = ("month", "made_at")


class ExportForm(forms.Form):
    """Which days, in which form."""

    first = forms.DateField(label=_("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Au"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    form = forms.ChoiceField(label=_("Format"), choices=[(name, name.upper()) for name in FORMATS])


@admin.register(Statement)
class StatementAdmin(LogAdmin):
    """What was stated, and its export for the Commission's database."""

    list_display = ("stated_at", "puid", "category", "measure", "is_masked")
    fields = ("stated_at", "puid", "lines", "is_masked")
    date_hierarchy = "stated_at"
    change_list_template = "admin/moderation/statements.html"

    def get_queryset(self, request):
        return super().get_queryset(request).filter(decision__is_demonstration=False)

    def get_urls(self):
        export = path("exporter/", self.admin_site.admin_view(self.export_view), name="moderation_statement_export")
        return [export, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, (extra_context or {}) | {"may_export": self._may_export(request)})

    @admin.display(description=_("catégorie"))
    def category(self, statement: Statement) -> str:
        return statement.fields["category"].removeprefix("STATEMENT_CATEGORY_")

    @admin.display(description=_("mesure"))
    def measure(self, statement: Statement) -> str:
        return next(words for _label, words in in_words(statement.fields))

    @admin.display(description=_("ce qui est dit"))
    def lines(self, statement: Statement) -> str:
        return "\n".join(f"{label} : {words}" for label, words in in_words(statement.fields))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks which days, and gives the file once they are said."""
        if not self._may_export(request):
            raise PermissionDenied
        form = ExportForm(request.GET if "form" in request.GET else None)
        if form.is_valid():
            return self._file(form.cleaned_data)
        context = {"opts": self.opts, "form": form, "title": _("Exporter les exposés des motifs")}
        return TemplateResponse(
            request, "admin/moderation/export.html", self.admin_site.each_context(request) | context
        )

    def _file(self, asked: dict) -> StreamingHttpResponse:
        pieces = written(statements_between(asked["first"], asked["last"]), asked["form"])
        return StreamingHttpResponse(
            pieces,
            content_type=FORMATS[asked["form"]],
            headers={"Content-Disposition": f'attachment; filename="statements.{asked["form"]}"'},
        )

    def _may_export(self, request: HttpRequest) -> bool:
        return request.user.has_perm("moderation.export_statement")
