from events.models.attendance import MOST_GUESTS, Attendance
from events.models.event import LONGEST, Event
from events.models.series import Series

__all__ = ["LONGEST", "MOST_GUESTS", "Attendance", "Event", "Series"]
