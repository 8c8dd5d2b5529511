from django.urls import include, path, re_path

from opendata import api, feeds, sitemaps, views

urlpatterns = [
    path("donnees/", views.data, name="data"),
    path("donnees/api/", views.reference, name="api_reference"),
    path("donnees/datapackage.json", views.package, name="data_package"),
    re_path(r"^donnees/(?P<table>[a-z]+)\.(?P<form>csv|json|geojson)$", views.data_file, name="data_file"),
    re_path(
        r"^media/donnees/(?P<name>[a-z]+-[0-9a-f]{16}\.(?:csv|json|geojson))$", views.stored_file, name="stored_file"
    ),
    path("api/v1/", include(api.urls)),
    path("api/<path:rest>", api.opened(api.nowhere), name="api_nowhere"),
    path("initiatives/fil.atom", feeds.initiatives, name="initiatives_feed"),
    path("initiatives/<slug_id:slug>/nouvelles.atom", feeds.updates, name="updates_feed"),
    path("initiatives/<slug_id:slug>/discussion.atom", feeds.discussion, name="discussion_feed"),
    path("evenements/fil.atom", feeds.events, name="events_feed"),
    path("evenements/comptes-rendus.atom", feeds.reports, name="reports_feed"),
    path("territoires/<slug:territory>/fil.atom", feeds.territory, name="territory_feed"),
    path("moderation/decisions.atom", feeds.decisions, name="decisions_feed"),
    path("chiffres/releves.atom", feeds.snapshots, name="snapshots_feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("plan/<slug:section>.xml", sitemaps.section, name="sitemap_section"),
    path("plan/<slug:section>/<slug:part>.xml", sitemaps.section, name="sitemap_part"),
    path("robots.txt", sitemaps.robots, name="robots"),
]
