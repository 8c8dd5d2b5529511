from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from members.models import Member

DEMONSTRATION_KEY = "demonstration"


def site(request: HttpRequest) -> dict:
    """What every page may say of the site itself."""
    return {
        "site_name": settings.SITE_NAME,
        "site_address": settings.SITE_ADDRESS,
        "contact_email": settings.CONTACT_EMAIL,
        "source_address": settings.SITE_SOURCE,
        "map_tiles_url": settings.MAP_TILES_URL,
        "asks_for_streets": bool(settings.GEOCODER_URL),
        "map_tiles_attribution": settings.MAP_TILES_ATTRIBUTION,
        "is_development": settings.DEVELOPMENT,
        "holds_demonstration": holds_demonstration,
    }


def holds_demonstration() -> bool:
    """True while demonstration members are loaded: every page then says so. Asked once a minute."""
    return caches["local"].get_or_set(
        DEMONSTRATION_KEY, lambda: Member.objects.filter(is_demonstration=True).exists(), timeout=60
    )
