"""The one table of what each kind of event begins with: a title, hours, and what there is to prepare."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from events.models import Event
from initiatives.models import Initiative
from territories.models import Commune

_LONGEST_TITLE = Event._meta.get_field("title").max_length


@dataclass(frozen=True)
class Preset:
    """What is proposed when this kind is chosen; whoever posts changes all of it.

    `named` is the title where no place is known; in `placed`, `{in}` is « à Vitré » and `{of}` « de Vitré ».
    """

    about: str | Promise
    named: str | Promise
    placed: str | Promise
    starts: time
    minutes: int
    to_prepare: tuple[str | Promise, ...]

    def title(self, *, initiative: Initiative | None = None, commune: Commune | None = None) -> str:
        """That of its initiative, else of its commune."""
        if initiative is not None:
            said = _now("%(kind)s : %(title)s") % {"kind": self.named, "title": initiative.title}
            return Truncator(said).chars(_LONGEST_TITLE)
        if commune is not None:
            return str(self.placed).format_map({"in": commune.said_in, "of": commune.said_of})[:_LONGEST_TITLE]
        return str(self.named)

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @property
    def ends(self) -> time:
        """The hour that clocks show when it has lasted as long as such events usually do."""
        return (datetime.combine(datetime.min, self.starts) + self.length).time()

    @property
    def checklist(self) -> str:
        """One thing to prepare on each line."""
        return "\n".join(str(thing) for thing in self.to_prepare)


_ROOM = _("Réserver la salle")
_POSTERS = _("Imprimer et coller les affiches")
_WELCOME = _("Trouver deux personnes pour l’accueil")
_PHOTO = _("Trouver qui prendra une photo")

PRESETS: dict[str, Preset] = {
    Event.Kind.MEETING: Preset(
        about=_("Présenter un projet, écouter, décider ensemble de la suite."),
        named=_("Réunion publique"),
        placed=_("Réunion publique {in}"),
        starts=time(18, 30),
        minutes=120,
        to_prepare=(_ROOM, _("Prévenir la mairie"), _POSTERS, _WELCOME, _("Écrire l’ordre du jour"), _PHOTO),
    ),
    Event.Kind.DOOR_TO_DOOR: Preset(
        about=_("Aller deux par deux à la rencontre des habitants d’une rue."),
        named=_("Porte-à-porte"),
        placed=_("Porte-à-porte {in}"),
        starts=time(17, 30),
        minutes=120,
        to_prepare=(
            _("Choisir les rues et les partager"),
            _("Écrire trois questions à poser"),
            _("Former les équipes de deux"),
            _("Fixer le point de retour"),
        ),
    ),
    Event.Kind.CLEANUP: Preset(
        about=_("Nettoyer un lieu qui en a besoin, et montrer ce qu’on a ramassé."),
        named=_("Grand nettoyage"),
        placed=_("Grand nettoyage {in}"),
        starts=time(9, 30),
        minutes=180,
        to_prepare=(
            _("Demander l’accord de la commune"),
            _("Réunir gants, pinces et sacs"),
            _("Savoir où porter ce qui sera ramassé"),
            _("Prévoir de l’eau et une trousse de secours"),
            _PHOTO,
        ),
    ),
    Event.Kind.DEBATE: Preset(
        about=_("Confronter des avis sur une question, avec une règle de parole."),
        named=_("Débat"),
        placed=_("Débat {in}"),
        starts=time(19, 0),
        minutes=120,
        to_prepare=(
            _ROOM,
            _("Trouver qui anime et qui note"),
            _("Inviter des avis différents"),
            _("Écrire la question du débat"),
            _POSTERS,
        ),
    ),
    Event.Kind.WORKSHOP: Preset(
        about=_("Fabriquer, réparer ou apprendre quelque chose à plusieurs."),
        named=_("Atelier"),
        placed=_("Atelier {in}"),
        starts=time(14, 0),
        minutes=120,
        to_prepare=(_ROOM, _("Réunir le matériel"), _("Compter les places"), _WELCOME),
    ),
    Event.Kind.WALK: Preset(
        about=_("Parcourir un lieu ensemble et relever ce qu’on y voit."),
        named=_("Balade"),
        placed=_("Balade {in}"),
        starts=time(14, 30),
        minutes=150,
        to_prepare=(
            _("Repérer le parcours, et qui peut le suivre"),
            _("Fixer le point de départ"),
            _("Prévoir un repli s’il pleut"),
            _PHOTO,
        ),
    ),
    Event.Kind.MARKET: Preset(
        about=_("Tenir une table sur un marché, parler et noter."),
        named=_("Un stand sur le marché"),
        placed=_("Un stand sur le marché {of}"),
        starts=time(9, 0),
        minutes=210,
        to_prepare=(
            _("Demander l’emplacement à la mairie"),
            _("Apporter table, chaises et de quoi noter"),
            _("Imprimer de quoi lire"),
            _("Se relayer : un tour par heure"),
        ),
    ),
    Event.Kind.ONLINE: Preset(
        about=_("Se parler par l’écran, d’où que l’on soit."),
        named=_("Rencontre en ligne"),
        placed=_("Rencontre en ligne"),
        starts=time(20, 30),
        minutes=60,
        to_prepare=(
            _("Ouvrir le salon et essayer le lien"),
            _("Donner le lien sur la page"),
            _("Trouver qui anime et qui note"),
        ),
    ),
}
