"""The forms of who comes: how many they are; and, without an account, who they are and where to write to them."""

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from core.french import count
from core.hot import hot
from core.proof import ProofMixin
from events.models import MOST_GUESTS, Event
from members import consents, validators
from members.forms import DisplayNameField, EmailForm
from members.models import Consent

#: Seconds during which an accepted first name, which comes back, is not read by the filter again.
_NAME_AGE = 3600


class PartyForm(forms.Form):
    """How many they are, themselves included; its value is the number of guests."""

    guests = forms.TypedChoiceField(
        label=_("Combien serez-vous ?"),
        coerce=int,
        error_messages={
            "required": _("Choisissez combien vous serez."),
            "invalid_choice": _("Choisissez combien vous serez."),
        },
    )

    def __init__(self, *args, event: Event, **kwargs):
        super().__init__(*args, **kwargs)
        most = MOST_GUESTS if event.capacity is None else min(MOST_GUESTS, event.capacity - 1)
        people = [(guests, count(1 + guests, str(_("personne")), str(_("personnes")))) for guests in range(most + 1)]
        self.fields["guests"].choices = people
        # Nobody has to choose to come alone: what is not sent is nobody else.
        self.fields["guests"].required = False
        self.fields["guests"].empty_value = 0

    @property
    def has_choice(self) -> bool:
        return len(self.fields["guests"].choices) > 1


class AttendForm(ProofMixin, PartyForm, EmailForm):
    """ "Je viens" without an account."""

    first_name = DisplayNameField()
    consent = forms.BooleanField(
        error_messages={"required": _("Cochez cette case pour venir : nous ne gardons rien sans votre accord.")}
    )

    field_order = ("first_name", "email", "guests", "consent")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.text = consents.CURRENT[Consent.Purpose.ATTEND]
        self.fields["consent"].label = str(self.text)
        self.fields["first_name"].label = _("Prénom")
        self.fields["first_name"].help_text = _("Pour la liste des organisateurs. Personne d’autre ne le lit.")
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["first_name"].error_messages["required"] = _("Écrivez votre prénom.")
        self.fields["email"].help_text = _("Personne ne la voit. Nous y envoyons un lien pour confirmer.")

    def clean_first_name(self) -> str:
        name = self.cleaned_data["first_name"]
        hot(("first-name", name), partial(validators.display_name, name), seconds=_NAME_AGE)
        return name
