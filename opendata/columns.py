"""What is given away, column by column: the files, the interface to read by and the dictionary are all read from here.

Nobody is named, and nobody's act is told: neither who wrote, nor who supports, nor who comes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.converters import numbered_slug
from core.spreadsheets import plain_cell
from events.models import Event
from figures import reading
from figures.definitions import BY_PLACE, NUMBERS, Number
from figures.models import Snapshot
from initiatives.models import Initiative, SupportTally, TaggedInitiative
from initiatives.places import FEWEST, shown
from moderation import figures as moderation_figures
from moderation.commission import FIELDS
from moderation.models import ModeratedContent, MonthFigures, Statement

#: One row of a table, as the database gives it.
Row = dict[str, Any]
Value = str | int | float | bool | list[str] | None
#: Between several values in one cell.
SEVERAL = " | "


class Type(StrEnum):
    """What a column holds; the values are those of Table Schema (Frictionless)."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "datetime"
    LIST = "array"
    ADDRESS = "uri"
    #: A number, or "<5".
    COUNT = "count"


TYPE_WORDS: dict[Type, Promise] = {
    Type.TEXT: _("texte"),
    Type.INTEGER: _("nombre entier"),
    Type.NUMBER: _("nombre"),
    Type.DATE: _("jour (2026-11-22)"),
    Type.MOMENT: _("instant, en temps universel (2026-11-22T18:30:00Z)"),
    Type.LIST: _("plusieurs textes"),
    Type.ADDRESS: _("adresse web"),
    Type.COUNT: _("nombre entier, ou « <5 »"),
}


@dataclass(frozen=True)
class Column:
    name: str
    type: Type
    meaning: Promise | str
    #: Its value in a row.
    read: Callable[[Row], Any]

    def value(self, row: Row) -> Value:
        """As JSON has it; None when there is nothing to say."""
        found = self.read(row)
        if isinstance(found, datetime):
            return moment(found)
        if isinstance(found, date):
            return found.isoformat()
        return None if found == "" else found

    def cell(self, value: Value) -> Value:
        """That value as CSV has it: a text that a spreadsheet would compute is marked by an apostrophe."""
        if isinstance(value, list):
            value = SEVERAL.join(value)
        return plain_cell(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Table:
    slug: str
    title: Promise
    #: What a row is, and what is left out.
    about: Promise
    columns: tuple[Column, ...]
    #: All its rows, to be read by slices of any size.
    rows: Callable[[], Iterable[Row]]
    #: Latitude and longitude of a row, for those that go on a map.
    point: Callable[[Row], tuple[float, float] | None] | None = None
    #: What a moderator may withhold: files that hold it are made again sooner.
    content: type[ModeratedContent] | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        return ("csv", "json", "geojson") if self.point else ("csv", "json")

    def values(self, row: Row) -> dict[str, Value]:
        return {column.name: column.value(row) for column in self.columns}


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def sliced(rows: QuerySet) -> Iterator[Row]:
    """By a cursor of the database: neither its memory nor ours grows with the table."""
    return rows.iterator(chunk_size=2_000)


@cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and after the slug in a complete address of this name."""
    before, _slug, after = reverse(name, args=["un-1"]).partition("un-1")
    return f"{settings.SITE_ADDRESS}{before}", after


def _address(name: str) -> Callable[[Row], str]:
    def read(row: Row) -> str:
        before, after = _around(name)
        return f"{before}{numbered_slug(row['title'], row['id'])}{after}"

    return read


def _of(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _point(row: Row) -> tuple[float, float] | None:
    return None if row["latitude"] is None else (row["latitude"], row["longitude"])


# --- Initiatives -----------------------------------------------------------------------------------------------------


def initiatives() -> QuerySet:
    """Those that anyone may read."""
    themes = TaggedInitiative.objects.filter(content_object=OuterRef("pk"), tag__theme_rank__isnull=False)
    return (
        Initiative.objects.public()
        .order_by("id")
        .annotate(
            themes=ArraySubquery(themes.order_by("tag__theme_rank").values("tag__slug")),
            place_latitude=Coalesce("commune__latitude", "department__latitude", "region__latitude"),
            place_longitude=Coalesce("commune__longitude", "department__longitude", "region__longitude"),
        )
        .values(
            *("id", "kind", "state", "title", "summary", "place_label", "region_id", "department_id", "commune_id"),
            *("published_at", "updated_at", "ended_at", "frozen_at", "support_count", "next_step", "label", "themes"),
            *("merged_into_id", "merged_into__withheld_at", "place_latitude", "place_longitude"),
        )
    )


def _initiative_rows() -> Iterator[Row]:
    return sliced(initiatives())


def _initiative_point(row: Row) -> tuple[float, float] | None:
    return None if row["place_latitude"] is None else (row["place_latitude"], row["place_longitude"])


def _merged_into(row: Row) -> int | None:
    return None if row["merged_into__withheld_at"] else row["merged_into_id"]


def _changed(row: Row, *names: str) -> datetime:
    return max(row[name] for name in names if row[name] is not None)


INITIATIVES = Table(
    slug="initiatives",
    title=_("Les initiatives"),
    about=_(
        "Une ligne par initiative publiée, en cours ou finie. Ni brouillon, ni initiative en préparation, ni contenu"
        " retiré par la modération. Ni auteur, ni soutien."
    ),
    columns=(
        Column("identifiant", Type.INTEGER, _("Le numéro de l’initiative, qui ne change pas."), _of("id")),
        Column("adresse", Type.ADDRESS, _("Sa page."), _address("initiative")),
        Column(
            "sorte",
            Type.TEXT,
            _("national_project (projet national), local_project (projet local) ou debate (débat)."),
            _of("kind"),
        ),
        Column(
            "etat",
            Type.TEXT,
            _("published (en cours), succeeded (aboutie), closed (close) ou archived (archivée)."),
            _of("state"),
        ),
        Column("titre", Type.TEXT, _("Son titre, tel que ses auteurs l’ont écrit."), _of("title")),
        Column("resume", Type.TEXT, _("Son résumé. Le reste du texte se lit sur sa page."), _of("summary")),
        Column("themes", Type.LIST, _("Les thèmes du site dont elle relève."), _of("themes")),
        Column("lieu", Type.TEXT, _("Le territoire auquel elle appartient, en toutes lettres."), _of("place_label")),
        Column("region", Type.TEXT, _("Le code INSEE de sa région. Vide : toute la France."), _of("region_id")),
        Column("departement", Type.TEXT, _("Le code INSEE de son département."), _of("department_id")),
        Column("commune", Type.TEXT, _("Le code INSEE de sa commune."), _of("commune_id")),
        Column("soutiens", Type.INTEGER, _("Combien de personnes la soutiennent, confirmées."), _of("support_count")),
        Column(
            "palier_suivant",
            Type.INTEGER,
            _("Le prochain nombre de soutiens où il se passe quelque chose."),
            _of("next_step"),
        ),
        Column("publiee_le", Type.MOMENT, _("Quand elle a été publiée."), _of("published_at")),
        Column(
            "modifiee_le",
            Type.MOMENT,
            _("Quand son texte ou son état a changé pour la dernière fois ; les soutiens n’y comptent pas."),
            lambda row: _changed(row, "updated_at", "published_at", "ended_at"),
        ),
        Column("finie_le", Type.MOMENT, _("Quand elle a abouti, ou s’est arrêtée."), _of("ended_at")),
        Column("sans_personne_depuis", Type.MOMENT, _("Depuis quand plus personne ne la porte."), _of("frozen_at")),
        Column("reunie_a", Type.INTEGER, _("L’identifiant de l’initiative qu’elle a rejointe."), _merged_into),
        Column("mention", Type.TEXT, _("Ce que la modération dit au-dessus du texte."), _of("label")),
    ),
    rows=_initiative_rows,
    point=_initiative_point,
    content=Initiative,
)


# --- Supports by territory -------------------------------------------------------------------------------------------


def local_supports() -> Iterator[Row]:
    """Of each initiative that anyone may read, the régions and départements of which a number may be said.

    By fives, from below: the files of two nights would tell of one person otherwise. One statement, so that a total and
    what it is made of are of one moment.
    """
    tallies = (
        SupportTally.objects.filter(commune=None, count__gt=0)
        .filter(initiative__published_at__isnull=False, initiative__withheld_at=None)
        .order_by("initiative_id")
        .values("initiative_id", "initiative__support_count", "department_id", "department__region_id", "count")
    )
    for number, rows in groupby(sliced(tallies), key=_of("initiative_id")):
        held = list(rows)
        said = shown(
            held[0]["initiative__support_count"],
            {row["department_id"]: row["count"] for row in held},
            {row["department_id"]: row["department__region_id"] for row in held},
        )
        for region, count in sorted(said.regions.items()):
            yield {"initiative": number, "region": region, "department": "", "count": _by_fives(count)}
        for department, count in sorted(said.departments.items()):
            yield {"initiative": number, "region": "", "department": department, "count": _by_fives(count)}


def _by_fives(count: int) -> int:
    return count - count % FEWEST


SUPPORTS = Table(
    slug="soutiens",
    title=_("Les soutiens par territoire"),
    about=_(
        "Une ligne par initiative et par région ou département où elle a au moins cinq soutiens. Un nombre qui, par"
        " soustraction, en dirait un plus petit n’y est pas."
    ),
    columns=(
        Column("initiative", Type.INTEGER, _("L’identifiant de l’initiative."), _of("initiative")),
        Column("region", Type.TEXT, _("Le code INSEE de la région. Vide : un département."), _of("region")),
        Column("departement", Type.TEXT, _("Le code INSEE du département. Vide : une région."), _of("department")),
        Column(
            "soutiens_au_moins",
            Type.INTEGER,
            _("Le nombre de soutiens, au multiple de cinq inférieur : d’une nuit à l’autre, nul ne se reconnaît."),
            _of("count"),
        ),
    ),
    rows=local_supports,
    content=Initiative,
)


# --- Events ----------------------------------------------------------------------------------------------------------


def events() -> QuerySet:
    """Those that anyone may read, held or cancelled as well."""
    return (
        Event.objects.public()
        .order_by("id")
        .values(
            *("id", "kind", "title", "starts_at", "ends_at", "time_zone", "place_name", "address", "commune_id"),
            *("department_id", "department__region_id", "latitude", "longitude", "precision", "capacity", "label"),
            *("theme__slug", "initiative_id", "initiative__published_at", "initiative__withheld_at", "source__name"),
            *("published_at", "updated_at", "cancelled_at"),
            *("report__turnout", "report__published_at", "report__withheld_at"),
        )
    )


def _event_rows() -> Iterator[Row]:
    return sliced(events())


def _initiative_of(row: Row) -> int | None:
    is_public = row["initiative__published_at"] is not None and row["initiative__withheld_at"] is None
    return row["initiative_id"] if is_public else None


def _turnout(row: Row) -> int | None:
    is_public = row["report__published_at"] is not None and row["report__withheld_at"] is None
    return row["report__turnout"] if is_public else None


EVENTS = Table(
    slug="evenements",
    title=_("Les événements"),
    about=_(
        "Une ligne par événement publié, à venir, passé ou annulé. Ni organisateur, ni participant, ni lien de"
        " connexion."
    ),
    columns=(
        Column("identifiant", Type.INTEGER, _("Le numéro de l’événement, qui ne change pas."), _of("id")),
        Column("adresse", Type.ADDRESS, _("Sa page."), _address("event")),
        Column(
            "sorte",
            Type.TEXT,
            _(
                "meeting (réunion publique), door_to_door (porte-à-porte), cleanup (nettoyage), debate (débat),"
                " workshop (atelier), walk (balade), market (stand sur un marché) ou online (en ligne)."
            ),
            _of("kind"),
        ),
        Column("titre", Type.TEXT, _("Son titre, tel que ses organisateurs l’ont écrit."), _of("title")),
        Column("theme", Type.TEXT, _("Le thème du site dont il relève."), _of("theme__slug")),
        Column("debut", Type.MOMENT, _("Quand il commence."), _of("starts_at")),
        Column("fin", Type.MOMENT, _("Quand il finit."), _of("ends_at")),
        Column("fuseau", Type.TEXT, _("Les horloges du lieu, par leur nom : Europe/Paris."), _of("time_zone")),
        Column("lieu", Type.TEXT, _("Le nom du lieu."), _of("place_name")),
        Column("rue", Type.TEXT, _("L’adresse du lieu."), _of("address")),
        Column("region", Type.TEXT, _("Le code INSEE de la région."), _of("department__region_id")),
        Column("departement", Type.TEXT, _("Le code INSEE du département. Vide : en ligne."), _of("department_id")),
        Column("commune", Type.TEXT, _("Le code INSEE de la commune."), _of("commune_id")),
        Column("latitude", Type.NUMBER, _("En degrés (WGS 84), avec un point décimal."), _of("latitude")),
        Column("longitude", Type.NUMBER, _("En degrés (WGS 84), avec un point décimal."), _of("longitude")),
        Column(
            "precision",
            Type.TEXT,
            _("D’où vient le point : commune (son centre), street (rue), number (numéro) ou hand (posé à la main)."),
            lambda row: row["precision"] if row["latitude"] is not None else None,
        ),
        Column("places", Type.INTEGER, _("Le nombre de places. Vide : sans limite."), _of("capacity")),
        Column(
            "venus",
            Type.INTEGER,
            _("Combien de personnes sont venues, selon le compte rendu public des organisateurs."),
            _turnout,
        ),
        Column("initiative", Type.INTEGER, _("L’identifiant de l’initiative qu’il sert."), _initiative_of),
        Column("agenda_partenaire", Type.TEXT, _("L’agenda dont il vient, quand il en vient."), _of("source__name")),
        Column("publie_le", Type.MOMENT, _("Quand il a été publié."), _of("published_at")),
        Column(
            "modifie_le",
            Type.MOMENT,
            _("Quand il a changé pour la dernière fois, ou a été annulé."),
            lambda row: _changed(row, "updated_at", "published_at", "cancelled_at"),
        ),
        Column("annule_le", Type.MOMENT, _("Quand il a été annulé."), _of("cancelled_at")),
        Column("mention", Type.TEXT, _("Ce que la modération dit au-dessus du texte."), _of("label")),
    ),
    rows=_event_rows,
    point=_point,
    content=Event,
)


# --- Moderation ------------------------------------------------------------------------------------------------------

#: Field of the Commission's database → what it means.
_STATED: dict[str, Promise] = {
    "puid": _("L’identifiant de la décision."),
    "decision_visibility": _("Ce que la décision fait à la visibilité du contenu."),
    "decision_visibility_other": _("La même chose, en toutes lettres, quand aucun code ne convient."),
    "decision_monetary": _("Ce que la décision fait à des paiements. Toujours vide ici."),
    "decision_provision": _("Ce que la décision retire du service à la personne."),
    "decision_account": _("Ce que la décision fait au compte."),
    "decision_ground": _("Le contenu est illicite, ou contraire aux conditions d’utilisation."),
    "decision_ground_reference_url": _("La page qui dit les motifs."),
    "illegal_content_legal_ground": _("Le texte de loi."),
    "illegal_content_explanation": _("Pourquoi ce texte s’applique."),
    "incompatible_content_ground": _("L’article des conditions d’utilisation."),
    "incompatible_content_explanation": _("Pourquoi cet article s’applique."),
    "incompatible_content_illegal": _("Yes si ce contenu est aussi illicite, sinon No."),
    "content_type": _("La nature du contenu : texte, image…"),
    "content_type_other": _("La même chose, en toutes lettres, quand aucun code ne convient."),
    "category": _("La catégorie de la Commission."),
    "category_specification": _("Les mots-clés de la catégorie."),
    "territorial_scope": _("Les pays où la décision vaut."),
    "content_language": _("La langue du contenu."),
    "content_date": _("Le jour où le contenu a été écrit ou publié."),
    "application_date": _("Le jour où la décision a pris effet."),
    "end_date_visibility_restriction": _("Le jour où la restriction de visibilité prend fin."),
    "end_date_service_restriction": _("Le jour où la restriction de service prend fin."),
    "end_date_account_restriction": _("Le jour où la restriction du compte prend fin."),
    "decision_facts": _("Les faits, sans donnée personnelle."),
    "source_type": _("Comment nous l’avons su."),
    "automated_detection": _("Yes si le filtre l’a trouvé, sinon No."),
    "automated_decision": _("La part du filtre dans la décision."),
}


def statements() -> QuerySet:
    return Statement.objects.order_by("id").values("id", "puid", "fields", "stated_at")


def _statement_rows() -> Iterator[Row]:
    return sliced(statements())


def _statement_address(row: Row) -> str:
    return f"{settings.SITE_ADDRESS}{reverse('statement', args=[row['puid']])}"


def _stated(name: str) -> Callable[[Row], Any]:
    return lambda row: row["fields"].get(name)


def _stated_type(name: str) -> Type:
    field = FIELDS[name]
    return Type.LIST if field.is_list else Type.DATE if field.is_date else Type.TEXT


DECISIONS = Table(
    slug="decisions",
    title=_("Les décisions de modération"),
    about=_(
        "Une ligne par restriction, dans les champs de la base de données de la Commission européenne sur la"
        " transparence (règlement (UE) 2022/2065, article 24). Rien n’y dit de qui il s’agit."
    ),
    columns=(
        Column("adresse", Type.ADDRESS, _("La page de la décision."), _statement_address),
        Column("publiee_le", Type.MOMENT, _("Quand la décision a été motivée."), _of("stated_at")),
        *(Column(name, _stated_type(name), _STATED[name], _stated(name)) for name in FIELDS),
    ),
    rows=_statement_rows,
)


def months() -> list[Row]:
    return [moderation_figures.public_row(month) for month in MonthFigures.objects.order_by("month")]


MODERATION = Table(
    slug="moderation",
    title=_("La modération mois par mois"),
    about=_(
        "Une ligne par mois, pour toute la France, comptée la nuit dans le journal des décisions. Un nombre de 1 à 4"
        " est écrit « <5 »."
    ),
    columns=(
        Column("mois", Type.TEXT, _("Le mois : 2026-11."), _of("month")),
        *(
            Column(french, Type.COUNT, moderation_figures.COLUMNS[name], _of(name))
            for name, french in {
                "notices": "signalements",
                "restrictions": "restrictions",
                "automated_restrictions": "restrictions_du_filtre",
                "appeals": "recours",
                "reversed_appeals": "recours_suivis",
                "reversals": "retours",
            }.items()
        ),
        Column(
            "attente_mediane",
            Type.INTEGER,
            _("Secondes : la moitié des textes à relire ont attendu moins."),
            _of("median_wait"),
        ),
        Column(
            "reponse_mediane",
            Type.INTEGER,
            _("Secondes : la moitié des signalements ont reçu leur réponse plus tôt."),
            _of("median_answer"),
        ),
        Column(
            "recours_median",
            Type.INTEGER,
            _("Secondes : la moitié des recours ont été jugés plus tôt."),
            _of("median_verdict"),
        ),
    ),
    rows=months,
)

# --- Figures ---------------------------------------------------------------------------------------------------------


def figures() -> Iterator[Row]:
    """Of every night: what is counted for the whole country, then by région and by département."""
    newest = reading.newest()
    if newest is None:
        return
    nights = Snapshot.objects.filter(is_demonstration=newest.is_demonstration).order_by("day")
    for snapshot in nights.iterator(chunk_size=10):
        board = reading.parsed(snapshot)
        for key, number in NUMBERS.items():
            if key in board.figures or key in board.hidden:
                yield _figure(board, number, "", board.figures.get(key))
        for key in BY_PLACE:
            # Of communes, what is shown of a night is in its own file, which is published.
            for place, value in sorted(board.places.get(key, {}).items()):
                if not place.startswith("c"):
                    yield _figure(board, NUMBERS[key], place, value)


def _figure(board: reading.Board, number: Number, place: str, value: int | None) -> Row:
    return {
        "day": board.day,
        "key": number.key,
        "label": str(number.label),
        "unit": number.unit.value,
        "region": place[1:] if place.startswith("r") else "",
        "department": place[1:] if place.startswith("d") else "",
        "value": value,
    }


FIGURES = Table(
    slug="chiffres",
    title=_("Les chiffres, nuit par nuit"),
    about=_(
        "Une ligne par nombre, par jour et par territoire, tirée des relevés publiés. Les comptes de l’équipe du site"
        " n’y sont pas. Un nombre trop petit pour un territoire n’a pas de ligne."
    ),
    columns=(
        Column("jour", Type.DATE, _("Le jour à la fin duquel le nombre valait."), _of("day")),
        Column("chiffre", Type.TEXT, _("Le nom du nombre, qui ne change pas."), _of("key")),
        Column("libelle", Type.TEXT, _("Ce qu’il compte, en mots ; la page des chiffres le définit."), _of("label")),
        Column(
            "unite",
            Type.TEXT,
            _("people (personnes), things (choses), seconds (secondes) ou cents (centimes d’euro)."),
            _of("unit"),
        ),
        Column("region", Type.TEXT, _("Le code INSEE de la région. Vide : autre territoire."), _of("region")),
        Column(
            "departement", Type.TEXT, _("Le code INSEE du département. Vide : autre territoire."), _of("department")
        ),
        Column("valeur", Type.INTEGER, _("Le nombre. Vide : inconnu, ou trop petit pour être dit."), _of("value")),
    ),
    rows=figures,
)

TABLES: tuple[Table, ...] = (INITIATIVES, SUPPORTS, EVENTS, FIGURES, DECISIONS, MODERATION)


def table_of(slug: str) -> Table | None:
    return next((table for table in TABLES if table.slug == slug), None)
