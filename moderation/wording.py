"""The fields of a statement in plain words, for whoever reads its page."""

from collections.abc import Iterator
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import french
from moderation.commission import INCOMPATIBLE

WORDS: dict[str, Promise] = {
    "DECISION_VISIBILITY_CONTENT_REMOVED": gettext_lazy("Le contenu est retiré définitivement."),
    "DECISION_VISIBILITY_CONTENT_DISABLED": gettext_lazy("Le contenu n’est plus visible, ou n’a pas été publié."),
    "DECISION_VISIBILITY_CONTENT_LABELLED": gettext_lazy("Une mention est mise au-dessus du contenu."),
    "DECISION_PROVISION_PARTIAL_SUSPENSION": gettext_lazy("Le compte ne peut plus rien publier ; il lit toujours."),
    "DECISION_ACCOUNT_SUSPENDED": gettext_lazy("Le compte est suspendu."),
    "CONTENT_TYPE_TEXT": gettext_lazy("Un texte"),
    "CONTENT_TYPE_IMAGE": gettext_lazy("Une image"),
    "CONTENT_TYPE_OTHER": gettext_lazy("Un compte"),
    "SOURCE_VOLUNTARY": gettext_lazy("Le site l’a vu de lui-même."),
    "SOURCE_ARTICLE_16": gettext_lazy("Quelqu’un l’a signalé."),
    "SOURCE_TRUSTED_FLAGGER": gettext_lazy("Un signaleur de confiance l’a signalé."),
    "SOURCE_TYPE_OTHER_NOTIFICATION": gettext_lazy("Un recours a été examiné."),
    "AUTOMATED_DECISION_FULLY": gettext_lazy("Le filtre automatique, seul."),
    "AUTOMATED_DECISION_PARTIALLY": gettext_lazy("Une personne, après une alerte du filtre automatique."),
    "AUTOMATED_DECISION_NOT_AUTOMATED": gettext_lazy("Une personne."),
}


def in_words(fields: dict[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    """What the page of a statement says: label and words, in its order."""
    measures = [*fields.get("decision_visibility", [])]
    measures += [fields[name] for name in ("decision_provision", "decision_account") if name in fields]
    yield _("Ce qui a été décidé"), " ".join(str(WORDS[measure]) for measure in measures)
    yield _("Sur quoi"), " ".join(str(WORDS[sort]) for sort in fields["content_type"])
    if fields["decision_ground"] == INCOMPATIBLE:
        yield _("Motif"), fields["incompatible_content_ground"]
        yield _("Ce que le motif veut dire"), fields["incompatible_content_explanation"]
    else:
        yield _("Texte de loi"), fields["illegal_content_legal_ground"]
        yield _("Ce que le motif veut dire"), fields["illegal_content_explanation"]
    yield _("Faits"), fields["decision_facts"]
    yield _("Écrit ou publié"), _day(fields["content_date"])
    yield _("Décidé"), _day(fields["application_date"])
    ends = [fields[name] for name in fields if name.startswith("end_date_")]
    yield _("Jusqu’au"), _day(ends[0]) if ends else _("Sans terme fixé")
    yield _("Comment nous l’avons su"), str(WORDS[fields["source_type"]])
    yield _("Qui a décidé"), str(WORDS[fields["automated_decision"]])


def _day(written: str) -> str:
    return french.day(date.fromisoformat(written))
