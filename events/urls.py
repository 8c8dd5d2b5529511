from django.urls import path

from events.views import calendars, coming, finding, links, posting, reading

urlpatterns = [
    path("", finding.event_list, name="agenda"),
    path("carte.json", finding.map_data, name="map_data"),
    path("carte/villes.json", finding.map_towns, name="map_towns"),
    path("agenda.ics", calendars.agenda_calendar, name="agenda_calendar"),
    path("nouveau/", posting.new, name="event_new"),
    path("<slug_id:slug>/", reading.detail, name="event"),
    path("<slug_id:slug>/evenement.ics", calendars.event_file, name="event_file"),
    path("<slug_id:slug>/je-viens/", coming.attend, name="event_attend"),
    path("<slug_id:slug>/je-viens/envoye/", coming.sent, name="event_attend_sent"),
    path("<slug_id:slug>/je-viens/combien/", coming.bring, name="event_bring"),
    path("<slug_id:slug>/participation/<str:token>/", links.attendance, name="attendance"),
    path("<slug_id:slug>/participation/<str:token>/ne-plus-venir/", links.leave, name="attendance_leave"),
    path("<slug_id:slug>/participation/<str:token>/toujours/", links.still, name="attendance_still"),
    path("<slug_id:slug>/participation/<str:token>/combien/", links.bring, name="attendance_bring"),
    path("<slug_id:slug>/participation/<str:token>/renvoyer/", links.again, name="attendance_again"),
    path("<slug_id:slug>/ne-plus-venir/", coming.leave, name="event_leave"),
    path("<slug_id:slug>/modifier/", posting.edit, name="event_edit"),
    path("<slug_id:slug>/annuler/", posting.cancel, name="event_cancel"),
]
