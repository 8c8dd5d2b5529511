"""What may be taken away: the page that says it, the files, the package that programs read, the reference."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from opendata import api, files
from opendata.columns import TABLES, TYPE_WORDS, Column, Type
from opendata.licence import licence
from opendata.models import DataFile

#: Under a name that holds their hash, files never change; shared caches let go sooner of what was taken away.
_KEPT = {"public": True, "max_age": 24 * 60 * 60, "s_maxage": 600, "immutable": True}
_BLOCK = 64 * 1024
#: What JSON calls a value, and what we call it.
_WORDS = {
    "string": gettext_lazy("texte"),
    "integer": gettext_lazy("nombre entier"),
    "number": gettext_lazy("nombre"),
    "boolean": gettext_lazy("vrai ou faux"),
    "date": gettext_lazy("jour"),
    "date-time": gettext_lazy("instant"),
    "uri": gettext_lazy("adresse web"),
    "object": gettext_lazy("textes par nom"),
}


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Every table: what a row is, its files, what each column means."""
    made: dict[str, list[DataFile]] = {}
    for file in files.files():
        made.setdefault(file.table, []).append(file)
    return render(
        request,
        "opendata/data.html",
        {
            "tables": [
                {
                    "table": table,
                    "files": made.get(table.slug, []),
                    "columns": [(column, TYPE_WORDS[column.type]) for column in table.columns],
                }
                for table in TABLES
            ],
            "licence": licence(),
            "made_at": max((file.made_at for found in made.values() for file in found), default=None),
            "hour": files.HOUR,
        },
    )


@require_safe
def data_file(request: HttpRequest, table: str, form: str) -> HttpResponse:
    """The latest, at an address that does not change; it leads to the one of these very bytes."""
    file = get_object_or_404(DataFile, table=table, form=form)
    response = redirect(files.address_of(file))
    response["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=60)
    return response


@require_safe
def stored_file(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes themselves. In production the proxy gives them before we are asked (deploy/Caddyfile)."""
    found = files.opened(name)
    if found is None:
        raise Http404
    response = StreamingHttpResponse(
        iter(lambda: found.read(_BLOCK), b""), content_type=files.TYPES[name.rsplit(".", maxsplit=1)[-1]]
    )
    response["Content-Length"] = str(found.size)
    # Not kept whole in the memory of our page cache: no s-maxage.
    patch_cache_control(response, public=True, max_age=_KEPT["max_age"], immutable=True)
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def package(request: HttpRequest) -> JsonResponse:
    """The files and their columns as programs read them: a Data Package (Frictionless Data, version 1)."""
    made = {(file.table, file.form): file for file in files.files()}
    resources = [
        {
            "name": f"{table.slug}-{form}",
            "title": str(table.title),
            "description": str(table.about),
            "path": settings.SITE_ADDRESS + reverse("data_file", args=[table.slug, form]),
            "format": form,
            "mediatype": files.TYPES[form].partition(";")[0],
            "encoding": "utf-8",
        }
        | _measured(made.get((table.slug, form)))
        | ({"schema": {"fields": [_described(column) for column in table.columns]}} if form == "csv" else {})
        for table in TABLES
        for form in table.forms
    ]
    said = licence()
    response = JsonResponse(
        {
            "name": "createurs-de-possibles",
            "title": settings.SITE_NAME,
            "homepage": settings.SITE_ADDRESS + reverse("data"),
            "licenses": [{"name": said.code, "title": said.name, "path": said.address}],
            "resources": resources,
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _measured(file: DataFile | None) -> dict[str, Any]:
    if file is None:
        return {}
    return {"bytes": file.size, "hash": f"sha256:{file.sha256}", "rowcount": file.rows, "modified": file.made_at}


def _described(column: Column) -> dict[str, Any]:
    """A column of the CSV, in the words of Table Schema: several texts are one cell there."""
    kinds: dict[Type, dict[str, str]] = {
        Type.ADDRESS: {"type": "string", "format": "uri"},
        Type.LIST: {"type": "string"},
        Type.COUNT: {"type": "string"},
    }
    return {"name": column.name, "description": str(column.meaning)} | kinds.get(
        column.type, {"type": column.type.value}
    )


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What may be asked by programs, from the description that they read themselves."""
    described = api.schema()
    shapes: dict[str, dict] = described["components"]["schemas"]
    return render(
        request,
        "opendata/reference.html",
        {
            "questions": [
                {
                    "path": path,
                    "name": asked["get"]["operationId"],
                    "summary": asked["get"]["summary"],
                    "parameters": [_parameter(each, shapes) for each in asked["get"]["parameters"]],
                    "answer": _answer(asked["get"]["responses"]["200"]),
                }
                for path, asked in described["paths"].items()
            ],
            "shapes": [
                {"name": name, "fields": [_shape_field(field, told) for field, told in shape["properties"].items()]}
                for name, shape in shapes.items()
                # What may be asked is said above, with each question.
                if "properties" in shape and not name.endswith("Filters")
            ],
            "base": f"{settings.SITE_ADDRESS}/api/v1",
            "licence": licence(),
            "minute": settings.API_LIMIT_MINUTE,
            "day": settings.API_LIMIT_DAY,
        },
    )


def _parameter(said: dict, shapes: dict[str, dict]) -> dict:
    schema = said["schema"]
    return {
        "name": said["name"],
        "is_in_path": said["in"] == "path",
        "description": said.get("description", ""),
        "values": _values(schema, shapes),
        "default": schema.get("default"),
    }


def _values(schema: dict, shapes: dict[str, dict]) -> list[str]:
    """Those that it may take, when they are listed."""
    choices = [schema, *schema.get("anyOf", []), *schema.get("allOf", [])]
    named = [shapes[each["$ref"].rpartition("/")[2]] for each in choices if "$ref" in each]
    return next((each["enum"] for each in [*choices, *named] if "enum" in each), [])


def _answer(said: dict) -> dict:
    """The shape that is answered, and whether it is a list of it."""
    schema = said["content"]["application/json"]["schema"]
    is_list = schema.get("type") == "array"
    return {"name": (schema["items"] if is_list else schema)["$ref"].rpartition("/")[2], "is_list": is_list}


def _shape_field(name: str, said: dict) -> dict:
    choices = [each for each in said.get("anyOf", [said]) if each.get("type") != "null"]
    kinds = [said["format"]] if "format" in said else [_type(each) for each in choices]
    return {
        "name": name,
        "type": _(" ou ").join(str(_WORDS.get(kind, kind)) for kind in kinds),
        "description": said.get("description", ""),
    }


def _type(said: dict) -> str:
    if "$ref" in said:
        return said["$ref"].rpartition("/")[2]
    if said.get("type") == "array":
        return _("plusieurs : %s") % _WORDS.get(kind := _type(said["items"]), kind)
    return said.get("type", "")
