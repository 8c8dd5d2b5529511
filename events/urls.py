from django.urls import path

from events import views

urlpatterns = [
    path("", views.event_list, name="agenda"),
    path("carte.json", views.map_data, name="map_data"),
    path("carte/villes.json", views.map_towns, name="map_towns"),
    path("nouveau/", views.new, name="event_new"),
    path("<slug_id:slug>/", views.detail, name="event"),
    path("<slug_id:slug>/je-viens/", views.attend, name="event_attend"),
    path("<slug_id:slug>/ne-plus-venir/", views.leave, name="event_leave"),
    path("<slug_id:slug>/modifier/", views.edit, name="event_edit"),
    path("<slug_id:slug>/annuler/", views.cancel, name="event_cancel"),
]
