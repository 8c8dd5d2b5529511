"""Where moderators work. Everything that changes something goes through `moderation.services`."""

from moderation.admin.contents import ModeratedContentAdmin, VisibilityFilter
from moderation.admin.log import DecisionAdmin
from moderation.admin.measures import SanctionAdmin
from moderation.admin.queue import CaseAdmin

__all__ = ["CaseAdmin", "DecisionAdmin", "ModeratedContentAdmin", "SanctionAdmin", "VisibilityFilter"]
