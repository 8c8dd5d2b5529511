from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _


class PlainTitles:
    """Pages of the administration are called by what they show: "Demandes de reprise", "Image".

    Django's own titles put the noun into a sentence that French cannot bend to it ("Affichage de image").
    """

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        name = capfirst(self.opts.verbose_name)
        title = {"title": name if object_id else _("%(name)s : ajouter") % {"name": name}}
        return super().changeform_view(request, object_id, form_url, title | (extra_context or {}))
