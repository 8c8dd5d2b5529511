from django import forms
from django.core.validators import MinLengthValidator
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.forms import options
from initiatives.models import Initiative, Tag
from initiatives.services.opening import why_not_there
from members.models import Member
from moderation.forms import ScreenedFormMixin
from territories.forms import CommuneField
from territories.models import Commune, Department

#: More words than this on one initiative help nobody find it.
MAX_FREE_TAGS = 5

NO_PLACE = _("Dites-nous où : le nom d’une commune ou son code postal.")
TOO_SHORT = _("Écrivez au moins %(limit_value)d caractères : il y en a %(show_value)d.")


class SubjectForm(ScreenedFormMixin, forms.ModelForm):
    """First step: what kind, and what it is about."""

    screened_fields = ("title", "summary")

    class Meta:
        model = Initiative
        fields = ["kind", "title", "summary"]
        widgets = {
            "kind": forms.RadioSelect,
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "summary": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"kind": _("Que voulez-vous ouvrir ?"), "title": _("Titre"), "summary": _("En une ou deux phrases")}
        help_texts = {
            "kind": _(
                "Un projet local agit dans une commune, un département ou une région ; un projet national, dans toute "
                "la France. Un débat pose une question à tous."
            ),
            "title": _("Ce qu’on ferait, avec des mots simples : « Un verger partagé derrière la gare »."),
            "summary": _("C’est ce que les gens lisent dans les listes, avant d’ouvrir la page."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = options(Initiative.Kind)
        self.fields["title"].validators.append(MinLengthValidator(10, TOO_SHORT))
        self.fields["summary"].required = True
        self.fields["summary"].validators.append(MinLengthValidator(30, TOO_SHORT))
        if self.instance.pk and self.instance.state != Initiative.State.DRAFT:
            # Supporters gave their name to a project of this kind.
            del self.fields["kind"]
            return
        # What is like it appears below as one types (htmx), in a region that is read out when one pauses.
        self.fields["title"].widget.attrs |= {
            "hx-get": reverse("initiatives_nearby"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#proches",
            "hx-include": "[name=kind]",
        }


class TextForm(ScreenedFormMixin, forms.ModelForm):
    """Second step: the problem, the proposal, the means."""

    screened_fields = ("problem", "proposal", "means")

    class Meta:
        model = Initiative
        fields = ["problem", "proposal", "means"]
        widgets = {name: forms.Textarea(attrs={"rows": 7}) for name in fields}
        labels = {
            "problem": _("Le problème"),
            "proposal": _("La proposition"),
            "means": _("Les moyens"),
        }
        help_texts = {
            "problem": _("Que se passe-t-il aujourd’hui, et pour qui ?"),
            "proposal": _("Que faudrait-il faire, concrètement ? Pour un débat : quelles questions posez-vous ?"),
            "means": _("Qui, avec quoi, en combien de temps ? **Gras**, listes et liens sont possibles."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("problem", "proposal"):
            self.fields[name].required = True
            self.fields[name].validators.append(MinLengthValidator(20, TOO_SHORT))


class PlaceForm(ScreenedFormMixin, forms.Form):
    """Third step: where, and under which themes."""

    screened_fields = ("tags",)
    screened_model = Initiative
    #: The département that was asked for, and is not open yet.
    awaited: Department | None = None

    level = forms.ChoiceField(label=_("À quelle échelle ?"), widget=forms.RadioSelect)
    commune = CommuneField(label=_("Où ?"), required=False)
    themes = forms.ModelMultipleChoiceField(
        label=_("Thèmes"),
        queryset=Tag.objects.none(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Un à trois, les principaux."),
        error_messages={"required": _("Choisissez au moins un thème.")},
    )
    tags = forms.CharField(
        label=_("Mots-clés"),
        required=False,
        max_length=200,
        help_text=_("Séparés par des virgules, cinq au plus : « vélo, école »."),
    )

    LEVELS = [
        ("commune", _("Une commune")),
        ("department", _("Un département")),
        ("region", _("Une région")),
        ("country", _("Toute la France")),
    ]

    def __init__(self, *args, initiative: Initiative, **kwargs):
        initial = _initial_place(initiative, by=kwargs["by"]) | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)
        self.initiative = initiative
        self.fields["themes"].queryset = Tag.objects.filter(theme_rank__isnull=False)
        if initiative.kind == Initiative.Kind.NATIONAL_PROJECT:
            del self.fields["level"], self.fields["commune"]
        elif initiative.kind == Initiative.Kind.LOCAL_PROJECT:
            self.fields["level"].choices = self.LEVELS[:3]
            self.fields["commune"].required = True
            self.fields["commune"].error_messages["required"] = NO_PLACE
        else:
            self.fields["level"].choices = self.LEVELS
        if "commune" in self.fields:
            self.fields["commune"].help_text = _(
                "Le nom ou le code postal d’une commune. À l’échelle d’un département ou d’une région, "
                "celle où vous êtes suffit."
            )

    def clean_themes(self):
        themes = self.cleaned_data["themes"]
        if len(themes) > 3:
            raise forms.ValidationError(_("Trois thèmes au plus : choisissez les principaux."))
        return themes

    def clean_tags(self) -> str:
        words = [word.strip().lower() for word in self.cleaned_data["tags"].split(",")]
        words = list(dict.fromkeys(word for word in words if word))
        if len(words) > MAX_FREE_TAGS:
            raise forms.ValidationError(_("Cinq mots-clés au plus."))
        if any(len(word) > 40 for word in words):
            raise forms.ValidationError(_("Un mot-clé a 40 caractères au plus."))
        return ", ".join(words)

    def clean(self):
        cleaned = super().clean()
        level = cleaned.get("level", "country")
        if level == "country":
            cleaned["commune"] = None
        elif "commune" in cleaned and cleaned["commune"] is None:
            self.add_error("commune", NO_PLACE)
        elif commune := cleaned.get("commune"):
            self._clean_opening(commune, level)
        return cleaned

    def _clean_opening(self, commune: Commune, level: str) -> None:
        if why := why_not_there(self.initiative, commune, level=level, by=self.by):
            self.add_error("commune", why)
            self.awaited = commune.department

    @property
    def words(self) -> list[str]:
        """Themes and free words together, as tags."""
        free = [word for word in self.cleaned_data["tags"].split(", ") if word]
        themes = [theme.name for theme in self.cleaned_data["themes"]]
        return themes + [word for word in free if word not in {theme.lower() for theme in themes}]


def _initial_place(initiative: Initiative, *, by: Member) -> dict:
    """Where it is; until its draft says so, where whoever opens it lives."""
    tags = list(initiative.tags.all())
    is_somewhere = initiative.territory is not None or initiative.state != Initiative.State.DRAFT
    if initiative.commune_id:
        level = "commune"
    elif initiative.department_id:
        level = "department"
    elif initiative.region_id:
        level = "region"
    else:
        level = "country" if initiative.kind == Initiative.Kind.DEBATE and tags else "commune"
    return {
        "level": level,
        "commune": initiative.commune if is_somewhere else by.home_commune,
        "themes": [tag.slug for tag in tags if tag.theme_rank is not None],
        "tags": ", ".join(tag.name for tag in tags if tag.theme_rank is None),
    }
