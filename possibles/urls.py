"""The addresses of the site: each room has its own, in French."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path, register_converter

# Not autodiscovered (see StaffAdminConfig): imported here, each registers its models.
import events.admin
import events.partners_admin
import events.views.calendars
import events.views.coming
import events.views.posters
import figures.admin  # noqa: F401
import initiatives.admin  # noqa: F401
import members.admin
import members.rights_admin  # noqa: F401
import moderation.admin  # noqa: F401
import notifications.admin
import notifications.open_views
import pages.openings.admin  # noqa: F401
import territories.admin  # noqa: F401
from core import images
from core.converters import NumberedSlugConverter
from core.views import image
from initiatives.views import actions, reading, supports
from notifications import device_views

register_converter(NumberedSlugConverter, "slug_id")

handler400 = "pages.errors.bad_request"
handler403 = "pages.errors.forbidden"
handler404 = "pages.errors.not_found"
handler500 = "pages.errors.server_error"

urlpatterns = [
    # First, what is asked for most: addresses are tried in this order.
    path("initiatives/", include("initiatives.urls")),
    path("", include("pages.urls")),
    path("", include("opendata.urls")),
    path("", include("figures.urls")),
    path("", include("search.urls")),
    path("mes-initiatives/", reading.mine, name="my_initiatives"),
    path("mes-engagements/", actions.mine, name="my_commitments"),
    path("mes-soutiens/", supports.mine, name="my_supports"),
    path("mes-soutiens/envoye/", supports.mine_sent, name="my_supports_sent"),
    path("mes-soutiens/<str:token>/", supports.mine_by_link, name="my_supports_link"),
    path("evenements/", include("events.urls")),
    path("e/<slug_id:slug>", events.views.posters.short, name="event_short"),
    path("mes-evenements/", events.views.coming.mine, name="my_events"),
    path("mes-evenements/agenda/", events.views.calendars.my_calendar, name="my_calendar"),
    path("mes-evenements/agenda/adresse/", events.views.calendars.renew_my_calendar, name="my_calendar_renew"),
    path("mes-evenements/agenda/fermer/", events.views.calendars.stop_my_calendar, name="my_calendar_stop"),
    path("calendrier/<str:token>.ics", events.views.calendars.own_calendar, name="own_calendar"),
    path(
        "initiatives/<slug_id:slug>/evenements.ics",
        events.views.calendars.initiative_calendar,
        name="initiative_calendar",
    ),
    path("territoires/", include("territories.urls")),
    path("", include("moderation.urls")),
    path("ne-plus-recevoir/<str:token>/", notifications.open_views.stop_messages, name="stop_messages"),
    path("courrier/<slug:provider>/<str:secret>/", notifications.open_views.provider_told, name="provider_told"),
    path("compte/", include("members.urls")),
    path("reglages/", include("members.settings_urls")),
    path("mes-donnees/", include("members.rights_urls")),
    path("reglages/messages/appareils/", device_views.enable, name="device_enable"),
    path("reglages/messages/appareils/renouveler/", device_views.renew, name="device_renew"),
    path("reglages/messages/appareils/<int:pk>/retirer/", device_views.remove, name="device_remove"),
    path("notifications/<int:pk>/ouvrir/", device_views.open_notification, name="notification_open"),
    path("sw.js", device_views.worker, name="push_worker"),
    path("manifest.webmanifest", device_views.manifest, name="manifest"),
    re_path(rf"^media/(?P<path>{images.FILE})$", image, name="image"),
    path("admin/", admin.site.urls),
]

if settings.DEVELOPMENT:
    urlpatterns += [path("dev/", include("pages.dev.urls"))]
