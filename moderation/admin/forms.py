"""What a moderator types to decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation import services
from moderation.models import GROUNDS, Case, Decision


class ReasonForm(forms.Form):
    """Why: the sentence is logged and sent to the author."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Une ou deux phrases : elles sont inscrites au journal et envoyées à l’auteur."),
    )


class DecisionForm(ReasonForm):
    """What a moderator decides on a case. The buttons say which verb, and whether only the message is wanted."""

    field_order = ("ground", "reason")

    ground = forms.ChoiceField(
        label=_("Motif"),
        required=False,
        choices=[("", _("— Aucun : le texte est licite —")), *GROUNDS],
        help_text=_("Obligatoire pour retirer ou refuser."),
    )
    verb = forms.ChoiceField(choices=[("publish", ""), ("withhold", ""), ("reject", "")], required=False)
    preview = forms.ChoiceField(choices=[("publish", ""), ("withhold", ""), ("reject", "")], required=False)
    seen = forms.CharField(max_length=64)

    def clean(self):
        cleaned = super().clean()
        wanted = cleaned.get("verb") or cleaned.get("preview")
        if not wanted:
            raise forms.ValidationError(_("Choisissez une décision."))
        if wanted in ("withhold", "reject") and not cleaned.get("ground"):
            self.add_error("ground", _("Choisissez le motif sur lequel ce texte est écarté."))
        if wanted == "publish":
            cleaned["ground"] = ""
        return cleaned

    @property
    def is_preview(self) -> bool:
        return not self.cleaned_data["verb"]

    def decide(self, case: Case, *, by: Member) -> Decision:
        """Raises DecisionRefused."""
        given = {"by": by, "reason": self.cleaned_data["reason"], "seen": self.cleaned_data["seen"]}
        match self.cleaned_data["verb"]:
            case "publish":
                return services.publish(case, **given)
            case "withhold":
                return services.withhold(case, ground=self.cleaned_data["ground"], **given)
        return services.reject_edit(case, ground=self.cleaned_data["ground"], **given)

    def kind(self, case: Case) -> str:
        """The message that this decision sends."""
        match self.cleaned_data["verb"] or self.cleaned_data["preview"]:
            case "publish":
                return "edit_published" if case.is_edit else "content_published"
            case "withhold":
                return "content_withheld"
        return "edit_rejected"


class GroundedForm(ReasonForm):
    field_order = ("ground", "reason")

    ground = forms.ChoiceField(label=_("Motif"), choices=[("", _("— Choisissez —")), *GROUNDS])
