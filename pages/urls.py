from django.urls import path
from django.views.generic.base import RedirectView

from pages import accent, hearing, home, transparency, views
from pages.dashboard import views as dashboard
from pages.digests.views import keep
from pages.places import views as places
from pages.ranking import ranking

urlpatterns = [
    path("", home.home, name="home"),
    path("initiatives/<slug_id:slug>/tableau-de-bord/", dashboard.dashboard, name="initiative_dashboard"),
    path("initiatives/<slug_id:slug>/tableau-de-bord/liens/", dashboard.name_link, name="initiative_link_name"),
    path(
        "initiatives/<slug_id:slug>/tableau-de-bord/liens/<slug:word>/retirer/",
        dashboard.drop_link,
        name="initiative_link_drop",
    ),
    path("ou/", views.find_place, name="find_place"),
    path("ou/pres/", home.find_near, name="find_near"),
    path("mon-fil/", views.feed, name="feed"),
    path("notifications/", hearing.notifications, name="notifications"),
    path("notifications/<slug:sort>/<int:pk>/", hearing.notifications_about, name="notifications_about"),
    path("notifications/<int:pk>/personne-en-sourdine/", hearing.mute_person, name="mute_person"),
    path("sourdine/<slug:sort>/<int:pk>/", hearing.mute, name="mute"),
    path("sourdine/<slug:sort>/<int:pk>/fin/", hearing.unmute, name="unmute"),
    path("reglages/messages/", hearing.receiving, name="settings_messages"),
    path("reglages/messages/un-par-un/<slug:group>/", hearing.receiving_each, name="settings_messages_each"),
    path("territoires/", places.territories, name="territories"),
    path("territoires/<slug:territory>/", places.territory, name="territory"),
    path("territoires/<slug:territory>/communes/", places.communes, name="territory_communes"),
    path("territoires/<slug:territory>/pres/", home.near_place, name="near_place"),
    path("territoires/<slug:territory>/suivre/", places.follow, name="territory_follow"),
    path("territoires/<slug:territory>/ne-plus-suivre/", places.unfollow, name="territory_unfollow"),
    path("moderation/", transparency.moderation, name="moderation_public"),
    path("moderation/chiffres.csv", transparency.figures_csv, name="moderation_figures_csv"),
    path("moderation/chiffres.json", transparency.figures_json, name="moderation_figures_json"),
    path("moderation/decisions/<slug:puid>/", transparency.statement, name="statement"),
    path("classement/", ranking, name="ranking"),
    path("confidentialite/", views.privacy, name="privacy"),
    path("accessibilite/", views.page, {"template": "pages/accessibility.html"}, name="accessibility"),
    path("mentions-legales/", views.page, {"template": "pages/legal.html"}, name="legal"),
    path("resume/<str:token>/", keep, name="digest_keep"),
    path("accent.css", accent.stylesheet, name="accent"),
    path("favicon.ico", RedirectView.as_view(url="/static/img/icon.svg", permanent=True), name="favicon"),
    path("sante/", views.health, name="health"),
]
