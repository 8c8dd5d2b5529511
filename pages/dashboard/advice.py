"""What a team is advised to do next, one thing at a time: the first rule that holds is the one.

Advice opens with supports: who has three is not asked to hold a meeting. The next to open is told, with its number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.french import count
from initiatives.models import Initiative
from pages.dashboard.reading import Facts

#: Without an update for so long, supporters begin to forget.
SILENT_AFTER = timedelta(days=20)


@dataclass(frozen=True)
class Advice:
    """What to do, why, and the one act: a link and its words."""

    name: str
    title: str
    why: str
    address: str
    words: str | Promise


@dataclass(frozen=True)
class Rule:
    """`says` gives the advice when it holds, None otherwise; it is not asked below `opens_at` supports."""

    name: str
    opens_at: int
    #: In a few words, as it is told before it opens.
    title: Promise
    says: Callable[[Facts], Advice | None]


@dataclass(frozen=True)
class Told:
    """The advice of the moment, alone and first; what comes after it; and what opens next, at so many supports."""

    first: Advice | None
    others: list[Advice]
    opens_at: int | None
    opening: list[Promise]


def told(facts: Facts, *, most: int = 3) -> Told:
    """What the team is told now."""
    if not facts.initiative.is_live and facts.initiative.state != Initiative.State.PREPARING:
        return Told(_after(facts), [], None, [])
    held = [advice for rule in RULES if rule.opens_at <= facts.count and (advice := rule.says(facts))]
    closed = [rule for rule in RULES if rule.opens_at > facts.count]
    opens_at = min((rule.opens_at for rule in closed), default=None)
    opening = [rule.title for rule in closed if rule.opens_at == opens_at]
    return Told(held[0] if held else None, held[1 : 1 + most], opens_at, opening)


def _page(name: str, facts: Facts) -> str:
    return reverse(name, args=[facts.initiative.slug])


def _after(facts: Facts) -> Advice | None:
    """Once it succeeded, or is closed: what is left to do is to tell."""
    if facts.initiative.ended_at is None or facts.initiative.withheld_at or facts.initiative.is_asleep:
        return None
    if facts.initiative.merged_into_id or facts.initiative.state == Initiative.State.ARCHIVED:
        return None
    return Advice(
        "outcome",
        _("Racontez ce qui en est sorti"),
        _("Ce que vous avez appris servira à d’autres."),
        _page("initiative_outcome", facts),
        _("Compléter le récit"),
    )


# --- The rules -------------------------------------------------------------------------------------------------------


def _gather(facts: Facts) -> Advice | None:
    if facts.initiative.state != Initiative.State.PREPARING:
        return None
    return Advice(
        "gather",
        _("Réunissez vos cinq premiers soutiens"),
        _("Envoyez votre lien à cinq personnes que vous connaissez : c’est ce qui la fait paraître."),
        _page("initiative_first_five", facts),
        _("Envoyer le lien"),
    )


def _report(facts: Facts) -> Advice | None:
    if facts.untold is None:
        return None
    return Advice(
        "report",
        _("Racontez « %(title)s »") % {"title": facts.untold.title},
        _("Dix lignes et une photo : c’est ce qui fait revenir, et ce qui fait venir les autres."),
        reverse("event_report", args=[facts.untold.slug]),
        _("Écrire le compte rendu"),
    )


def _offers(facts: Facts) -> Advice | None:
    if not facts.has_offer:
        return None
    return Advice(
        "offers",
        _("Quelqu’un vous propose son aide"),
        _("Une offre sans réponse est souvent la dernière. Répondez, même pour dire non."),
        f"{facts.initiative.get_absolute_url()}#besoins",
        _("Voir les offres"),
    )


def _fill_action(facts: Facts) -> Advice | None:
    if facts.wanting is None:
        return None
    missing = count(facts.wanting.left_over, _("personne"), _("personnes"))
    return Advice(
        "fill_action",
        _("Il manque %(missing)s à « %(title)s »") % {"missing": missing, "title": facts.wanting.title},
        _("Envoyez le lien de cette action à qui pourrait venir : une demande précise se refuse moins."),
        facts.wanting.get_absolute_url(),
        _("Voir l’action et la partager"),
    )


def _cover(facts: Facts) -> Advice | None:
    if facts.has_cover:
        return None
    return Advice(
        "cover",
        _("Ajoutez une photo"),
        _("Un lien avec une image se lit, un lien sans image se passe. Une photo du lieu suffit."),
        _page("initiative_photos", facts),
        _("Ajouter une photo"),
    )


def _tell(facts: Facts) -> Advice | None:
    silent = facts.today - facts.told_on
    if silent < SILENT_AFTER:
        return None
    return Advice(
        "tell",
        _("Donnez des nouvelles"),
        _("Rien n’a été dit depuis %(days)s. Trois phrases suffisent : où vous en êtes, et ce qui vient.")
        % {"days": count(silent.days, _("jour"), _("jours"))},
        _page("initiative_update_write", facts),
        _("Écrire à vos soutiens"),
    )


def _meet(facts: Facts) -> Advice | None:
    if facts.has_event:
        return None
    return Advice(
        "meet",
        _("Donnez rendez-vous"),
        _("Vous êtes assez nombreux pour vous voir. Un café, une visite, un stand : une date et un lieu suffisent."),
        f"{reverse('event_new')}?initiative={facts.initiative.pk}",
        _("Organiser un événement"),
    )


def _action(facts: Facts) -> Advice | None:
    if facts.has_action:
        return None
    return Advice(
        "action",
        _("Proposez une chose à faire"),
        _("Qui soutient demande souvent : et maintenant ? Une action courte, datée, avec des places à prendre."),
        _page("action_new", facts),
        _("Proposer une action"),
    )


def _team(facts: Facts) -> Advice | None:
    if facts.has_team or not facts.is_author:
        return None
    return Advice(
        "team",
        _("Portez-la à plusieurs"),
        _("À deux, une initiative dure. Invitez une personne de confiance à la porter avec vous."),
        _page("initiative_team", facts),
        _("Inviter dans l’équipe"),
    )


def _links(facts: Facts) -> Advice | None:
    if facts.has_own_link:
        return None
    return Advice(
        "links",
        _("Sachez d’où l’on vient"),
        _("Un lien pour le marché, un autre pour le forum : vous verrez où l’on vous écoute."),
        "#liens",
        _("Nommer un lien"),
    )


def _share(facts: Facts) -> Advice:
    """There is always somebody to tell."""
    return Advice(
        "share",
        _("Faites passer le mot"),
        _("Choisissez trois personnes, et écrivez à chacune."),
        "#liens",
        _("Prendre un lien"),
    )


#: The most urgent first: people who wait, then what makes others come.
RULES = (
    Rule("gather", 0, gettext_lazy("réunir les cinq premiers"), _gather),
    Rule("report", 0, gettext_lazy("raconter un événement"), _report),
    Rule("offers", 0, gettext_lazy("répondre aux offres"), _offers),
    Rule("fill_action", 0, gettext_lazy("remplir une action"), _fill_action),
    Rule("cover", 0, gettext_lazy("ajouter une photo"), _cover),
    Rule("tell", 5, gettext_lazy("donner des nouvelles"), _tell),
    Rule("meet", 25, gettext_lazy("donner rendez-vous"), _meet),
    Rule("action", 5, gettext_lazy("proposer une action"), _action),
    Rule("team", 5, gettext_lazy("inviter dans l’équipe"), _team),
    Rule("links", 5, gettext_lazy("nommer des liens"), _links),
    Rule("share", 0, gettext_lazy("faire passer le mot"), _share),
)
