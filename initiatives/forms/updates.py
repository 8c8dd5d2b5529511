from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from initiatives.forms.opening import TOO_SHORT
from initiatives.models import Update
from moderation.forms import ScreenedFormMixin


class UpdateForm(ScreenedFormMixin, forms.ModelForm):
    """What the organisers tell their supporters."""

    screened_fields = Update.screened_fields

    class Meta:
        model = Update
        fields = ["title", "text"]
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "text": forms.Textarea(attrs={"rows": 9}),
        }
        labels = {"title": _("Titre"), "text": _("Votre nouvelle")}
        help_texts = {
            "title": _("Vos soutiens le lisent en premier : « La mairie nous prête le terrain »."),
            "text": _(
                "Ce qui s’est passé, ce qui vient, ce que chacun peut faire. **Gras**, listes et liens possibles."
            ),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].validators.append(MinLengthValidator(5, TOO_SHORT))
        self.fields["text"].validators.append(MinLengthValidator(20, TOO_SHORT))

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.screened_fields}
