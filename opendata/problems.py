"""What is wrong, said as RFC 9457 has it, in words."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.pages import BadCursor
from opendata.shapes import Problem

TYPE = "application/problem+json"
TITLES = {
    400: gettext_lazy("La question n’est pas comprise"),
    404: gettext_lazy("Rien à cette adresse"),
    405: gettext_lazy("On ne peut que lire"),
    429: gettext_lazy("Trop de questions"),
    500: gettext_lazy("Une erreur de notre côté"),
}
#: What pydantic calls a mistake, and how we say it.
_WORDS = {
    "int_parsing": gettext_lazy("un nombre entier est attendu"),
    "greater_than_equal": gettext_lazy("au moins %(ge)s"),
    "less_than_equal": gettext_lazy("au plus %(le)s"),
    "enum": gettext_lazy("une de ces valeurs est attendue : %(expected)s"),
    "string_pattern_mismatch": gettext_lazy("ce code n’a pas la bonne forme"),
    "string_too_long": gettext_lazy("au plus %(max_length)s caractères"),
    "datetime_parsing": gettext_lazy("une date est attendue : 2026-11-22 ou 2026-11-22T18:30:00Z"),
    "datetime_from_date_parsing": gettext_lazy("une date est attendue : 2026-11-22 ou 2026-11-22T18:30:00Z"),
    "value_error": gettext_lazy("une date entre 2000 et 2100 est attendue"),
    "missing": gettext_lazy("il manque"),
}


class Refused(Exception):
    """The question cannot be answered; by parameter, why."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def problem(status: int, detail: str, errors: dict[str, str] | None = None) -> HttpResponse:
    said = Problem(type="about:blank", title=str(TITLES[status]), status=status, detail=detail, erreurs=errors or {})
    response = HttpResponse(said.model_dump_json(), status=status, content_type=TYPE)
    if status != 404:
        response["Cache-Control"] = "no-store"
    return response


def refused(errors: dict[str, str]) -> HttpResponse:
    return problem(400, _("Un paramètre au moins ne convient pas."), errors)


def bad_cursor(_error: BadCursor) -> HttpResponse:
    return refused({"curseur": _("ce curseur n’est pas de nous, ou d’une autre question : reprenez au début")})


def in_words(errors: list[dict]) -> dict[str, str]:
    """Pydantic's errors, one for each parameter."""
    said = {}
    for error in errors:
        words = _WORDS.get(error["type"])
        said[str(error["loc"][-1])] = words % error.get("ctx", {}) if words else _("cette valeur n’est pas comprise")
    return said
