"""What those who carry an initiative are asked to do next: {% load main_act %}{{ initiative|main_act }}."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from initiatives.models import Initiative

register = template.Library()
State = Initiative.State

#: One for each state: the name of a page that takes the initiative's address, and the words of its button.
_ACTS: dict[str, tuple[str, Promise]] = {
    State.DRAFT: ("initiative_resume", _("Reprendre")),
    State.PREPARING: ("initiative_first_five", _("Réunir les cinq premiers")),
    State.SUBMITTED: ("initiative_photos", _("Ajouter des images en attendant")),
    State.PUBLISHED: ("initiative_update_write", _("Écrire à vos soutiens")),
    State.SUCCEEDED: ("initiative_outcome", _("Compléter le récit")),
    State.CLOSED: ("initiative_outcome", _("Compléter le récit")),
    State.ARCHIVED: ("initiative_alive", _("La réveiller")),
}


@dataclass(frozen=True)
class MainAct:
    """A link: where it leads, and its words."""

    address: str
    words: Promise


@register.filter
def main_act(initiative: Initiative) -> MainAct | None:
    """The one act of this state; None while the initiative is withheld, or once it joined another."""
    if initiative.withheld_at or initiative.merged_into_id:
        return None
    page, words = _ACTS[initiative.state]
    return MainAct(reverse(page, args=[initiative.slug]), words)
