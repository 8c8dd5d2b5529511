from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import options
from initiatives.models import Initiative, Tag
from initiatives.ranking import NAMES, Order
from territories.forms import PlaceFilterForm


class SearchForm(PlaceFilterForm):
    """The filters of the list. Words are looked for over the whole site (`as_search`)."""

    STATES = [("", _("En cours")), ("abouties", _("Abouties"))]
    ORDERS = [("" if order == Order.MIX else order.value, name) for order, name in NAMES.items()]

    sorte = forms.ChoiceField(label=_("Sorte"), required=False, choices=options(Initiative.Kind, empty=_("Toutes")))
    theme = forms.ModelChoiceField(
        label=_("Thème"), required=False, queryset=Tag.objects.none(), to_field_name="slug", empty_label=_("Tous")
    )
    etat = forms.ChoiceField(label=_("État"), required=False, choices=STATES)
    tri = forms.ChoiceField(
        label=_("Classer par"), required=False, choices=[(order.value, name) for order, name in NAMES.items()]
    )

    field_order = ("sorte", "lieu", "theme", "etat", "tri")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["theme"].queryset = Tag.objects.filter(theme_rank__isnull=False)

    @property
    def as_search(self) -> dict[str, str]:
        """The same choices in the address of a search of the whole site, as far as it has them."""
        theme, place = self.cleaned_data["theme"], self.place
        chosen = {
            "type": "initiative",
            "theme": theme.slug if theme else "",
            "lieu": place.path if place else "",
            "etat": "succeeded" if self.cleaned_data["etat"] == "abouties" else "",
        }
        return {name: value for name, value in chosen.items() if value}
