from initiatives.models.act import ActDay, ActDelta, RankingState
from initiatives.models.action import Action, Commitment
from initiatives.models.announcement import Announcement
from initiatives.models.contribution import Contribution, ContributionVote
from initiatives.models.draft import HeldStep, Step, UnfinishedStep
from initiatives.models.initiative import TITLE_STEMS, Initiative, Tag, TaggedInitiative
from initiatives.models.letter import ExchangeQuerySet, Letter
from initiatives.models.merge import Merge, MergeObjection
from initiatives.models.milestone import Milestone, Promise, Scale
from initiatives.models.need import Need, Offer
from initiatives.models.pace import Confirming, Pace
from initiatives.models.photo import Photo
from initiatives.models.source import OwnSource, SourceTally
from initiatives.models.support import Support, SupportDelta, SupportLimits, SupportReview, SupportTally
from initiatives.models.team import AdoptionRequest, CoOrganiser, Invitation
from initiatives.models.timeline import TimelineEntry
from initiatives.models.update import Update
from initiatives.models.version import Version

__all__ = [
    "TITLE_STEMS",
    "ActDay",
    "ActDelta",
    "Action",
    "AdoptionRequest",
    "Announcement",
    "CoOrganiser",
    "Commitment",
    "Confirming",
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
    "OwnSource",
    "Pace",
    "Photo",
    "Promise",
    "RankingState",
    "Scale",
    "SourceTally",
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
]
