from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import options
from initiatives.models import Initiative, Tag
from territories.forms import PlaceFilterForm


class SearchForm(PlaceFilterForm):
    """The filters of the list."""

    STATES = [("", _("En cours")), ("abouties", _("Abouties"))]
    ORDERS = [("", _("Les plus récentes")), ("soutenues", _("Les plus soutenues"))]

    q = forms.CharField(label=_("Rechercher"), required=False, max_length=100)
    sorte = forms.ChoiceField(label=_("Sorte"), required=False, choices=options(Initiative.Kind, empty=_("Toutes")))
    theme = forms.ModelChoiceField(
        label=_("Thème"), required=False, queryset=Tag.objects.none(), to_field_name="slug", empty_label=_("Tous")
    )
    etat = forms.ChoiceField(label=_("État"), required=False, choices=STATES)
    tri = forms.ChoiceField(label=_("Classer par"), required=False, choices=ORDERS)

    field_order = ("q", "sorte", "lieu", "theme", "etat", "tri")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = Tag.objects.filter(theme_rank__isnull=False)
