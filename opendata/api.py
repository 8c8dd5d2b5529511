"""The interface to read by: what anyone reads on the site, as JSON, a page at a time.

Nothing is written through it and nobody signs in to it: the answers are the same for all, and are kept as pages are.
"""

import json
from collections.abc import Callable
from functools import cache, wraps
from typing import Annotated

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.log import log_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import ValidationError
from ninja.renderers import JSONRenderer

from core.clients import machine_of
from core.limits import Window, hit
from core.middleware import SHARED_AGE, STALE_AGE
from core.pages import BadCursor, keyset
from events.models import Event
from figures import reading
from initiatives.models import Initiative, Tag
from moderation.models import Statement
from opendata import columns, problems, shapes
from opendata.columns import Table
from opendata.licence import licence
from territories.lookup import from_path
from territories.models import Commune, Department, Region


class _Readable(JSONRenderer):
    """Letters with accents as they are: a sixth less."""

    json_dumps_params = {"ensure_ascii": False}


api = NinjaAPI(
    renderer=_Readable(),
    title=gettext_lazy("Lire le site par programme"),
    version="1",
    description=gettext_lazy(
        "Ce que chacun lit sur le site, en JSON. On ne fait que lire, sans compte ni clé. Les textes restent à celles"
        " et ceux qui les ont écrits ; le reste suit la licence des données."
    ),
    urls_namespace="api-1",
    docs_url=None,
    openapi_url=None,
    openapi_extra={"info": {"license": {"name": licence().name, "url": licence().address}}},
)

Number = Annotated[int, Path(description=gettext_lazy("Son numéro, qui ne change pas."))]
Code = Annotated[shapes.Place, Path(description=shapes.CODES)]
Puid = Annotated[str, Path(description=gettext_lazy("L’identifiant de la décision."))]
_REFUSED = {400: shapes.Problem, 429: shapes.Problem}
_MISSING = _REFUSED | {404: shapes.Problem}
_DAY = 24 * 60 * 60


# --- Initiatives -----------------------------------------------------------------------------------------------------


@api.get(
    "/initiatives",
    response={200: shapes.InitiativePage} | _REFUSED,
    summary=gettext_lazy("Les initiatives, les plus récentes d’abord"),
    operation_id="initiatives",
    url_name="initiatives",
)
def initiative_list(request: HttpRequest, response: HttpResponse, filters: Query[shapes.InitiativeFilters]):
    found = Initiative.objects.public().only("pk")
    if filters.territoire:
        found = found.in_territory(_place(filters.territoire))
    if filters.theme:
        found = found.filter(tag_uses__tag=_theme(filters.theme))
    if filters.sorte:
        found = found.filter(kind=filters.sorte)
    if filters.etat:
        found = found.filter(state=filters.etat)
    order = ("-id",)
    if filters.modifiee_depuis:
        order = ("changed", "id")
        found = found.annotate(changed=Greatest("updated_at", "published_at", "ended_at"))
        found = found.filter(changed__gte=filters.modifiee_depuis)
    return _page(request, response, filters, found, order=order, table=columns.INITIATIVES, rows=columns.initiatives())


@api.get(
    "/initiatives/{int:identifiant}",
    response={200: shapes.WholeInitiative} | _MISSING,
    summary=gettext_lazy("Une initiative, avec son texte"),
    operation_id="initiative",
    url_name="initiative",
)
def initiative(request: HttpRequest, identifiant: Number):
    row = columns.initiatives().filter(pk=identifiant).first()
    whole = Initiative.objects.public().filter(pk=identifiant).first()
    if row is None or whole is None:
        raise Http404
    return columns.INITIATIVES.values(row) | {
        "probleme": whole.problem,
        "proposition": whole.proposal,
        "moyens": whole.means,
        "resultat": whole.outcome,
        "preuve": whole.proof,
        "lecons": whole.lessons,
    }


# --- Events ----------------------------------------------------------------------------------------------------------


@api.get(
    "/evenements",
    response={200: shapes.EventPage} | _REFUSED,
    summary=gettext_lazy("Les événements, les plus proches dans le temps d’abord"),
    operation_id="evenements",
    url_name="evenements",
)
def event_list(request: HttpRequest, response: HttpResponse, filters: Query[shapes.EventFilters]):
    found = Event.objects.public().only("pk", "starts_at")
    if filters.territoire:
        found = found.in_territory(_place(filters.territoire))
    if filters.theme:
        found = found.filter(theme=_theme(filters.theme))
    if filters.sorte:
        found = found.filter(kind=filters.sorte)
    if filters.modifie_depuis:
        order = ("changed", "id")
        found = found.annotate(changed=Greatest("updated_at", "published_at", "cancelled_at"))
        found = found.filter(changed__gte=filters.modifie_depuis)
    else:
        order = ("starts_at", "id")
        found = found.filter(cancelled_at=None, starts_at__gte=filters.depuis or timezone.now())
        if filters.avant:
            found = found.filter(starts_at__lt=filters.avant)
    return _page(request, response, filters, found, order=order, table=columns.EVENTS, rows=columns.events())


@api.get(
    "/evenements/{int:identifiant}",
    response={200: shapes.WholeEvent} | _MISSING,
    summary=gettext_lazy("Un événement, avec son texte"),
    operation_id="evenement",
    url_name="evenement",
)
def event(request: HttpRequest, identifiant: Number):
    row = columns.events().filter(pk=identifiant).first()
    whole = Event.objects.public().filter(pk=identifiant).first()
    if row is None or whole is None:
        raise Http404
    return columns.EVENTS.values(row) | {"description": whole.description}


# --- Places and themes -----------------------------------------------------------------------------------------------


@api.get(
    "/territoires",
    response={200: shapes.TerritoryPage} | _REFUSED,
    summary=gettext_lazy("Les territoires, par code"),
    operation_id="territoires",
    url_name="territoires",
)
def territory_list(request: HttpRequest, response: HttpResponse, filters: Query[shapes.TerritoryFilters]):
    _refuse_unknown(request, filters)
    found: QuerySet = {
        shapes.Sort.REGION: Region.objects.all(),
        shapes.Sort.DEPARTMENT: Department.objects.all(),
        shapes.Sort.COMMUNE: Commune.objects.current().select_related("department"),
    }[filters.sorte]
    if filters.departement:
        if filters.sorte != shapes.Sort.COMMUNE:
            raise problems.Refused({"departement": _("seulement avec sorte=commune")})
        found = found.filter(department=filters.departement)
    page = keyset(found, order=("code",), after=filters.curseur, size=filters.par_page)
    return _linked(request, response, [_territory(place) for place in page], page.next)


@api.get(
    "/territoires/{code}",
    response={200: shapes.Territory} | _MISSING,
    summary=gettext_lazy("Un territoire"),
    operation_id="territoire",
    url_name="territoire",
)
def territory(request: HttpRequest, code: Code):
    place = from_path(f"{code}-x")
    if place is None:
        raise Http404
    return _territory(place)


@api.get(
    "/themes",
    response={200: list[shapes.Theme]} | _REFUSED,
    summary=gettext_lazy("Les thèmes du site"),
    operation_id="themes",
    url_name="themes",
)
def theme_list(request: HttpRequest):
    return [{"code": theme.slug, "nom": theme.name} for theme in Tag.objects.filter(theme_rank__isnull=False)]


# --- Figures and moderation ------------------------------------------------------------------------------------------


@api.get(
    "/chiffres",
    response={200: shapes.Numbers} | _MISSING,
    summary=gettext_lazy("Les chiffres du dernier relevé"),
    operation_id="chiffres",
    url_name="chiffres",
)
def figures(request: HttpRequest, filters: Query[shapes.NumberFilters]):
    _refuse_unknown(request, filters)
    place = _place(filters.territoire) if filters.territoire else None
    board = reading.board()
    if board is None:
        raise Http404
    found = board.of_place(place) if place else [board.figure(key) for key in board.figures]
    return {
        "jour": board.day.isoformat(),
        "empreinte": board.hash,
        "est_une_demonstration": board.is_demonstration,
        "chiffres": [
            {
                "chiffre": figure.key,
                "libelle": str(figure.number.label),
                "definition": str(figure.number.definition),
                "unite": figure.number.unit,
                "valeur": None if figure.is_hidden else figure.value,
                "est_cache": figure.is_hidden,
            }
            for figure in found
        ],
    }


@api.get(
    "/moderation/decisions",
    response={200: shapes.DecisionPage} | _REFUSED,
    summary=gettext_lazy("Les décisions de modération, les plus récentes d’abord"),
    operation_id="decisions",
    url_name="decisions",
)
def decision_list(request: HttpRequest, response: HttpResponse, filters: Query[shapes.DecisionFilters]):
    found = Statement.objects.only("pk", "stated_at")
    order = ("-stated_at", "-id")
    if filters.depuis:
        found = found.filter(stated_at__gte=filters.depuis)
    return _page(request, response, filters, found, order=order, table=columns.DECISIONS, rows=columns.statements())


@api.get(
    "/moderation/decisions/{slug:puid}",
    response={200: shapes.DecisionRow} | _MISSING,
    summary=gettext_lazy("Une décision de modération"),
    operation_id="decision",
    url_name="decision",
)
def decision(request: HttpRequest, puid: Puid):
    row = columns.statements().filter(puid=puid).first()
    if row is None:
        raise Http404
    return columns.DECISIONS.values(row)


@api.get(
    "/moderation/mois",
    response={200: list[shapes.MonthRow]} | _REFUSED,
    summary=gettext_lazy("La modération mois par mois"),
    operation_id="mois",
    url_name="mois",
)
def months(request: HttpRequest):
    return [columns.MODERATION.values(row) for row in columns.months()]


# --- Pages of rows ---------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    response: HttpResponse,
    filters: Schema,
    found: QuerySet,
    *,
    order: tuple[str, ...],
    table: Table,
    rows: QuerySet,
) -> dict:
    """A page of `found`, each as the files have it: two queries, whatever is asked."""
    _refuse_unknown(request, filters)
    page = keyset(found, order=order, after=filters.curseur, size=filters.par_page)
    by_number = {row["id"]: row for row in rows.filter(pk__in=[each.pk for each in page])}
    lines = [table.values(by_number[each.pk]) for each in page if each.pk in by_number]
    return _linked(request, response, lines, page.next)


def _linked(request: HttpRequest, response: HttpResponse, lines: list, cursor: str) -> dict:
    """With the address of the page after, said in a header too (RFC 8288)."""
    after = None
    if cursor:
        query = request.GET.copy()
        query["curseur"] = cursor
        after = f"{settings.SITE_ADDRESS}{request.path}?{query.urlencode()}"
        response["Link"] = f'<{after}>; rel="next"'
    return {"lignes": lines, "suivant": after}


def _refuse_unknown(request: HttpRequest, filters: Schema) -> None:
    """A filter that is misspelt would give the whole country."""
    unknown = set(request.GET) - set(type(filters).model_fields)
    if unknown:
        raise problems.Refused({name[:50]: _("ce paramètre n’existe pas") for name in sorted(unknown)[:10]})


def _place(code: str) -> Region | Department | Commune:
    place = from_path(f"{code}-x")
    if place is None:
        raise problems.Refused({"territoire": _("ce territoire n’existe pas")})
    return place


def _theme(code: str) -> Tag:
    theme = Tag.objects.filter(slug=code, theme_rank__isnull=False).first()
    if theme is None:
        raise problems.Refused({"theme": _("ce thème n’existe pas")})
    return theme


def _territory(place: Region | Department | Commune) -> dict:
    is_commune, is_region = isinstance(place, Commune), isinstance(place, Region)
    department = place.department if is_commune else None if is_region else place
    return {
        "code": f"r{place.pk}" if is_region else place.pk,
        "sorte": {Region: "region", Department: "departement", Commune: "commune"}[type(place)],
        "nom": place.name,
        "adresse": f"{settings.SITE_ADDRESS}{place.get_absolute_url()}",
        "region": place.pk if is_region else department.region_id,
        "departement": department and department.pk,
        "population": place.population,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


# --- What every answer has in common ---------------------------------------------------------------------------------

api.add_exception_handler(
    Http404, lambda request, error: problems.problem(404, _("Ce que vous demandez n’existe pas."))
)
api.add_exception_handler(BadCursor, lambda request, error: problems.bad_cursor(error))
api.add_exception_handler(problems.Refused, lambda request, error: problems.refused(error.errors))
api.add_exception_handler(ValidationError, lambda request, error: problems.refused(problems.in_words(error.errors)))


@api.exception_handler(Exception)
def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    response = problems.problem(500, _("Réessayez dans quelques minutes."))
    # As Django logs what its own page of refusal answers.
    log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request, exception=error)
    return response


def opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anyone's program may ask, also from a page of another site, and so often in a minute and in a day."""

    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers={"Access-Control-Max-Age": str(_DAY)})
        elif request.method not in ("GET", "HEAD"):
            response = problems.problem(405, _("Cette interface ne répond qu’à GET."))
            response["Allow"] = "GET, HEAD, OPTIONS"
        elif wait := _wait(request):
            response = problems.problem(429, _("Réessayez plus tard, ou prenez les fichiers, qui ont tout."))
            response["Retry-After"] = str(wait)
        else:
            # HEAD is asked of what answers to GET: the server leaves the body out.
            request.method = "GET"
            response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response["Access-Control-Allow-Headers"] = "If-None-Match"
        response["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
        response["X-Robots-Tag"] = "noindex"
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_AGE, stale_while_revalidate=STALE_AGE)
        return response

    return answer


def _wait(request: HttpRequest) -> int:
    """Seconds after which this machine may ask again; 0 when it may now. What a cache answers is not counted."""
    key = f"api/{machine_of(request) or 'unknown'}"
    windows = [Window(key, 60), Window(key, _DAY)]
    now = timezone.now().timestamp()
    for hits, window, most in zip(
        hit(windows), windows, (settings.API_LIMIT_MINUTE, settings.API_LIMIT_DAY), strict=True
    ):
        if hits > most:
            return int(window.seconds - now % window.seconds) + 1
    return 0


def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    return problems.problem(404, _("Ce que vous demandez n’existe pas."))


@cache
def schema() -> dict:
    """The description of the interface (OpenAPI): programs read it, and its page prints it. Made once: it is long."""
    said = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), cls=DjangoJSONEncoder))
    for asked in said["paths"].values():
        for status, answer in asked["get"]["responses"].items():
            # Ninja describes refusals as it does answers.
            if int(status) >= 400:
                answer["content"] = {problems.TYPE: answer["content"]["application/json"]}
    return said


def description(request: HttpRequest) -> HttpResponse:
    return JsonResponse(schema(), json_dumps_params={"ensure_ascii": False})


#: Named as the questions are, after "api_". Ninja's own root leads nowhere.
urls: list[URLPattern] = [
    *(
        path(str(each.pattern), opened(each.callback), each.default_args, name=f"api_{each.name}")
        for each in api.urls[0]
        if each.name != "api-root"
    ),
    path("openapi.json", opened(description), name="api_description"),
]
