"""« Où ? » in a form: a name or a postcode in, a commune out."""

from typing import Self

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from territories.lookup import LONGEST, is_misspelt, meant, resolve
from territories.models import Commune, Place

#: Communes that an error names; the list below it has all.
_NAMED = 3


class CommuneInput(forms.Widget):
    """A text field and, beside it, the code of the commune that was picked.

    With JavaScript (static/js/commune.js) communes are offered as one types. Without, the page comes back with the
    communes to choose from when the text leaves a doubt. Submits ``<name>`` (the text) and ``<name>_code``.
    The template brings its own script: a form that holds one needs nothing else, also when htmx inserts it.
    """

    template_name = "territories/commune_input.html"
    suggestions_url = reverse_lazy("commune_suggestions")

    def __init__(self, attrs=None):
        super().__init__({"maxlength": LONGEST, "autocapitalize": "words", "spellcheck": "false"} | (attrs or {}))
        #: The communes to choose from, set by the field that refused the text.
        self.offered: list[Commune] = []

    def value_from_datadict(self, data, files, name) -> tuple[str, str]:
        return data.get(name, ""), data.get(f"{name}_code", "")

    def value_omitted_from_data(self, data, files, name) -> bool:
        return name not in data

    def get_context(self, name, value, attrs):
        context = super().get_context(name, None, attrs)
        text, code = value or ("", "")
        context["widget"] |= {"text": text, "code": code, "offered": self.offered, "url": self.suggestions_url}
        return context


class CommuneField(forms.Field):
    """A commune that exists, written by name (« st malo »), name and département, or postcode.

    ``cleaned_data`` holds a Commune with its département, or None when the field is optional and empty.
    A text that fits several communes is an error, and the form then offers them.
    """

    widget = CommuneInput
    default_error_messages = {
        "required": _("Indiquez une commune ou un code postal."),
        "unknown": _("Nous ne connaissons pas cette commune. Essayez son code postal."),
        "misspelt": _("Nous n’avons pas trouvé « %(words)s ». Voulez-vous dire %(name)s ?"),
        "several": _("Plusieurs communes correspondent : choisissez la vôtre dans la liste."),
        "too_long": _("Ce nom est trop long."),
    }

    def prepare_value(self, value) -> tuple[str, str]:
        """What the widget shows: what was typed, or the label of a commune given as itself or by its code."""
        if isinstance(value, tuple):
            return value
        if isinstance(value, str) and value:
            value = Commune.objects.select_related("department").filter(pk=value).first() or value
        if isinstance(value, Commune):
            return value.label, value.pk
        return value or "", ""

    def clean(self, value) -> Commune | None:
        text, code = value or ("", "")
        text = text.strip()
        self.widget.offered = []
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if len(text) > LONGEST:
            raise ValidationError(self.error_messages["too_long"], code="too_long")
        commune, offered = resolve(text, code)
        if commune:
            return commune
        self.widget.offered = offered
        problem = "unknown"
        if offered:
            problem = "misspelt" if is_misspelt(text, offered[0]) else "several"
        said = {"words": text, "name": _said_or([commune.label for commune in offered[:_NAMED]])}
        raise ValidationError(self.error_messages[problem], code=problem, params=said)

    def has_changed(self, initial, data) -> bool:
        was = self.prepare_value(initial)
        text, code = data or ("", "")
        return (text.strip(), code or was[1]) != was


def _said_or(names: list[str]) -> str:
    """« Bouilly (Aube), Bouilly (Marne) ou Trilly »."""
    *others, last = names or [""]
    return gettext("%(names)s ou %(last)s") % {"names": ", ".join(others), "last": last} if others else last


class PlaceFilterForm(forms.Form):
    """Filters of a list, in its address, one of which is a place; each that is wrong is ignored."""

    lieu = forms.CharField(
        label=_("Où"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"placeholder": _("Vitré, Rhône, Bretagne…")}),
    )

    @classmethod
    def read(cls, query) -> Self:
        """The filters of an address, valid: without those that are wrong."""
        form = cls(query)
        return form if form.is_valid() else cls.read({name: query[name] for name in form.cleaned_data if name in query})

    @cached_property
    def _meant(self) -> tuple[Place | None, list[Place]]:
        words = self.cleaned_data["lieu"]
        return meant(words) if words else (None, [])

    @property
    def place(self) -> Place | None:
        """The place meant, by its code or in words; None when there is none, or none that is sure."""
        return self._meant[0]

    @property
    def offered_places(self) -> list[Place]:
        """Those that may be meant by words that name none."""
        return self._meant[1]

    @property
    def misses_place(self) -> bool:
        """A place was asked for, and none is sure to be meant: nothing is narrowed to a guess."""
        return bool(self.cleaned_data["lieu"]) and self.place is None

    def say_place(self) -> None:
        """Show the place in words, when the address names it by its code; typed again they mean the same."""
        if self.place is None:
            return
        self.data = {name: self.data[name] for name in self.cleaned_data if name in self.data}
        self.data["lieu"] = self.place.label if isinstance(self.place, Commune) else self.place.name
