"""Why an act on an event cannot be done."""


class Refused(Exception):
    """The act cannot be done; its text says why, and can be shown to the person."""


class EventClosed(Refused):
    """It is over, cancelled or withheld."""


class BadDate(Refused):
    """One that follows in the series would begin in the past."""


class TooFewPlaces(Refused):
    """More people come than the new number of places."""


class TooManyPosted(Refused):
    """This person has posted enough events today."""


class NotOpenYet(Refused):
    """The site is not open yet in this département."""


class DoorClosed(Refused):
    """Nobody arrives yet, or any more."""


class MessageRefused(Refused):
    """Those who come have had enough messages today, or may not be written to any more."""


class ReportRefused(Refused):
    """There is nothing to tell yet, it was told, or enough pictures show it."""


class PartyTooLarge(Refused):
    """Fewer places are left than they are, or others wait for them."""


class Suspended(Refused):
    """The account of this address is suspended."""
