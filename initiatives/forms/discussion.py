from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import options
from initiatives.models import Contribution
from moderation.forms import ScreenedFormMixin


class ReplyForm(ScreenedFormMixin, forms.ModelForm):
    """A reply to a contribution."""

    screened_fields = ("text",)

    class Meta:
        model = Contribution
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
        labels = {"text": _("Votre réponse")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # The database has it empty once it is erased.
        self.fields["text"].required = True


class ContributionForm(ReplyForm):
    """What somebody says of an initiative, and on which side."""

    class Meta(ReplyForm.Meta):
        fields = ["stance", "text"]
        widgets = ReplyForm.Meta.widgets | {"stance": forms.RadioSelect}
        labels = {"stance": _("Votre avis"), "text": _("Votre contribution")}
        help_texts = {"text": _("Ce que vous en pensez, et pourquoi. **Gras**, listes et liens sont possibles.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["stance"].choices = options(Contribution.Stance)
