"""What a member chooses of what they receive."""

from collections.abc import Mapping, Sequence
from datetime import time

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import options
from notifications.kinds import Kind
from notifications.models import Channel, Choice, MailSettings
from notifications.pace import QUIET_FROM, QUIET_UNTIL
from notifications.services.preferences import ways

#: The choice of each kind by each channel.
Chosen = Mapping[str, Mapping[str, str]]

_MAIL = [
    (Choice.NOW, _("Tout de suite")),
    (Choice.DIGEST, _("Dans mon résumé")),
    (Choice.NEVER, _("Jamais")),
]
_BELL = [(Choice.NOW, _("Montrer")), (Choice.NEVER, _("Ne pas montrer"))]
_PUSH = [(Choice.NOW, _("Envoyer")), (Choice.NEVER, _("Ne pas envoyer"))]
#: What is shown where the kinds of a group differ; left so, each stays as it is.
_EACH_ITS_OWN = ("each", _("Au cas par cas"))
_CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class GroupForm(forms.Form):
    """How to hear of some kinds of things by each channel, of all of them at once."""

    mail = forms.ChoiceField(label=_("Par e-mail"), choices=_MAIL)
    bell = forms.ChoiceField(label=_("Sur le site"), choices=_BELL)
    push = forms.ChoiceField(label=_("Sur mes appareils"), choices=_PUSH)

    def __init__(self, *args, kinds: Sequence[Kind], chosen: Chosen, **kwargs):
        self.able = {channel: [kind for kind in kinds if channel in ways(kind)] for channel in Channel.values}
        shared = {channel: {chosen[kind.name][channel] for kind in able} for channel, able in self.able.items()}
        alike = {channel: choices.pop() for channel, choices in shared.items() if len(choices) == 1}
        super().__init__(*args, initial=dict.fromkeys(Channel.values, _EACH_ITS_OWN[0]) | alike, **kwargs)
        for channel, able in self.able.items():
            if not able:
                del self.fields[channel]
            elif channel not in alike:
                self.fields[channel].choices = [_EACH_ITS_OWN, *self.fields[channel].choices]

    def choices(self) -> dict[tuple[str, str], str]:
        """What changes, by kind and channel."""
        changed = {channel: self.cleaned_data[channel] for channel in self.changed_data}
        return {(kind.name, channel): choice for channel, choice in changed.items() for kind in self.able[channel]}


class KindForm(forms.Form):
    """The same of one kind, in less room."""

    mail = forms.ChoiceField(label=_("Par e-mail"), choices=_MAIL)
    bell = forms.BooleanField(label=_("Sur le site"), required=False)
    push = forms.BooleanField(label=_("Sur mes appareils"), required=False)

    def __init__(self, *args, kind: Kind, chosen: Chosen, **kwargs):
        said = chosen[kind.name]
        initial = {
            Channel.MAIL: said[Channel.MAIL],
            Channel.BELL: said[Channel.BELL] == Choice.NOW,
            Channel.PUSH: said[Channel.PUSH] == Choice.NOW,
        }
        super().__init__(*args, initial=initial, prefix=kind.name, **kwargs)
        self.kind = kind
        for channel in initial.keys() - set(ways(kind)):
            del self.fields[channel]

    def choices(self) -> dict[tuple[str, str], str]:
        """What changes, by kind and channel."""
        said = {True: Choice.NOW, False: Choice.NEVER}
        return {
            (self.kind.name, channel): said.get(self.cleaned_data[channel], self.cleaned_data[channel])
            for channel in self.changed_data
        }


class PaceForm(forms.Form):
    """How often, and at which hours, the member is written to."""

    digest = forms.ChoiceField(
        label=_("Mon résumé"),
        choices=options(MailSettings.Digest),
        widget=forms.RadioSelect,
        help_text=_("Ce qui peut attendre, en un seul message. Jamais vide."),
    )
    quiet_from = forms.TimeField(label=_("Silence à partir de"), widget=_CLOCK)
    quiet_until = forms.TimeField(label=_("Jusqu’à"), widget=_CLOCK)
    at_any_hour = forms.BooleanField(label=_("Écrivez-moi à toute heure"), required=False)

    def __init__(self, *args, settings: MailSettings, **kwargs):
        chosen = (settings.quiet_from, settings.quiet_until)
        is_quiet = None in chosen or chosen[0] != chosen[1]
        initial = {
            "digest": settings.digest,
            "quiet_from": settings.quiet_from if is_quiet and settings.quiet_from else QUIET_FROM,
            "quiet_until": settings.quiet_until if is_quiet and settings.quiet_until else QUIET_UNTIL,
            "at_any_hour": not is_quiet,
        }
        super().__init__(*args, initial=initial, **kwargs)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not cleaned.get("at_any_hour") and cleaned.get("quiet_from") == cleaned.get("quiet_until") is not None:
            self.add_error("quiet_until", _("Le silence doit durer. Pour n’en avoir aucun, cochez la case."))
        return cleaned

    @property
    def hours(self) -> tuple[time, time]:
        """From when until when; the same where no silence is asked for."""
        if self.cleaned_data["at_any_hour"]:
            return time(0), time(0)
        return self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
