import unicodedata

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members import consents, validators
from members.addresses import domain_of
from members.models import Consent, Member
from territories.forms import CommuneField

#: Characters of an address (RFC 5321) and of a domain (RFC 1035), and of the columns that hold them.
LONGEST_ADDRESS, LONGEST_DOMAIN = 254, 253

CODE_ATTRIBUTES = {
    "class": "code-input",
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "spellcheck": "false",
}


class DisplayNameField(forms.CharField):
    """A name in one line, its spaces made single."""

    def __init__(self, **kwargs):
        usual = {
            "label": _("Nom affiché"),
            "help_text": _("Ce que les autres lisent à côté de ce que vous écrivez. Un prénom suffit."),
            "max_length": 60,
            "widget": forms.TextInput(attrs={"autocomplete": "nickname"}),
            "error_messages": {"required": _("Écrivez le nom que les autres liront.")},
        }
        super().__init__(**usual | kwargs)

    def to_python(self, value: str | None) -> str:
        return " ".join(unicodedata.normalize("NFC", super().to_python(value)).split())


class EmailField(forms.EmailField):
    def __init__(self, **kwargs):
        super().__init__(
            label=_("Adresse e-mail"),
            max_length=LONGEST_ADDRESS,
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
            error_messages={
                "required": _("Écrivez votre adresse e-mail."),
                "invalid": _("Cette adresse n’est pas complète. Exemple : prenom@exemple.fr"),
            },
            **kwargs,
        )


class EmailForm(forms.Form):
    email = EmailField()

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        # Some letters become two in lower case, and a domain is kept as the network writes it.
        if len(email) > LONGEST_ADDRESS or len(domain_of(email)) > LONGEST_DOMAIN:
            raise ValidationError(self.fields["email"].error_messages["invalid"], code="invalid")
        return email


class SignInForm(EmailForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("Nous y envoyons un code. Il n’y a pas de mot de passe.")


class ChangeAddressForm(EmailForm):
    def __init__(self, *args, member: Member, **kwargs):
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["email"].label = _("Nouvelle adresse e-mail")
        self.fields["email"].help_text = _("Nous y envoyons un code : vous le tapez à la page suivante.")

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.member.email:
            raise ValidationError(_("C’est déjà votre adresse."), code="same")
        return email


class SignUpForm(EmailForm):
    display_name = DisplayNameField()
    home_commune = CommuneField(
        label=_("Votre commune"),
        required=False,
        help_text=_("Pour vous montrer ce qui se passe près de chez vous. Vous pouvez l’écrire plus tard."),
    )
    consent = forms.BooleanField(
        error_messages={"required": _("Cochez cette case pour vous inscrire : nous ne gardons rien sans votre accord.")}
    )
    digest = forms.BooleanField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.text = consents.CURRENT[Consent.Purpose.USE]
        self.fields["consent"].label = str(self.text)
        self.digest_text = consents.CURRENT[Consent.Purpose.DIGEST]
        self.fields["digest"].label = str(self.digest_text)
        self.fields["email"].help_text = _("Personne ne la voit. Nous y envoyons un code, puis ce que vous demandez.")

    def clean_display_name(self) -> str:
        validators.display_name(self.cleaned_data["display_name"])
        return self.cleaned_data["display_name"]

    def answers(self) -> dict:
        """What waits in the session until the address is proved."""
        commune = self.cleaned_data["home_commune"]
        return {
            "display_name": self.cleaned_data["display_name"],
            "home_commune": commune.pk if commune else None,
            "consent": self.text.version,
            "digest": self.digest_text.version if self.cleaned_data["digest"] else "",
        }


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code reçu par e-mail"),
        max_length=100,
        widget=forms.TextInput(attrs=CODE_ATTRIBUTES),
        help_text=_("Huit chiffres. Vous pouvez le coller, avec ou sans espaces."),
        error_messages={"required": _("Écrivez le code reçu par e-mail.")},
    )


class SettingsForm(forms.ModelForm):
    display_name = DisplayNameField()
    home_commune = CommuneField(
        label=_("Votre commune"),
        required=False,
        help_text=_("Pour vous montrer ce qui se passe près de chez vous."),
    )

    class Meta:
        model = Member
        fields = ["display_name", "home_commune"]

    def clean_display_name(self) -> str:
        """Who keeps their name is not asked about it: rules change, and staff may bear what others may not."""
        name = self.cleaned_data["display_name"]
        if name != self.instance.display_name:
            validators.display_name(name)
        return name


# --- The second factor: allauth's forms in our words ---


class ApplicationCode(forms.Form):
    """A code of six digits read on a telephone, or a recovery code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code de l’application")
        field.max_length = 100
        field.widget.attrs = CODE_ATTRIBUTES
        field.error_messages["required"] = _("Écrivez le code.")


class SecondFactorForm(ApplicationCode, AuthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Les six chiffres de votre application, ou un code de secours.")


class ConfirmSecondFactorForm(ApplicationCode, ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Les six chiffres de votre application, ou un code de secours.")


class ActivateApplicationForm(ApplicationCode, ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("Les six chiffres que l’application affiche maintenant.")


class KeyName(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Nom de la clé")
        self.fields["name"].help_text = _("Pour la reconnaître : « mon téléphone », « clé du bureau ».")
        self.fields["name"].max_length = 60


class AddKeyForm(KeyName, AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].label = _("Me connecter avec cette clé seule")
        self.fields["passwordless"].help_text = _(
            "Sans code par e-mail. La clé demande alors votre empreinte, votre visage ou son code."
        )


class EditKeyForm(KeyName, EditWebAuthnForm):
    pass
