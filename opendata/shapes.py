"""What the interface to read by answers, and what may be asked of it: shapes made from the columns of the files."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Field, Schema
from pydantic import AfterValidator, create_model

from events.models import Event
from figures.definitions import Unit
from initiatives.models import Initiative
from opendata.columns import DECISIONS, EVENTS, INITIATIVES, MODERATION, Column, Table, Type

#: Rows of one answer: unless told, and at most.
USUAL, MOST = 50, 100
_PYTHON = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.NUMBER: float,
    Type.DATE: str,
    Type.MOMENT: str,
    Type.LIST: list[str],
    Type.ADDRESS: str,
    Type.COUNT: int | str,
}
_FORMATS = {Type.DATE: "date", Type.MOMENT: "date-time", Type.ADDRESS: "uri"}


def _field(column: Column) -> tuple[Any, Any]:
    extra = {"format": _FORMATS[column.type]} if column.type in _FORMATS else None
    said = Field(default=None, description=str(column.meaning), json_schema_extra=extra)
    return (_PYTHON[column.type] | None, said)


def _row(name: str, table: Table, **more: tuple[Any, Any]) -> type[Schema]:
    fields = {column.name: _field(column) for column in table.columns}
    return create_model(name, __base__=Schema, **fields, **more)


def _text(words: str) -> tuple[Any, Any]:
    return (str, Field(description=words))


InitiativeRow = _row("Initiative", INITIATIVES)
WholeInitiative = _row(
    "InitiativeEntiere",
    INITIATIVES,
    probleme=_text(gettext_lazy("Le problème, en Markdown.")),
    proposition=_text(gettext_lazy("La proposition, en Markdown.")),
    moyens=_text(gettext_lazy("Les moyens, en Markdown.")),
    resultat=_text(gettext_lazy("Ce qui en est sorti, en Markdown.")),
    preuve=_text(gettext_lazy("Ce qui le montre, en Markdown.")),
    lecons=_text(gettext_lazy("Ce qu’on en a appris, en Markdown.")),
)
EventRow = _row("Evenement", EVENTS)
WholeEvent = _row(
    "EvenementEntier", EVENTS, description=_text(gettext_lazy("Ce que disent les organisateurs, en Markdown."))
)
DecisionRow = _row("Decision", DECISIONS)
MonthRow = _row("Mois", MODERATION)


CODES = gettext_lazy("r53 pour une région, 35 pour un département, 35360 pour une commune.")


class Sort(StrEnum):
    REGION = "region"
    DEPARTMENT = "departement"
    COMMUNE = "commune"


class Territory(Schema):
    code: str = Field(description=CODES)
    sorte: Sort
    nom: str
    adresse: str = Field(json_schema_extra={"format": "uri"})
    region: str | None = Field(description=gettext_lazy("Le code INSEE de sa région."))
    departement: str | None = Field(description=gettext_lazy("Le code INSEE de son département."))
    population: int
    latitude: float
    longitude: float


class Theme(Schema):
    code: str
    nom: str


class Number(Schema):
    chiffre: str
    libelle: str
    definition: str
    unite: Unit
    valeur: int | None = Field(description=gettext_lazy("null : inconnu, ou trop petit pour être dit."))
    est_cache: bool = Field(description=gettext_lazy("Vrai quand le nombre est trop petit pour être dit."))


class Numbers(Schema):
    jour: str = Field(
        description=gettext_lazy("Le jour à la fin duquel ces nombres valaient."), json_schema_extra={"format": "date"}
    )
    empreinte: str = Field(description=gettext_lazy("Le SHA-256 du relevé dont ils viennent."))
    est_une_demonstration: bool
    chiffres: list[Number]


class Problem(Schema):
    """RFC 9457."""

    type: str = Field(description=gettext_lazy("Toujours « about:blank » : le numéro de la réponse dit tout."))
    title: str = Field(description=gettext_lazy("Ce qui ne va pas, en quelques mots."))
    status: int = Field(description=gettext_lazy("Le numéro de la réponse, 404 par exemple."))
    detail: str = Field(description=gettext_lazy("La même chose, en une phrase."))
    erreurs: dict[str, str] = Field(default={}, description=gettext_lazy("Par paramètre, ce qui ne va pas."))


class _Page(Schema):
    suivant: str | None = Field(
        description=gettext_lazy("L’adresse de la page suivante ; null sur la dernière."),
        json_schema_extra={"format": "uri"},
    )


class InitiativePage(_Page):
    lignes: list[InitiativeRow]


class EventPage(_Page):
    lignes: list[EventRow]


class DecisionPage(_Page):
    lignes: list[DecisionRow]


class TerritoryPage(_Page):
    lignes: list[Territory]


# --- What may be asked -----------------------------------------------------------------------------------------------


def _sensible(when: datetime) -> datetime:
    """Of the years that the site knows; without a time zone, at the clocks of Paris."""
    if not 2000 <= when.year <= 2100:
        raise ValueError(_("une date entre 2000 et 2100 est attendue"))
    return when if timezone.is_aware(when) else timezone.make_aware(when)


Moment = Annotated[datetime, AfterValidator(_sensible)]
Place = Annotated[str, Field(pattern=r"^(r?[0-9]{2,3}|2[AB]|[0-9][0-9AB][0-9]{3})$")]
ThemeCode = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,100}$")]


class _Paged(Schema):
    curseur: str = Field(
        default="",
        max_length=500,
        description=gettext_lazy("Où reprendre : il est dans l’adresse de la page suivante."),
    )
    par_page: int = Field(
        default=USUAL, ge=1, le=MOST, description=gettext_lazy("Combien de lignes par page, cent au plus.")
    )


class PublicState(StrEnum):
    PUBLISHED = Initiative.State.PUBLISHED
    SUCCEEDED = Initiative.State.SUCCEEDED
    CLOSED = Initiative.State.CLOSED
    ARCHIVED = Initiative.State.ARCHIVED


class InitiativeFilters(_Paged):
    territoire: Place | None = Field(default=None, description=CODES)
    theme: ThemeCode | None = Field(
        default=None, description=gettext_lazy("Le code d’un thème du site ; ils sont à l’adresse « themes ».")
    )
    sorte: StrEnum("InitiativeKind", {name: name for name in Initiative.Kind.values}) | None = None
    etat: PublicState | None = None
    modifiee_depuis: Moment | None = Field(
        default=None,
        description=gettext_lazy(
            "Celles qui ont changé depuis, les plus anciennes d’abord : pour suivre ce qui bouge."
        ),
    )


class EventFilters(_Paged):
    territoire: Place | None = Field(default=None, description=CODES)
    theme: ThemeCode | None = Field(
        default=None, description=gettext_lazy("Le code d’un thème du site ; ils sont à l’adresse « themes ».")
    )
    sorte: StrEnum("EventKind", {name: name for name in Event.Kind.values}) | None = None
    depuis: Moment | None = Field(
        default=None, description=gettext_lazy("Ceux qui commencent à partir de là ; maintenant, si rien n’est dit.")
    )
    avant: Moment | None = Field(default=None, description=gettext_lazy("Ceux qui commencent avant."))
    modifie_depuis: Moment | None = Field(
        default=None,
        description=gettext_lazy(
            "Ceux qui ont changé depuis, annulés compris, les plus anciens changements d’abord ; « depuis » et"
            " « avant » ne disent alors plus rien."
        ),
    )


class DecisionFilters(_Paged):
    depuis: Moment | None = Field(default=None, description=gettext_lazy("Celles qui ont été motivées depuis."))


class TerritoryFilters(_Paged):
    sorte: Sort = Field(default=Sort.DEPARTMENT)
    departement: Annotated[str, Field(pattern=r"^([0-9]{2,3}|2[AB])$")] | None = Field(
        default=None, description=gettext_lazy("Les communes de ce département.")
    )


class NumberFilters(Schema):
    territoire: Place | None = Field(default=None, description=CODES)
