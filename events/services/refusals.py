"""Why an act on an event cannot be done."""


class Refused(Exception):
    """The act cannot be done; its text says why, and can be shown to the person."""


class EventFull(Refused):
    """No place is left."""


class EventClosed(Refused):
    """It is over, cancelled or withheld."""


class TooFewPlaces(Refused):
    """More people come than the new number of places."""
