from django import forms
from django.utils.translation import gettext_lazy as _

from initiatives.models.source import LONGEST_NAME


class SourceForm(forms.Form):
    """A link that a team names."""

    name = forms.CharField(
        label=_("Nom du lien"),
        max_length=LONGEST_NAME,
        help_text=_("Un lieu ou un groupe, jamais une personne. Exemple : marché du samedi"),
        error_messages={"required": _("Écrivez un nom : « marché », « facebook »…")},
    )
