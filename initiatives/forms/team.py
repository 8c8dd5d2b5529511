from django import forms
from django.utils.translation import gettext_lazy as _

from initiatives.models import AdoptionRequest, Initiative, Letter
from members.forms import EmailForm
from moderation.forms import ScreenedFormMixin


class InviteForm(EmailForm):
    """To whom the invitation leaves."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Adresse e-mail de la personne")
        self.fields["email"].help_text = _("Elle est effacée dès la réponse, au plus tard dans 14 jours.")
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].error_messages["required"] = _("Écrivez l’adresse de la personne que vous invitez.")


class PrivateForm(ScreenedFormMixin, forms.Form):
    """A text that one person or one team reads: only what the law plainly forbids is refused, nothing is queued."""

    screened_model = Initiative
    is_public = False


class LetterForm(PrivateForm):
    screened_fields = ("text",)

    text = forms.CharField(
        label=_("Votre message"),
        max_length=Letter._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": _("Écrivez votre message.")},
    )


class AdoptForm(PrivateForm):
    screened_fields = ("message",)

    message = forms.CharField(
        label=_("Pourquoi vous, et pour en faire quoi ?"),
        max_length=AdoptionRequest._meta.get_field("message").max_length,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Seule l’équipe du site le lit."),
        error_messages={"required": _("Dites en quelques mots ce que vous voulez en faire.")},
    )
