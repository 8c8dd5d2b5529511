from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from core.forms import options
from initiatives.forms.opening import TOO_SHORT
from initiatives.models import Need
from moderation.forms import ScreenedFormMixin


class NeedForm(ScreenedFormMixin, forms.ModelForm):
    """What an initiative lacks, in one sentence."""

    screened_fields = Need.screened_fields

    class Meta:
        model = Need
        fields = ["sort", "words"]
        widgets = {"sort": forms.RadioSelect}
        labels = {"sort": _("Que vous manque-t-il ?"), "words": _("En une phrase")}
        help_texts = {"words": _("« Une remorque pour un samedi de mars », « quelqu’un qui sait souder ».")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sort"].choices = options(Need.Sort)
        self.fields["words"].validators.append(MinLengthValidator(5, TOO_SHORT))


class OfferForm(ScreenedFormMixin, forms.Form):
    """What a member offers: the organisers alone read it, and the filter stops what the law forbids."""

    screened_fields = ("message",)
    screened_model = Need
    is_public = False

    message = forms.CharField(
        label=_("Ce que vous proposez"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Quoi, quand, comment. Seule l’équipe le lit, avec votre nom affiché."),
    )


class AnswerForm(ScreenedFormMixin, forms.Form):
    """The organisers' answer to an offer, with a word that the member gets by e-mail."""

    ACCEPT, DECLINE = "accepter", "decliner"

    screened_fields = ("answer",)
    screened_model = Need
    is_public = False

    answer = forms.CharField(
        label=_("Votre réponse"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Où et quand vous retrouver, ou merci. La personne la reçoit par e-mail, sans votre adresse."),
    )
    choice = forms.ChoiceField(choices=[(ACCEPT, ""), (DECLINE, "")], required=False, widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("choice"):
            raise forms.ValidationError(_("Choisissez : accepter ou décliner."))
        return cleaned

    @property
    def accepts(self) -> bool:
        return self.cleaned_data["choice"] == self.ACCEPT
