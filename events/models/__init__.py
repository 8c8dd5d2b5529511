from events.models.attendance import MOST_GUESTS, Attendance
from events.models.calendars import CalendarSource, OwnCalendar
from events.models.event import LONGEST, Event
from events.models.letter import EventLetter
from events.models.limits import EventLimits
from events.models.mapcell import MapCell, StaleCell
from events.models.message import MESSAGES_A_DAY, EventMessage
from events.models.poster import Poster
from events.models.report import EventPhoto, EventReport
from events.models.series import Series

__all__ = [
    "LONGEST",
    "MESSAGES_A_DAY",
    "MOST_GUESTS",
    "Attendance",
    "CalendarSource",
    "Event",
    "EventLetter",
    "EventLimits",
    "EventMessage",
    "EventPhoto",
    "EventReport",
    "MapCell",
    "OwnCalendar",
    "Poster",
    "Series",
    "StaleCell",
]
