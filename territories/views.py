"""« Où ? » as one types."""

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponseBadRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from territories.lookup import LONGEST, search


@require_safe
@cache_control(public=True, max_age=86_400)
def suggestions(request: HttpRequest) -> JsonResponse | HttpResponseBadRequest:
    """Communes for what was typed in ``q``.

    ``{"results": [{"code", "name", "label", "postcodes", "latitude", "longitude"}]}``, in WGS84 degrees.
    """
    text = request.GET.get("q", "")
    if len(text) > LONGEST:
        return JsonResponse({"results": []}, status=400)
    communes = search(text)
    prefetch_related_objects(communes, "postcodes")
    results = [
        {
            "code": commune.code,
            "name": commune.name,
            "label": commune.label,
            "postcodes": [postcode.code for postcode in commune.postcodes.all()],
            "latitude": commune.latitude,
            "longitude": commune.longitude,
        }
        for commune in communes
    ]
    return JsonResponse({"results": results})
