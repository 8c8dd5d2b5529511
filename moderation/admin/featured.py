from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.titles import PlainTitles
from moderation.models import Featured
from moderation.services import featuring
from moderation.sorts import moderated
from territories import lookup

#: Names of the addresses of what may be put forward.
_PAGES = ("initiative", "event")
_ASKED = ("address", "where", "starts_at", "ends_at", "reason")


class FeaturedForm(forms.ModelForm):
    #: Whose act it is, and the row that it made.
    by = None
    kept: Featured | None = None

    address = forms.CharField(
        label=gettext_lazy("Adresse de sa page"),
        max_length=500,
        help_text=gettext_lazy("Celle d’une initiative ou d’un événement, copiée du navigateur."),
    )
    where = forms.CharField(
        label=gettext_lazy("Où"),
        required=False,
        max_length=lookup.LONGEST,
        help_text=gettext_lazy("Une commune, un département, une région ; vide : toute la France."),
    )

    class Meta:
        model = Featured
        fields = ("starts_at", "ends_at", "reason")

    def clean_address(self):
        """The content whose page it is."""
        try:
            match = resolve(urlsplit(self.cleaned_data["address"].strip()).path)
        except Resolver404 as error:
            raise ValidationError(_("Cette adresse n’est pas celle d’une page du site.")) from error
        if match.url_name not in _PAGES:
            raise ValidationError(_("Seuls une initiative ou un événement se mettent en avant."))
        model = next(each for each in moderated() if each._meta.model_name == match.url_name)
        content = model.objects.filter(pk=match.kwargs["slug"].pk).first()
        if content is None:
            raise ValidationError(_("Cette page n’existe pas."))
        return content

    def clean_where(self):
        words = self.cleaned_data["where"].strip()
        place, _others = lookup.meant(words) if words else (None, [])
        if words and place is None:
            raise ValidationError(_("Nous ne connaissons pas ce lieu, ou plusieurs portent ce nom."))
        return place

    def clean(self):
        """The database decides who was first: it is put forward while the form can still say that it is refused."""
        super().clean()
        if self.errors:
            return
        told = {name: self.cleaned_data[name] for name in ("starts_at", "ends_at", "reason")}
        try:
            self.kept = featuring.feature(
                self.cleaned_data["address"], place=self.cleaned_data["where"], by=self.by, **told
            )
        except featuring.BadDates as refusal:
            self.add_error("ends_at", str(refusal))
        except featuring.FeaturingRefused as refusal:
            raise ValidationError(str(refusal)) from refusal


@admin.register(Featured)
class FeaturedAdmin(PlainTitles, admin.ModelAdmin):
    """Put forward, and ended; never rewritten. No score is touched."""

    form = FeaturedForm
    list_display = ("reason", "page", "place_code", "starts_at", "ends_at", "by")
    list_select_related = ("by", "content_type")
    readonly_fields = ("page", "place_code", "by", "created_at")
    actions = ("stop",)
    date_hierarchy = "starts_at"
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("content")

    def get_fields(self, request, obj=None):
        shown = ("page", "place_code", "starts_at", "ends_at", "reason", "by", "created_at")
        return shown if obj else _ASKED

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None:
            return forms.modelform_factory(Featured, fields=())
        form = super().get_form(request, obj, change=change, fields=("starts_at", "ends_at", "reason"))
        form.by = request.user
        return form

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=gettext_lazy("page"))
    def page(self, featured: Featured) -> str:
        if featured.content is None:
            return "—"
        return format_html('<a href="{}">{}</a>', featured.content.get_absolute_url(), featured.content)

    def save_model(self, request, obj, form, change):
        obj.pk = form.kept.pk

    @admin.action(description=gettext_lazy("Ne plus mettre en avant"), permissions=["change"])
    def stop(self, request, queryset):
        for featured in queryset:
            featuring.end(featured)
        messages.success(request, _("Ce n’est plus mis en avant."))
