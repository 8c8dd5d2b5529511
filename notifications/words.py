"""What a member reads of the table of kinds where they choose what they receive."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications.kinds import (
    ATTENDED,
    DECISIONS,
    DOOR,
    KINDS,
    NEAR,
    ORGANISED,
    PLACES,
    SECURITY,
    STAFF,
    SUPPORTED,
    Kind,
)


@dataclass(frozen=True)
class Group:
    """What is turned on or off together; `slug` names it in addresses."""

    name: str
    slug: str
    title: Promise
    explanation: Promise

    @property
    def kinds(self) -> list[Kind]:
        """In the order in which they are offered."""
        return [KINDS[name] for name in WORDS if KINDS[name].group == self.name]


GROUPS = {
    group.slug: group
    for group in [
        Group(
            ORGANISED,
            "organise",
            _("Ce que je porte et ce que j’organise"),
            _("Mes initiatives, mes événements, et les messages que l’on m’écrit à leur sujet."),
        ),
        Group(
            ATTENDED,
            "participe",
            _("Là où je vais, ce à quoi je m’engage"),
            _("Les événements où je viens, les actions où j’ai pris une place, l’aide que j’ai proposée."),
        ),
        Group(
            SUPPORTED,
            "soutiens",
            _("Ce que je soutiens"),
            _("Les nouvelles, les événements et les étapes des initiatives que je soutiens."),
        ),
        Group(
            PLACES,
            "territoires",
            _("Mes territoires"),
            _("L’ouverture du site là où vous habitez, et dans les départements que vous attendez."),
        ),
        Group(
            NEAR,
            "debuts",
            _("Mes premiers pas"),
            _("Trois messages au plus, les premiers jours, tant que rien n’est fait."),
        ),
    ]
}

#: Each kind that can be turned off, as it is offered.
WORDS: dict[str, Promise] = {
    # What I carry.
    "initiative_supported": _("De nouveaux soutiens"),
    "step_reached_author": _("Un palier est atteint"),
    "promise_kept_author": _("Une promesse est tenue"),
    "initiative_gathered": _("Mon initiative est en ligne"),
    "initiative_waits": _("Mon initiative attend sa relecture"),
    "initiative_gathers_slowly": _("Mon initiative tarde à réunir ses cinq premiers soutiens"),
    "initiative_sleeps": _("Il ne se passe plus rien dans mon initiative"),
    "initiative_archived": _("Mon initiative est archivée"),
    "letter_received": _("Quelqu’un écrit à l’équipe"),
    "letter_answered": _("Une équipe me répond"),
    "team_joined": _("Quelqu’un rejoint l’équipe"),
    "team_left": _("Quelqu’un quitte l’équipe"),
    "team_dismissed": _("Je ne fais plus partie d’une équipe"),
    "team_offered": _("On me propose de porter une initiative"),
    "team_offer_declined": _("La personne à qui je la proposais refuse mon initiative"),
    "team_taken_over": _("Quelqu’un porte l’initiative à ma place"),
    "team_inherited": _("Une initiative me revient"),
    "adoption_accepted": _("Ma demande de reprise est acceptée"),
    "adoption_refused": _("Ma demande de reprise est refusée"),
    "merge_proposed": _("Une initiative propose de rejoindre la mienne"),
    "merge_agreed": _("La réunion de deux initiatives est décidée"),
    "merge_done_author": _("Deux initiatives sont réunies"),
    "action_committed": _("Des personnes s’engagent dans une action"),
    "offer_received": _("Quelqu’un propose son aide"),
    "event_attended": _("Des personnes viennent à mon événement"),
    "event_letter_received": _("Quelqu’un écrit au sujet de mon événement"),
    "event_letter_answered": _("L’organisateur d’un événement me répond"),
    "event_team_moved": _("L’équipe modifie un événement"),
    "event_team_cancelled": _("L’équipe annule un événement"),
    "event_report_asked": _("Un compte rendu est à faire"),
    "event_inherited": _("L’événement de quelqu’un d’autre me revient"),
    "event_not_found_on_map": _("L’adresse de mon événement est introuvable"),
    # Where I go.
    "event_joined": _("La confirmation que je viens"),
    "event_tomorrow": _("Le rappel de la veille"),
    "event_moved": _("Un événement change d’heure ou de lieu"),
    "event_cancelled": _("Un événement est annulé"),
    "event_message": _("L’organisateur écrit à ceux qui viennent"),
    "event_reported": _("Le compte rendu d’un événement où j’étais"),
    "event_waiting": _("Mon inscription sur une liste d’attente"),
    "event_offered": _("Une place se libère pour moi"),
    "event_offer_ended": _("La place gardée pour moi est rendue"),
    "event_last_places": _("Les dernières places vont aux premiers qui viennent"),
    "event_withheld": _("Un événement n’est plus affiché"),
    "event_back": _("Un événement est de nouveau affiché"),
    "action_joined": _("La confirmation de mon engagement"),
    "action_changed": _("Une action change de jour ou de lieu"),
    "action_done": _("Une action est menée"),
    "action_given_up": _("Une action est abandonnée"),
    "action_suspended": _("Une action est suspendue"),
    "action_resumed": _("Une action reprend"),
    "offer_accepted": _("Mon aide est acceptée"),
    "offer_declined": _("Mon aide est déclinée"),
    "offer_late": _("Mon aide arrive trop tard"),
    # What I support.
    "update_published": _("Une nouvelle"),
    "event_announced": _("Un événement est annoncé"),
    "event_report_published": _("Le compte rendu d’un événement"),
    "step_reached": _("Un palier est atteint"),
    "promise_kept": _("Une promesse est tenue"),
    "initiative_public": _("L’initiative est en ligne"),
    "initiative_not_gathered": _("L’initiative n’a pas réuni ses cinq premiers soutiens"),
    "initiative_succeeded": _("L’initiative a abouti"),
    "initiative_closed": _("L’initiative s’arrête"),
    "initiative_frozen": _("Plus personne ne la porte"),
    "initiative_adopted": _("Quelqu’un la reprend"),
    "merge_announced": _("Elle va rejoindre une autre initiative"),
    "merge_dropped": _("Elle ne rejoint plus une autre initiative"),
    "merge_done": _("Elle a rejoint une autre initiative"),
    # Where I live, and where I wait.
    "department_opened": _("Un département ouvre"),
    # What I could do.
    "welcome_share": _("Le premier jour : faire passer"),
    "welcome_come": _("Après une semaine : venir quelque part"),
    "welcome_follow": _("Après dix jours : suivre une initiative proche"),
}

_OTHERS = {
    DECISIONS: _("Une décision sur ce que vous écrivez"),
    STAFF: _("Le travail de l’équipe du site"),
    DOOR: _("Ce que vous avez demandé"),
    SECURITY: _("Ce qui protège votre compte"),
    NEAR: _("Le résumé"),
}
#: Each kind, in words: for a copy of what somebody was told.
CALLED: dict[str, Promise] = {name: WORDS.get(name) or _OTHERS[kind.group] for name, kind in KINDS.items()}
