"""What a team says when its initiative ends."""

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from initiatives.forms.opening import TOO_SHORT
from initiatives.models import Initiative
from moderation.forms import ScreenedFormMixin


class _EndForm(ScreenedFormMixin, forms.ModelForm):
    """The first text says what came of it: nobody ends an initiative in silence."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].required = True
        self.fields["outcome"].validators.append(MinLengthValidator(20, TOO_SHORT))


class SucceededForm(_EndForm):
    """It reached what it was for: what changed, and what shows it."""

    screened_fields = ("outcome", "proof")

    class Meta:
        model = Initiative
        fields = ["outcome", "proof"]
        widgets = {"outcome": forms.Textarea(attrs={"rows": 7}), "proof": forms.Textarea(attrs={"rows": 4})}
        labels = {"outcome": _("Ce qui a changé"), "proof": _("Ce qui le montre")}
        help_texts = {
            "outcome": _("Qu’est-ce qui existe aujourd’hui et n’existait pas ? Pour qui ? Grâce à quoi ?"),
            "proof": _("Un article, une délibération, une page : l’adresse d’un lien suffit."),
        }


class ClosedForm(_EndForm):
    """It stops before that: why, and what others can learn from it."""

    screened_fields = ("outcome", "lessons")

    class Meta:
        model = Initiative
        fields = ["outcome", "lessons"]
        widgets = {"outcome": forms.Textarea(attrs={"rows": 5}), "lessons": forms.Textarea(attrs={"rows": 5})}
        labels = {"outcome": _("Pourquoi elle s’arrête"), "lessons": _("Ce que vous en avez appris")}
        help_texts = {
            "outcome": _("Vos soutiens le liront. Il n’y a pas de honte : la plupart des idées n’aboutissent pas."),
            "lessons": _("Que diriez-vous à qui recommencerait, ici ou ailleurs ?"),
        }
