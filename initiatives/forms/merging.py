from django import forms
from django.utils.translation import gettext_lazy as _


class OtherForm(forms.Form):
    """The initiative that one would join: by its words, or by its address."""

    q = forms.CharField(
        label=_("Laquelle ?"),
        required=False,
        max_length=300,
        help_text=_("Des mots de son titre, ou l’adresse de sa page."),
    )
