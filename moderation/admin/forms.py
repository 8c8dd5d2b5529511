"""What a moderator types to decide."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation import services
from moderation.models import GROUNDS, Case, Decision, ModeratedContent, ReasonTemplate
from moderation.services.statements import what_is_personal

#: What restricts and needs a ground; what may be decided for a time.
_RESTRICTIONS = ("withhold", "remove", "label", "reject")
_FOR_A_TIME = ("withhold", "label")
#: What the author is told.
_MESSAGES = {
    "publish": "content_published",
    "withhold": "content_withheld",
    "remove": "content_removed",
    "label": "content_labelled",
    "reject": "edit_rejected",
}
_VERBS = [(verb, "") for verb in ("publish", *_RESTRICTIONS)]


class ReasonForm(forms.Form):
    """Why: the sentence is logged and sent to the author."""

    reason = forms.CharField(
        label=_("Raison"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Une ou deux phrases : elles sont inscrites au journal et envoyées à l’auteur."),
    )


class GroundedForm(ReasonForm):
    field_order = ("ground", "reason")

    ground = forms.ChoiceField(label=_("Motif"), choices=[("", _("— Choisissez —")), *GROUNDS])


class DecisionForm(ReasonForm):
    """What a moderator decides on a case. The buttons say which verb, and whether only the message is wanted.

    `author`, when the content has one: their name and address have no place in public facts.
    """

    field_order = ("ground", "reason", "facts", "label", "days")

    ground = forms.ChoiceField(
        label=_("Motif"),
        required=False,
        choices=[("", _("— Aucun : le texte est licite —")), *GROUNDS],
        help_text=_("Obligatoire pour retirer, refuser ou mettre une mention."),
    )
    facts = forms.CharField(
        label=_("Faits"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Ce que fait le texte, sans nom ni coordonnées : tout le monde peut lire l’exposé des motifs."),
    )
    label = forms.CharField(
        label=_("Mention"),
        required=False,
        max_length=200,
        help_text=_("Seulement pour « Mettre une mention » : ce que liront tous les lecteurs, au-dessus du texte."),
    )
    days = forms.TypedChoiceField(
        label=_("Durée"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("sans terme")), ("7", _("7 jours")), ("30", _("30 jours")), ("90", _("90 jours"))],
        help_text=_("Pour retirer ou mettre une mention : la décision prend fin d’elle-même, et l’auteur l’apprend."),
    )
    verb = forms.ChoiceField(choices=_VERBS, required=False)
    preview = forms.ChoiceField(choices=_VERBS, required=False)
    seen = forms.CharField(max_length=64)
    taking_over = forms.BooleanField(required=False)

    def __init__(self, *args, author: Member | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.author = author

    def clean_facts(self) -> str:
        facts = self.cleaned_data["facts"]
        if personal := what_is_personal(facts, author=self.author):
            raise forms.ValidationError(
                _("Les faits sont publics. Enlevez ce qui désigne quelqu’un : %(passages)s."),
                params={"passages": ", ".join(f"« {passage} »" for passage in personal)},
            )
        return facts

    def clean(self):
        cleaned = super().clean()
        wanted = cleaned.get("verb") or cleaned.get("preview")
        if not wanted:
            raise forms.ValidationError(_("Choisissez une décision."))
        if wanted in _RESTRICTIONS and not cleaned.get("ground"):
            self.add_error("ground", _("Choisissez le motif sur lequel ce texte est restreint."))
        if wanted == "label" and not cleaned.get("label", "").strip():
            self.add_error("label", _("Écrivez la mention que liront les lecteurs."))
        if wanted == "publish":
            cleaned["ground"] = ""
        if wanted not in _FOR_A_TIME:
            cleaned["days"] = None
        return cleaned

    @property
    def is_preview(self) -> bool:
        return not self.cleaned_data["verb"]

    @property
    def wanted(self) -> str:
        return self.cleaned_data["verb"] or self.cleaned_data["preview"]

    def decide(self, case: Case, *, by: Member) -> Decision:
        """Raises DecisionRefused."""
        cleaned = self.cleaned_data
        given = {name: cleaned[name] for name in ("reason", "facts", "seen", "taking_over")} | {"by": by}
        match cleaned["verb"]:
            case "publish":
                return services.publish(case, **given)
            case "withhold":
                return services.withhold(case, ground=cleaned["ground"], until=self._until, **given)
            case "remove":
                return services.remove(case, ground=cleaned["ground"], **given)
            case "label":
                return services.label(
                    case, ground=cleaned["ground"], label=cleaned["label"], until=self._until, **given
                )
        return services.reject_edit(case, ground=cleaned["ground"], **given)

    @property
    def _until(self):
        days = self.cleaned_data.get("days")
        return timezone.now() + timedelta(days=days) if days else None

    def kind(self, case: Case) -> str:
        """The message that this decision sends."""
        return "edit_published" if case.is_edit and self.wanted == "publish" else _MESSAGES[self.wanted]

    def message_context(self, content: ModeratedContent, *, detected: bool = False) -> dict:
        """What that message says."""
        return services.decision_context(
            content,
            ground=self.cleaned_data["ground"],
            reason=self.cleaned_data["reason"],
            detected=detected,
            until=self._until,
            label=self.cleaned_data.get("label", ""),
        ) | services.links_to_come(self.wanted)


class ContentForm(DecisionForm):
    """A decision on any content, by its own page: the address says which verb."""

    field_order = ("ground", "reason", "facts", "label", "days")

    verb = preview = seen = taking_over = None

    def __init__(self, *args, wanted: str, **kwargs):
        super().__init__(*args, **kwargs)
        self._wanted = wanted
        self.fields["ground"].required = True
        if wanted == "label":
            self.fields["label"].required = True
        else:
            del self.fields["label"]
        if wanted not in _FOR_A_TIME:
            del self.fields["days"]

    @classmethod
    def given(cls, verb: str, content: ModeratedContent) -> dict:
        """What it is made with."""
        return {"wanted": verb, "author": content.author}

    def clean(self):
        return forms.Form.clean(self)

    @property
    def wanted(self) -> str:
        return self._wanted

    def act(self, content: ModeratedContent, *, by: Member) -> Decision:
        """Raises DecisionRefused."""
        cleaned = self.cleaned_data
        given = {name: cleaned[name] for name in ("ground", "reason", "facts")} | {"by": by}
        match self._wanted:
            case "remove":
                return services.remove(content, **given)
            case "label":
                return services.label(content, label=cleaned["label"], until=self._until, **given)
        return services.withhold(content, until=self._until, **given)

    def kind(self, content: ModeratedContent) -> str:
        return _MESSAGES[self._wanted]


class RestoreForm(ReasonForm):
    @classmethod
    def given(cls, verb: str, content: ModeratedContent) -> dict:
        return {}

    def act(self, content: ModeratedContent, *, by: Member) -> Decision:
        """Raises DecisionRefused."""
        return services.restore(content, by=by, reason=self.cleaned_data["reason"])

    def kind(self, content: ModeratedContent) -> str:
        return "content_restored" if content.withheld_at else "label_lifted"

    def message_context(self, content: ModeratedContent) -> dict:
        return services.decision_context(content, reason=self.cleaned_data["reason"])


class ChosenReasonForm(forms.Form):
    """A ready reason that a moderator chose; what they had typed in other fields stays."""

    template = forms.ModelChoiceField(ReasonTemplate.objects)

    def fill(self, typed: dict) -> dict:
        """What the form of the decision shows then."""
        chosen = self.cleaned_data["template"]
        return {name: typed.get(name, "") for name in ("days", "label")} | {
            "ground": chosen.ground,
            "reason": chosen.reason,
            "facts": chosen.facts,
            **({"label": chosen.label} if chosen.label else {}),
        }


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Laisser une note aux autres modérateurs"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Elle reste avec le cas. Ni l’auteur ni les personnes qui signalent ne la lisent."),
    )


class ManyForm(GroundedForm):
    """One decision on many cases."""

    field_order = ("verb", "ground", "reason", "facts")

    verb = forms.ChoiceField(
        label=_("Décision"),
        choices=[
            ("", _("— Choisissez —")),
            ("publish", _("Publier, ou accepter la modification")),
            ("withhold", _("Retirer, ou refuser la modification")),
            ("remove", _("Retirer définitivement, ou refuser la modification")),
        ],
    )
    ground = forms.ChoiceField(
        label=_("Motif"), required=False, choices=[("", _("— Aucun : les textes sont licites —")), *GROUNDS]
    )
    facts = DecisionForm.base_fields["facts"]

    def clean_facts(self) -> str:
        facts = self.cleaned_data["facts"]
        if what_is_personal(facts, author=None):
            raise forms.ValidationError(_("Les faits sont publics. Enlevez ce qui désigne quelqu’un."))
        return facts

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("verb") in _RESTRICTIONS and not cleaned.get("ground"):
            self.add_error("ground", _("Choisissez le motif sur lequel ces textes sont restreints."))
        return cleaned

    def decide(self, case: Case, *, by: Member, seen: str) -> Decision:
        """Raises DecisionRefused."""
        cleaned = self.cleaned_data
        given = {"by": by, "reason": cleaned["reason"], "facts": cleaned["facts"], "seen": seen}
        if cleaned["verb"] == "publish":
            return services.publish(case, **given)
        verb = services.reject_edit if case.is_edit else getattr(services, cleaned["verb"])
        return verb(case, ground=cleaned["ground"], **given)
