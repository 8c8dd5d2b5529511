"""What is counted, in words: the pages, the files and the data dictionary all print it from here.

A number is counted for a day of France, as it stood when that day ended. `is_dated` says that rows keep the date of
what it counts: it can be counted again for a day that is over, less what was erased since. The others are known only
in the night that follows. How each is counted is in `figures.counting`, under the same key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

#: A text of gettext_lazy.
Text = object


class Unit(StrEnum):
    PEOPLE = "people"
    THINGS = "things"
    SECONDS = "seconds"
    CENTS = "cents"


@dataclass(frozen=True)
class Number:
    """One number of a snapshot."""

    key: str
    label: Text
    definition: Text
    unit: Unit = Unit.THINGS
    is_dated: bool = True
    #: The key of the number of which this one is a part; the page shows the share.
    part_of: str = ""
    #: « des initiatives lancées »: as the share of a part is said.
    of_it: Text = ""
    #: The key of a number of people that this one would tell, when that one is hidden.
    would_tell: str = ""
    #: One to four are not told although they are of the whole country: so few could be recognised.
    is_of_few: bool = False

    @property
    def hides_few(self) -> bool:
        return self.is_of_few or self.unit == Unit.PEOPLE


@dataclass(frozen=True)
class Topic:
    """Numbers that are read together: the one that one would show, and the others without which it would flatter."""

    slug: str
    title: Text
    #: The sentence under the title.
    lead: Text
    numbers: tuple[Number, ...]
    #: What these numbers do not say.
    limits: Text
    #: Those that the curve shows; all of them when it is empty.
    drawn: tuple[str, ...] = ()

    @property
    def curves(self) -> tuple[Number, ...]:
        return tuple(number for number in self.numbers if not self.drawn or number.key in self.drawn)


TOPICS = (
    Topic(
        slug="membres",
        title=_("Membres"),
        lead=_("Combien ont un compte, et combien sont venus ces trente derniers jours."),
        numbers=(
            Number(
                "members_registered",
                _("membres inscrits"),
                _(
                    "Comptes dont l’adresse est confirmée, ni fermés ni suspendus. Qui confirme un soutien en a un, "
                    "sans mot de passe."
                ),
                Unit.PEOPLE,
                of_it=_("des membres inscrits"),
            ),
            Number(
                "members_active",
                _("actifs en trente jours"),
                _(
                    "Membres inscrits dont le dernier jour de visite, connectés ou en confirmant un soutien ou une "
                    "venue, est l’un des trente derniers."
                ),
                Unit.PEOPLE,
                is_dated=False,
                part_of="members_registered",
            ),
        ),
        limits=_(
            "Un compte effacé ne compte plus : pour un jour passé, un recompte ne le retrouverait pas. Du dernier jour "
            "d’activité, le site ne garde que la date."
        ),
    ),
    Topic(
        slug="initiatives",
        title=_("Initiatives"),
        lead=_("Où en sont celles qui ont été lancées, y compris celles que personne n’a rejointes."),
        numbers=(
            Number(
                "initiatives_launched",
                _("initiatives lancées"),
                _("Initiatives que leur auteur a soumises à de premiers soutiens, quoi qu’il en soit advenu."),
                of_it=_("des initiatives lancées"),
            ),
            Number(
                "initiatives_gathering",
                _("en préparation"),
                _(
                    "Lancées, pas encore publiques : elles cherchent leurs premiers soutiens ou attendent d’être "
                    "relues."
                ),
                part_of="initiatives_launched",
            ),
            Number(
                "initiatives_running",
                _("initiatives en cours"),
                _("Publiques, et dont la fin n’a pas été dite."),
                part_of="initiatives_launched",
            ),
            Number(
                "initiatives_ended",
                _("terminées"),
                _("Publiques, puis abouties, closes ou archivées."),
                part_of="initiatives_launched",
                of_it=_("des initiatives terminées"),
            ),
            Number(
                "initiatives_never_public",
                _("jamais publiques"),
                _("Archivées avant d’avoir réuni leurs premiers soutiens."),
                part_of="initiatives_launched",
            ),
            Number(
                "initiatives_withheld",
                _("retirées"),
                _("Retirées par la modération au moment du compte, quel que soit leur état."),
                is_dated=False,
                part_of="initiatives_launched",
            ),
        ),
        drawn=("initiatives_launched", "initiatives_running", "initiatives_ended", "initiatives_never_public"),
        limits=_(
            "Une initiative retirée reste comptée aussi dans son état. Celle qui reprend après avoir été archivée "
            "compte de nouveau en cours, y compris, en cas de recompte, pour les jours d’avant."
        ),
    ),
    Topic(
        slug="issues",
        title=_("Ce qu’elles deviennent"),
        lead=_("Comment finissent les initiatives qui ont été publiques."),
        numbers=(
            Number(
                "initiatives_succeeded",
                _("abouties"),
                _("Leur équipe a dit ce qui a changé, et ce qui le montre."),
                part_of="initiatives_ended",
            ),
            Number(
                "initiatives_closed",
                _("closes"),
                _("Leur équipe les a arrêtées, et a dit pourquoi."),
                part_of="initiatives_ended",
            ),
            Number(
                "initiatives_merged",
                _("réunies à une autre"),
                _("Archivées parce qu’elles ont rejoint une autre initiative."),
                part_of="initiatives_ended",
            ),
            Number(
                "initiatives_archived",
                _("archivées sans suite"),
                _("Archivées autrement : plus personne ne s’en occupait."),
                part_of="initiatives_ended",
            ),
        ),
        limits=_("« Aboutie » est la parole de l’équipe, preuve à l’appui ; le site ne l’a pas vérifiée."),
    ),
    Topic(
        slug="paliers",
        title=_("Celles qui trouvent du soutien"),
        lead=_("La part des initiatives lancées qui dépassent 5, puis 25 soutiens confirmés."),
        numbers=(
            Number(
                "initiatives_above_5",
                _("ont 5 soutiens ou plus"),
                _("Initiatives lancées qui ont au moins 5 soutiens confirmés."),
                part_of="initiatives_launched",
            ),
            Number(
                "initiatives_above_25",
                _("ont 25 soutiens ou plus"),
                _("Initiatives lancées qui ont au moins 25 soutiens confirmés."),
                part_of="initiatives_launched",
            ),
            Number(
                "initiatives_below_5",
                _("en ont moins de 5"),
                _("Les autres initiatives lancées."),
                part_of="initiatives_launched",
            ),
        ),
        limits=_("Les soutiens des comptes de l’équipe ne font franchir aucun de ces seuils."),
    ),
    Topic(
        slug="soutiens",
        title=_("Soutiens"),
        lead=_("Ceux qui comptent, ceux qui attendent, et ceux qui ne comptent plus."),
        numbers=(
            Number(
                "supports_confirmed",
                _("soutiens confirmés"),
                _("Soutiens donnés par une personne dont l’adresse est prouvée, et qui comptent."),
                Unit.PEOPLE,
            ),
            Number(
                "supports_pending",
                _("à confirmer"),
                _(
                    "Demandes dont le lien, envoyé par e-mail, n’a pas été suivi. Elles sont effacées après trente "
                    "jours."
                ),
                Unit.PEOPLE,
                is_dated=False,
            ),
            Number(
                "supports_withdrawn",
                _("retirés"),
                _(
                    "Soutiens qui comptaient et ont été effacés : par la personne elle-même, ou avec son compte. "
                    "Depuis que ce compteur existe."
                ),
                Unit.PEOPLE,
            ),
            Number(
                "supports_invalidated",
                _("écartés"),
                _(
                    "Soutiens qui ne comptent pas : une limite était dépassée, le compte est suspendu, ou l’équipe "
                    "les a écartés."
                ),
                Unit.PEOPLE,
                is_dated=False,
            ),
        ),
        limits=_(
            "Une personne peut soutenir plusieurs initiatives : ce sont des soutiens, pas des gens. Un soutien retiré "
            "est vraiment effacé : il n’en reste qu’une unité dans un compteur, avec son jour, sans personne."
        ),
    ),
    Topic(
        slug="evenements",
        title=_("Événements"),
        lead=_("Ceux qui ont eu lieu, et ceux qui n’ont pas eu lieu."),
        numbers=(
            Number(
                "events_held",
                _("événements qui ont eu lieu"),
                _("Événements publics, non annulés, dont l’heure de fin est passée."),
                of_it=_("de ceux qui ont eu lieu"),
            ),
            Number(
                "events_told",
                _("racontés"),
                _("Ceux qui ont eu lieu et dont l’organisateur a publié un compte rendu."),
                part_of="events_held",
            ),
            Number(
                "events_cancelled",
                _("annulés"),
                _("Événements publics annulés dont la date est passée."),
            ),
        ),
        limits=_(
            "Personne ne vérifie qu’un événement s’est tenu : il a eu lieu s’il n’a pas été annulé. Ceux que le site "
            "lit dans l’agenda d’un partenaire en font partie."
        ),
    ),
    Topic(
        slug="participations",
        title=_("Participations"),
        lead=_("Qui avait dit « je viens », et qui est venu."),
        numbers=(
            Number(
                "attendances_announced",
                _("avaient dit « je viens »"),
                _("Personnes inscrites, accompagnants compris, aux événements qui ont eu lieu."),
                Unit.PEOPLE,
                of_it=_("de ceux qui l’avaient dit"),
            ),
            Number(
                "attendances_checked_in",
                _("pointées à l’entrée"),
                _("Celles que l’organisateur a vues arriver, accompagnants compris."),
                Unit.PEOPLE,
                part_of="attendances_announced",
            ),
            Number(
                "attendances_walked_in",
                _("venues sans inscription"),
                _("Personnes que l’organisateur a comptées à l’entrée, sans qu’elles se soient inscrites."),
                Unit.PEOPLE,
            ),
            Number(
                "events_ticked",
                _("événements où l’on a pointé"),
                _("Événements qui ont eu lieu et où au moins une arrivée a été notée."),
                part_of="events_held",
            ),
        ),
        drawn=("attendances_announced", "attendances_checked_in", "attendances_walked_in"),
        limits=_(
            "Là où personne n’a pointé, le site ne sait pas qui est venu. Qui efface son compte ou sa venue disparaît "
            "de ces nombres."
        ),
    ),
    Topic(
        slug="proximite",
        title=_("Un événement près de chez soi"),
        lead=_("Les communes à moins de trente kilomètres d’un événement des trente derniers jours."),
        numbers=(
            Number(
                "communes_near",
                _("communes à moins de 30 km"),
                _(
                    "Communes dont le centre est à trente kilomètres au plus, à vol d’oiseau, d’un événement qui a eu "
                    "lieu dans les trente derniers jours."
                ),
                part_of="communes_all",
                of_it=_("des communes"),
            ),
            Number(
                "communes_far",
                _("communes plus loin de tout"),
                _("Les autres communes."),
                part_of="communes_all",
            ),
            Number(
                "communes_all",
                _("communes en tout"),
                _("Communes d’aujourd’hui, collectivités d’outre-mer comprises."),
                of_it=_("des communes"),
            ),
        ),
        drawn=("communes_near", "communes_far"),
        limits=_(
            "Une commune compte pour une, qu’elle ait cent habitants ou un million. Les événements en ligne n’y sont "
            "pas."
        ),
    ),
    Topic(
        slug="promesses",
        title=_("Promesses"),
        lead=_("À chaque palier, quelque chose est promis avant une date. Voici ce qu’il en est."),
        numbers=(
            Number("promises_kept", _("tenues à temps"), _("Promesses tenues avant leur date.")),
            Number("promises_kept_late", _("tenues en retard"), _("Promesses tenues après leur date.")),
            Number("promises_late", _("en retard"), _("Promesses dont la date est passée, et qui ne sont pas tenues.")),
            Number(
                "promises_waiting",
                _("à tenir"),
                _("Promesses dont le palier est atteint et la date pas encore passée."),
            ),
        ),
        limits=_(
            "Une promesse compte une fois son palier atteint. « Tenue » veut dire qu’une réponse écrite est publiée "
            "avec elle."
        ),
    ),
    Topic(
        slug="moderation",
        title=_("Délai de la modération"),
        lead=_("Le temps qu’attend un texte qui doit être relu par une personne."),
        numbers=(
            Number(
                "moderation_median",
                _("délai médian"),
                _(
                    "La moitié des décisions prises par une personne dans les trente derniers jours l’ont été plus "
                    "vite."
                ),
                Unit.SECONDS,
            ),
            Number(
                "moderation_decided",
                _("décisions en trente jours"),
                _("Décisions prises par une personne dans les trente derniers jours, sur un cas à examiner."),
                is_of_few=True,
            ),
            Number(
                "moderation_waiting",
                _("attendent encore"),
                _("Cas ouverts et pas encore décidés."),
                of_it=_("de ceux qui attendent"),
            ),
            Number(
                "moderation_overdue",
                _("depuis plus d’un jour"),
                _("Ceux d’entre eux qui attendaient depuis plus de vingt-quatre heures."),
                part_of="moderation_waiting",
            ),
        ),
        drawn=("moderation_median",),
        limits=_(
            "En dessous de cinq décisions, le délai n’est pas publié. Ce que le filtre décide seul n’attend pas et "
            "n’y est pas."
        ),
    ),
    Topic(
        slug="couts",
        title=_("Ce que coûte le site"),
        lead=_("Les dépenses que l’organisation déclare, rapportées aux membres actifs."),
        numbers=(
            Number(
                "cost_per_active",
                _("par membre actif"),
                _("Dépenses des douze derniers mois entiers, divisées par les membres actifs en trente jours."),
                Unit.CENTS,
                is_dated=False,
                would_tell="members_active",
            ),
            Number(
                "cost_year",
                _("en douze mois"),
                _("Dépenses déclarées pour les douze derniers mois entiers."),
                Unit.CENTS,
            ),
            Number(
                "cost_months",
                _("mois déclarés"),
                _("Combien de ces douze mois ont au moins une dépense déclarée."),
            ),
        ),
        drawn=("cost_per_active",),
        limits=_(
            "Ces montants sont déclarés par l’organisation : le site ne les vérifie pas. Une dépense ne se modifie "
            "pas : on la corrige par une autre ligne. Le travail bénévole n’y est pas."
        ),
    ),
)

NUMBERS: dict[str, Number] = {number.key: number for topic in TOPICS for number in topic.numbers}
TOPIC_OF: dict[str, Topic] = {number.key: topic for topic in TOPICS for number in topic.numbers}
#: Addressed as /chiffres/<slug>/.
BY_SLUG: dict[str, Topic] = {topic.slug: topic for topic in TOPICS}

#: Counted by place too. Of what people did, no commune is told, and numbers are held (figures.suppression).
BY_PLACE = ("supports_confirmed", "initiatives_running", "events_held")
HELD = ("supports_confirmed",)


def numbers_of(topics: tuple[Topic, ...] = TOPICS) -> Iterator[Number]:
    for topic in topics:
        yield from topic.numbers
