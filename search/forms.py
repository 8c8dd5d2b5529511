"""What the address of a search says."""

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from search.finding import SHOWN, Asked
from search.typed import LONGEST
from territories.lookup import from_path

#: Results of one page.
PAGE_SIZE = 20

KINDS = [
    ("initiative", _("Initiatives")),
    ("event", _("Événements")),
    ("discussion", _("Discussions")),
]
STATES = [
    ("published", _("En cours")),
    ("succeeded", _("Abouties")),
    ("closed", _("Closes")),
    ("archived", _("Archivées")),
]
WHEN = [
    ("a-venir", _("À venir")),
    ("semaine", _("Dans les sept jours")),
    ("mois", _("Dans le mois")),
    ("passes", _("Passés")),
]


class SearchForm(forms.Form):
    """Anything may stand in an address: what makes no sense is left aside, and nothing is refused."""

    q = forms.CharField(label=_("Rechercher"), required=False)
    type = forms.ChoiceField(required=False, choices=KINDS)
    theme = forms.SlugField(required=False, max_length=100, allow_unicode=True)
    etat = forms.ChoiceField(required=False, choices=STATES)
    quand = forms.ChoiceField(required=False, choices=WHEN)
    lieu = forms.CharField(required=False, max_length=100)
    mots = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=SHOWN // PAGE_SIZE)

    @property
    def asked(self) -> Asked:
        said = self._said
        return Asked(
            self.text,
            kind=said.get("type", ""),
            theme=said.get("theme", ""),
            state=said.get("etat", ""),
            when=said.get("quand", ""),
            place=from_path(said["lieu"]) if said.get("lieu") else None,
            is_literal=bool(said.get("mots")),
        )

    @property
    def text(self) -> str:
        """As it is shown in the box: Django refuses a NUL, which nobody types."""
        return self.data.get("q", "").replace("\x00", " ").strip()[:LONGEST]

    @property
    def page_number(self) -> int:
        return self._said.get("page") or 1

    @cached_property
    def _said(self) -> dict:
        """What makes sense."""
        self.is_valid()
        return self.cleaned_data
