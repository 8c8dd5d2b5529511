from copy import deepcopy
from functools import lru_cache, partial

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from core.forms import share_fields
from core.hot import hot
from core.proof import ProofMixin
from members import consents, validators
from members.forms import DisplayNameField, EmailField, EmailForm
from members.models import Consent
from territories.lookup import commune_of_code, names_of_postcode
from territories.models import Commune

POSTCODE = RegexValidator(r"^[0-9]{5}$", _("Un code postal a cinq chiffres. Exemple : 35500"))


class PostcodeField(forms.CharField):
    """Written "35500" or "35 500", as people say it."""

    def to_python(self, value) -> str:
        return "".join(super().to_python(value).split())


SEVERAL = _("Ce code postal a plusieurs communes : choisissez la vôtre.")

#: Seconds during which an accepted first name, which comes back, is not read by the filter again. A refused one is read
#: each time: staff may accept it meanwhile.
_NAME_AGE = 3600


@lru_cache(maxsize=1000)
def _choice_among(communes: tuple[tuple[str, str], ...]) -> forms.ChoiceField:
    """The field of a postcode, the same for all who live there: made for each, it takes a fifth of reading the form."""
    field = deepcopy(SupportForm.base_fields["commune"])
    field.choices = communes
    return field


@share_fields
class SupportForm(ProofMixin, EmailForm):
    """A visitor's support: who, where to write, where they live. The commune is asked when the postcode has several."""

    #: What one agrees to.
    text = consents.CURRENT[Consent.Purpose.SUPPORT]

    first_name = DisplayNameField(
        label=_("Prénom"),
        help_text="",
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Écrivez votre prénom.")},
    )
    email = EmailField(help_text=_("Personne ne la voit. Nous y envoyons un lien pour confirmer."))
    postcode = PostcodeField(
        label=_("Code postal"),
        help_text=_("Pour compter les soutiens près de chez vous."),
        max_length=20,
        validators=[POSTCODE],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
        error_messages={
            "required": _("Écrivez votre code postal."),
            "max_length": _("Un code postal a cinq chiffres. Exemple : 35500"),
        },
    )
    commune = forms.ChoiceField(
        label=_("Votre commune"),
        widget=forms.RadioSelect,
        error_messages={"required": SEVERAL, "invalid_choice": SEVERAL},
    )
    consent = forms.BooleanField(
        label=lazystr(text),
        error_messages={"required": _("Cochez cette case pour soutenir : nous ne gardons rien sans votre accord.")},
    )

    field_order = ("first_name", "email", "postcode", "commune", "consent")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        postcode = self.fields["postcode"].to_python(self.data.get("postcode", ""))
        self.communes = names_of_postcode(postcode)
        if len(self.communes) > 1:
            self.fields["commune"] = _choice_among(tuple(self.communes))
        else:
            del self.fields["commune"]

    def clean_first_name(self) -> str:
        name = self.cleaned_data["first_name"]
        hot(("first-name", name), partial(validators.display_name, name), seconds=_NAME_AGE)
        return name

    def clean_postcode(self) -> str:
        if not self.communes:
            raise ValidationError(_("Nous ne connaissons pas ce code postal."), code="unknown")
        return self.cleaned_data["postcode"]

    @property
    def home(self) -> Commune:
        """Where the person lives, once the form is valid."""
        return commune_of_code(self.cleaned_data.get("commune") or self.communes[0][0])
