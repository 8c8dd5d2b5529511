from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core import images

#: Each reader keeps it for ever, its name being never given to another; no shared cache does, for it may be withheld.
_KEPT_BY_READERS = "private, max-age=31536000, immutable"


@require_safe
def image(request: HttpRequest, path: str) -> HttpResponse:
    """A public image. In production the proxy gives it before we are asked (deploy/Caddyfile)."""
    found = images.public_content(path)
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="image/webp", headers={"Cache-Control": _KEPT_BY_READERS})
