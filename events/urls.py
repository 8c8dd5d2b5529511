from django.urls import path

from events.views import calendars, coming, finding, posting, reading

urlpatterns = [
    path("", finding.event_list, name="agenda"),
    path("carte.json", finding.map_data, name="map_data"),
    path("carte/villes.json", finding.map_towns, name="map_towns"),
    path("agenda.ics", calendars.agenda_calendar, name="agenda_calendar"),
    path("nouveau/", posting.new, name="event_new"),
    path("<slug_id:slug>/", reading.detail, name="event"),
    path("<slug_id:slug>/evenement.ics", calendars.event_file, name="event_file"),
    path("<slug_id:slug>/je-viens/", coming.attend, name="event_attend"),
    path("<slug_id:slug>/ne-plus-venir/", coming.leave, name="event_leave"),
    path("<slug_id:slug>/modifier/", posting.edit, name="event_edit"),
    path("<slug_id:slug>/annuler/", posting.cancel, name="event_cancel"),
]
