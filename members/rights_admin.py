"""Who left, whose data a court asks to keep, who had published something: for superusers, each reading inscribed."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from members.admin import LoggedReading, ReadOnlyAdmin
from members.models import ClosedIdentity, Departure, LegalHold
from members.rights import leaving
from members.services import record_reading

MAY_OPEN = "members.open_closed_identity"
#: Found in one search: a judge asks about one person.
_MOST = 20


@admin.register(Departure)
class DepartureAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "wish", "ends_at", "carried_at", "done_at", "undone_at", "holds"]
    list_filter = ["wish"]
    ordering = ["-asked_at", "-id"]
    fields = ["asked_at", "wish", "ends_at", "carried_at", "done_at", "undone_at", "holds"]

    @admin.display(description=_("ce qui le retient"))
    def holds(self, departure: Departure) -> str:
        is_over = departure.done_at is None and departure.undone_at is None
        return leaving.what_holds(departure) if is_over and not departure.can_be_undone else ""


@admin.register(LegalHold)
class LegalHoldAdmin(LoggedReading, ReadOnlyAdmin):
    """Added by a superuser, on a request that they name; lifted by the action of the list."""

    private_words = _("demande de conservation")
    list_display = ["since", "reason", "by", "lifted_at"]
    list_select_related = ["by"]
    ordering = ["-since", "-id"]
    raw_id_fields = ["member"]
    fields = ["member", "reason"]
    actions = ["lift"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser

    def save_model(self, request: HttpRequest, obj: LegalHold, form: forms.ModelForm, change: bool) -> None:
        found = leaving.hold(obj.member, obj.reason, by=request.user)
        obj.pk = found.pk

    @admin.action(description=_("Lever ces demandes : ce qui a fait son temps s’efface"), permissions=["add"])
    def lift(self, request: HttpRequest, holds: QuerySet[LegalHold]) -> None:
        for hold in holds:
            leaving.lift(hold)
        messages.success(request, _("C’est levé."))


class SearchForm(forms.Form):
    """What a request of a court names: an address, or a content as its page in the administration names it."""

    email = forms.EmailField(label=_("Adresse e-mail"), required=False)
    content = forms.RegexField(
        r"^[a-z]+\.[a-z]+ [0-9]{1,18}$",
        label=_("Contenu"),
        required=False,
        help_text=_("Sa sorte et son numéro : initiatives.contribution 12"),
    )
    reason = forms.CharField(
        label=_("Raison"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Elle est inscrite, avec votre nom et la date, et relue."),
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not (cleaned["email"] or cleaned["content"]):
            raise forms.ValidationError(_("Donnez une adresse, ou un contenu."))
        return cleaned


@admin.register(ClosedIdentity)
class ClosedIdentityAdmin(ReadOnlyAdmin):
    """Dates alone; who it was, on a reason that is inscribed first."""

    list_display = ["closed_at", "destroy_on", "held_reason"]
    ordering = ["-closed_at", "-id"]
    fields = ["closed_at", "destroy_on", "held_reason"]
    change_list_template = "admin/members/identities.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.search_view)
        return [path("chercher/", view, name="members_closedidentity_search"), *super().get_urls()]

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks what and why; POST writes it down, then shows what is found, in this answer alone."""
        if not request.user.has_perm(MAY_OPEN):
            raise PermissionDenied
        form = SearchForm(request.POST or None)
        found = None
        if form.is_valid():
            found = []
            asked = {"email": form.cleaned_data["email"], "content": form.cleaned_data["content"]}
            for kept, said in leaving.identities_of(**asked):
                record_reading(
                    by=request.user, about=kept, what=_("identité d’un compte fermé"), why=form.cleaned_data["reason"]
                )
                found.append(said)
                if len(found) == _MOST:
                    break
        context = {"opts": self.opts, "form": form, "found": found, "title": _("Chercher qui avait publié")}
        return TemplateResponse(
            request,
            "admin/members/identity_search.html",
            self.admin_site.each_context(request) | context,
            headers={"Cache-Control": "no-store"},
        )
