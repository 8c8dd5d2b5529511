from initiatives.models.action import Action, Commitment
from initiatives.models.announcement import Announcement
from initiatives.models.contribution import Contribution, ContributionVote
from initiatives.models.draft import HeldStep, Step, UnfinishedStep
from initiatives.models.initiative import Initiative, Tag, TaggedInitiative, french_query
from initiatives.models.letter import ExchangeQuerySet, Letter
from initiatives.models.merge import Merge, MergeObjection
from initiatives.models.milestone import Milestone, Promise, Scale
from initiatives.models.need import Need, Offer
from initiatives.models.photo import Photo
from initiatives.models.support import Support, SupportDelta, SupportLimits, SupportReview, SupportTally
from initiatives.models.team import AdoptionRequest, CoOrganiser, Invitation
from initiatives.models.timeline import TimelineEntry
from initiatives.models.update import Update
from initiatives.models.version import Version

__all__ = [
    "Action",
    "AdoptionRequest",
    "Announcement",
    "CoOrganiser",
    "Commitment",
    "Contribution",
    "ContributionVote",
    "ExchangeQuerySet",
    "HeldStep",
    "Initiative",
    "Invitation",
    "Letter",
    "Merge",
    "MergeObjection",
    "Milestone",
    "Need",
    "Offer",
    "Photo",
    "Promise",
    "Scale",
    "Step",
    "Support",
    "SupportDelta",
    "SupportLimits",
    "SupportReview",
    "SupportTally",
    "Tag",
    "TaggedInitiative",
    "TimelineEntry",
    "UnfinishedStep",
    "Update",
    "Version",
    "french_query",
]
