from events.models.attendance import MOST_GUESTS, Attendance
from events.models.calendars import CalendarSource, OwnCalendar
from events.models.event import LONGEST, Event
from events.models.poster import Poster
from events.models.series import Series

__all__ = [
    "LONGEST",
    "MOST_GUESTS",
    "Attendance",
    "CalendarSource",
    "Event",
    "OwnCalendar",
    "Poster",
    "Series",
]
