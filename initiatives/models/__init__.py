from initiatives.models.initiative import Initiative, Tag, TaggedInitiative, french_query
from initiatives.models.milestone import Milestone, Promise, Scale
from initiatives.models.support import Support, SupportDelta, SupportLimits, SupportReview, SupportTally
from initiatives.models.team import CoOrganiser, Invitation
from initiatives.models.timeline import TimelineEntry

__all__ = [
    "CoOrganiser",
    "Initiative",
    "Invitation",
    "Milestone",
    "Promise",
    "Scale",
    "Support",
    "SupportDelta",
    "SupportLimits",
    "SupportReview",
    "SupportTally",
    "Tag",
    "TaggedInitiative",
    "TimelineEntry",
    "french_query",
]
