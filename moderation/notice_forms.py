"""What is typed to report a content, in three steps, and to contest a decision."""

from django import forms
from django.core.validators import MinLengthValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.proof import ProofMixin
from members.models import Member
from moderation.filter import Ground
from moderation.models import ModeratedContent, Notice
from moderation.wrongs import CHOICES, DISAGREE

#: The fields of each step, in order.
STEPS = (("wrong",), ("about", "passage", "explanation"), ("name", "email", "anonymous", "good_faith"))
TOO_SHORT = _("Dites-en un peu plus : %(limit_value)d caractères au moins, il y en a %(show_value)d.")


class NoticeForm(ProofMixin, forms.Form):
    """The three steps of a notice, of which the fields up to `step` are read.

    `member` is who sends it, None for a visitor, whose name and address are asked; not for what concerns minors (DSA,
    art. 16, 2 c). `kept` is all that was typed in the steps that are not shown. Without `is_checked`, a step is shown
    as it was typed and nothing is said of it.
    """

    wrong = forms.ChoiceField(
        label=_("Qu’est-ce qui ne va pas ?"),
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez ce qui ne va pas.")},
    )
    about = forms.ChoiceField(
        label=_("Qu’est-ce qui est en cause ?"),
        choices=[
            (Notice.About.CONTENT, _("Ce qui est écrit ou montré")),
            (Notice.About.NAME, _("Le nom affiché de la personne")),
        ],
        initial=Notice.About.CONTENT,
        widget=forms.RadioSelect,
    )
    passage = forms.CharField(
        label=_("Quel passage ?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Recopiez-le si le texte est long : nous le trouverons plus vite."),
    )
    explanation = forms.CharField(
        label=_("Pourquoi est-ce interdit, selon vous ?"),
        max_length=3000,
        validators=[MinLengthValidator(20, TOO_SHORT)],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Quelques phrases suffisent. L’auteur ne saura jamais qui l’a signalé."),
    )
    name = forms.CharField(label=_("Votre nom"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Votre adresse e-mail"),
        help_text=_("Nous vous y envoyons la référence, puis la décision."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    anonymous = forms.BooleanField(
        label=_("Ne joignez pas mon nom : je ne recevrai pas de réponse par e-mail"), required=False
    )
    good_faith = forms.BooleanField(
        label=_("Je crois de bonne foi que ce que je signale est exact et complet."),
        error_messages={"required": _("Cochez cette case : la loi demande cette déclaration.")},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        content: ModeratedContent,
        member: Member | None,
        step: int,
        is_checked: bool = True,
        needs_proof: bool = False,
    ):
        if is_checked:
            super().__init__(data, needs_proof=needs_proof)
        else:
            super().__init__(initial=dict(data.items()) if data else None, needs_proof=needs_proof)
        self.content, self.member, self.step = content, member, step
        self.typed = data or QueryDict()
        if content.author_id is None:
            del self.fields["about"]
        is_nameless = self.typed.get("wrong") == Ground.CHILD_ABUSE_MATERIAL
        if member is not None:
            del self.fields["name"], self.fields["email"]
        elif is_nameless:
            self.fields["name"].required = self.fields["email"].required = False
            self.fields["email"].help_text = _("Sans adresse, gardez la référence : la page suivante la donne.")
        if member is None or not is_nameless:
            del self.fields["anonymous"]
        for name in [name for names in STEPS[step:] for name in names]:
            self.fields.pop(name, None)

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields of the last step that is read."""
        return [self[name] for name in STEPS[self.step - 1] if name in self.fields]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What was typed in the other steps, to be sent again with this one. The statement is made each time."""
        others = {name for names in STEPS for name in names} - set(STEPS[self.step - 1]) - {"good_faith"}
        return [(name, self.typed[name]) for name in sorted(others) if self.typed.get(name)]

    @property
    def wrong_groups(self) -> list[tuple[str, list[forms.boundfield.BoundWidget]]]:
        """What may be wrong, by groups of one legend each: Django's own groups have none."""
        by_value = {str(choice.data["value"]): choice for choice in self["wrong"].subwidgets}
        return [(group, [by_value[value] for value, _words in choices]) for group, choices in CHOICES]

    @property
    def first_refused(self) -> int:
        """The step of the first field that is to be mended."""
        return next(
            (number for number, names in enumerate(STEPS, start=1) if any(name in self.errors for name in names)),
            self.step,
        )

    @property
    def disagrees(self) -> bool:
        return self.cleaned_data["wrong"] == DISAGREE


class AppealForm(forms.Form):
    """Why a decision is contested. Moderators alone read it."""

    text = forms.CharField(
        label=_("Pourquoi contestez-vous cette décision ?"),
        max_length=3000,
        validators=[MinLengthValidator(10, TOO_SHORT)],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Une autre personne que celle qui a décidé vous lit. Personne d’autre."),
    )
