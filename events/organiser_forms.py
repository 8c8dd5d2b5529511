"""What organisers write: to those who come, and of what happened."""

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from core.images import PictureField
from events.models import EventMessage, EventPhoto, EventReport
from moderation.forms import ScreenedFormMixin

_TOO_SHORT = _("C’est trop court : une phrase au moins.")


class MessageForm(ScreenedFormMixin, forms.ModelForm):
    """A message to those who come, and to those who wait when there are any."""

    screened_fields = EventMessage.screened_fields
    is_public = False

    class Meta:
        model = EventMessage
        fields = ["text", "to_waiting"]
        labels = {"text": _("Votre message")}
        help_texts = {
            "text": _(
                "Ce qu’il faut apporter, un changement de dernière minute, un merci. Deux messages par jour au plus."
            )
        }
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        error_messages = {"text": {"required": _("Écrivez votre message.")}}

    def __init__(self, *args, has_waiting: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators.append(MinLengthValidator(10, _TOO_SHORT))
        if not has_waiting:
            del self.fields["to_waiting"]

    @property
    def to_waiting(self) -> bool:
        return self.cleaned_data.get("to_waiting", False)


class ReportForm(ScreenedFormMixin, forms.ModelForm):
    """How many came, and what happened."""

    screened_fields = EventReport.screened_fields

    class Meta:
        model = EventReport
        fields = ["turnout", "text"]
        labels = {"turnout": _("Combien étiez-vous ?"), "text": _("Ce qui s’est passé")}
        help_texts = {
            "turnout": _("À peu près, vous compris."),
            "text": _(
                "Deux phrases suffisent : ce que vous avez fait, ce qui a été décidé, la suite. "
                "Ne nommez personne sans son accord."
            ),
        }
        widgets = {
            "turnout": forms.NumberInput(attrs={"inputmode": "numeric", "min": 0}),
            "text": forms.Textarea(attrs={"rows": 7}),
        }
        error_messages = {"text": {"required": _("Dites en deux phrases ce qui s’est passé.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].validators.append(MinLengthValidator(20, _TOO_SHORT))

    @property
    def texts(self) -> dict[str, str]:
        return {"text": self.cleaned_data["text"]}


class EventPhotoForm(ScreenedFormMixin, forms.ModelForm):
    """A picture of what happened, and what it shows; the words stay when the file is refused."""

    screened_fields = EventPhoto.screened_fields

    picture = PictureField(label=_("Photo"))

    field_order = ("picture", "alternative")

    class Meta:
        model = EventPhoto
        fields = ["alternative"]
        labels = {"alternative": _("Ce que montre la photo")}
        help_texts = {
            "alternative": _(
                "Une phrase pour qui ne la voit pas : « Douze voisins plantent un pommier devant la gare ». "
                "Les personnes que l’on reconnaît doivent être d’accord."
            )
        }
        widgets = {"alternative": forms.TextInput(attrs={"autocomplete": "off"})}
        error_messages = {"alternative": {"required": _("Dites ce que montre la photo, pour qui ne la voit pas.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        least = MinLengthValidator(3, _("Décrivez la photo : trois caractères au moins."))
        self.fields["alternative"].validators.append(least)


class FirstPhotoForm(EventPhotoForm):
    """The same beside the report itself, where there may be none."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self):
        cleaned = super().clean()
        required = self.fields["alternative"].error_messages["required"]
        if cleaned.get("picture") and not cleaned.get("alternative") and "alternative" not in self.errors:
            self.add_error("alternative", forms.ValidationError(required, code="required"))
        return cleaned
