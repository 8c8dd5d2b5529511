from initiatives.models.initiative import Initiative, Tag, TaggedInitiative, french_query
from initiatives.models.support import Support, SupportDelta, SupportLimits, SupportReview, SupportTally

__all__ = [
    "Initiative",
    "Support",
    "SupportDelta",
    "SupportLimits",
    "SupportReview",
    "SupportTally",
    "Tag",
    "TaggedInitiative",
    "french_query",
]
