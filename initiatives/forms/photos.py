"""Adding a picture, and saying what it shows."""

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from core.images import PictureField
from initiatives.models import Photo
from moderation.forms import ScreenedFormMixin

_SHOWN = _("Décrivez l’image : trois caractères au moins.")


class DescriptionForm(ScreenedFormMixin, forms.ModelForm):
    """What a picture shows, in words."""

    screened_fields = ("alternative",)

    class Meta:
        model = Photo
        fields = ["alternative"]
        labels = {"alternative": _("Ce que montre l’image")}
        help_texts = {
            "alternative": _(
                "Une phrase pour qui ne la voit pas : « Douze voisins plantent un pommier devant la gare ». "
                "Sans « image de »."
            )
        }
        widgets = {"alternative": forms.TextInput(attrs={"autocomplete": "off"})}
        error_messages = {"alternative": {"required": _("Dites ce que montre l’image, pour qui ne la voit pas.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["alternative"].validators.append(MinLengthValidator(3, _SHOWN))


class PhotoForm(DescriptionForm):
    """A picture, what it shows, and where it goes among `uses`; the words stay when the file is refused."""

    picture = PictureField()
    use = forms.ChoiceField(label=_("Où la montrer ?"), widget=forms.RadioSelect)

    field_order = ("picture", "alternative", "use")

    class Meta(DescriptionForm.Meta):
        fields = ["alternative"]

    def __init__(self, *args, uses: list[str], **kwargs):
        super().__init__(*args, **kwargs)
        labels = {
            Photo.Use.COVER: _("En tête de la page, et quand on la partage"),
            Photo.Use.TEXT: _("Dans la page, avec les autres images"),
            Photo.Use.OUTCOME: _("Avec ce qui en est sorti"),
        }
        self.fields["use"].choices = [(use, labels[use]) for use in uses]
        self.fields["use"].initial = uses[0]
        if len(uses) == 1:
            # Nothing to choose.
            self.fields["use"].required = False
            self.fields["use"].widget = forms.HiddenInput()

    def clean_use(self) -> str:
        return self.cleaned_data["use"] or self.fields["use"].initial
