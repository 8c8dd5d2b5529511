"""Forms whose texts meet the filter before anything is saved."""

import hashlib

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.filter import Ground, Outcome, Verdict, worst
from moderation.models import ModeratedContent
from moderation.services import (
    agree_to_show,
    contacts_of,
    may_ask_to_reread,
    own_contacts_of,
    record_refusal,
    refusal_of,
    screen_texts,
    why_not,
)

#: What the button that asks for a person sends with the form.
REREAD = "relire"
#: The question asked of whoever shows a telephone number or an address: whose is it?
WHOSE = "whose_contacts"
_TOO_MANY = _("Vous avez déjà demandé cinq relectures aujourd’hui : reprenez demain, ou changez ce passage.")


class ScreenedFormMixin:
    """Screens `screened_fields` when the form is cleaned: a refused text is an error on its field, and is logged.

    Stands before the form's class and takes the writer, `by=`. `verdicts` keeps what the filter said of each text.
    Texts that were not changed were screened when they were written, and are left alone. A plain form names as
    `screened_model` what its texts are for.

    Sent again with REREAD, a refused text passes: `receive` and `receive_edit`, which screen it too, keep it from
    everyone until a moderator has read it, and that is its writer's appeal.

    A text that shows a telephone number or an e-mail address comes back once with the question WHOSE: the writer's own
    is shown, once they said so; somebody else's is read by a moderator first.
    """

    screened_fields: tuple[str, ...] = ()
    screened_model: type[ModeratedContent] | None = None
    #: Whether anyone reads it, rather than those it is sent to.
    is_public: bool = True

    def __init__(self, *args, by: Member, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        self.screened_model = self.screened_model or self._meta.model
        self.verdicts: dict[str, Verdict] = {}

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome among the texts of this form."""
        return worst(self.verdicts.values()).outcome

    def clean(self):
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        if why := why_not(self.by, self._read_in(cleaned), is_public=self.is_public):
            # Nothing that was typed is lost; nothing of it is logged either.
            self.add_error(None, forms.ValidationError(why, code="may_not_write"))
            return cleaned
        texts = {
            name: cleaned[name] for name in self.screened_fields if cleaned.get(name) and name in self.changed_data
        }
        own_contacts = own_contacts_of(self.by, texts.values())
        self.verdicts = screen_texts(texts, own_contacts=own_contacts, is_new=True)
        self._ask_whose(texts, own_contacts)
        refused = {name: verdict for name, verdict in self.verdicts.items() if verdict.outcome is Outcome.REFUSE}
        if refused and not self._is_for_a_person(refused):
            for name, verdict in refused.items():
                self._refuse(name, verdict)
        return cleaned

    @property
    def asks_whose(self) -> bool:
        """Whether the question WHOSE stands in the form."""
        return WHOSE in self.fields

    def _ask_whose(self, texts: dict[str, str], own_contacts: tuple[str, ...]) -> None:
        """Ask of the contacts that these texts show, or hear the answer; it holds for the very contacts asked about."""
        exposed = [name for name, verdict in self.verdicts.items() if verdict.ground is Ground.EXPOSURE_OF_PERSON]
        contacts = [each for each in contacts_of(texts[name] for name in exposed) if each not in own_contacts]
        if not contacts or not self.is_public:
            return
        stamp = hashlib.sha256("\n".join(contacts).encode()).hexdigest()[:16]
        mine, another = f"mine-{stamp}", f"other-{stamp}"
        answer = self.data.get(self.add_prefix(WHOSE))
        if answer == mine:
            agree_to_show(self.by, contacts)
            theirs = {name: texts[name] for name in exposed}
            self.verdicts |= screen_texts(theirs, own_contacts=(*own_contacts, *contacts))
            return
        self.fields[WHOSE] = forms.ChoiceField(
            label=_("De quoi joindre une personne"),
            help_text=" · ".join(map(_spaced, contacts)),
            choices=[
                (mine, _("C’est à moi, et je veux le montrer à tout le monde.")),
                (another, _("C’est à quelqu’un d’autre : un modérateur lira d’abord.")),
            ],
            widget=forms.RadioSelect,
            initial=another if answer == another else None,
        )
        if answer != another:
            why = _("Votre texte le montre. Dites à qui c’est, puis envoyez de nouveau.")
            self.add_error(WHOSE, forms.ValidationError(why, code="whose"))

    @property
    def may_be_reread(self) -> bool:
        """Whether the filter refused something here that its writer may ask a person to read (GDPR, art. 22)."""
        return self.is_public and self.outcome is Outcome.REFUSE

    def _is_for_a_person(self, refused: dict[str, Verdict]) -> bool:
        """The writer asks that somebody read what was refused: it is saved, read by nobody else, and queued."""
        if not self.is_public or REREAD not in self.data:
            return False
        if not self.errors and not may_ask_to_reread(self.by):
            self.add_error(None, forms.ValidationError(_TOO_MANY, code="too_many"))
            return False
        for name, verdict in refused.items():
            if refusal_of(self.screened_model, verdict, by=self.by) is None:
                self._log(name, verdict)
        return True

    def _read_in(self, cleaned: dict) -> str | None:
        """The département for which this is written, when it is for one."""
        if commune := cleaned.get("commune"):
            return commune.department_id
        instance = getattr(self, "instance", None)
        return instance.department_code if isinstance(instance, ModeratedContent) else None

    def _refuse(self, name: str, verdict: Verdict) -> None:
        self._log(name, verdict)
        self.add_error(name, forms.ValidationError(explain(verdict), code="refused"))

    def _log(self, name: str, verdict: Verdict) -> None:
        instance = getattr(self, "instance", None)
        saved = instance if instance is not None and instance.pk else None
        # What was to be read by those it is sent to alone is kept by nobody.
        text = self.cleaned_data.get(name, "") if self.is_public else ""
        record_refusal(self.screened_model, verdict, by=self.by, content=saved, text=text)


def _spaced(contact: str) -> str:
    """A French number by pairs, as it is read out."""
    if not contact.isdecimal() or len(contact) != 10:
        return contact
    return "\u00a0".join(contact[place : place + 2] for place in range(0, 10, 2))


def explain(verdict: Verdict) -> str:
    """What the writer of a held back text is told: why, and on which ground."""
    if verdict.ground is None:
        return verdict.reason
    return _("%(reason)s Motif : %(ground)s (%(reference)s).") % {
        "reason": verdict.reason,
        "ground": verdict.ground.label,
        "reference": verdict.ground.reference,
    }
