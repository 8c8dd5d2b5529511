"""Where moderators work. Everything that changes something goes through `moderation.services`."""

from moderation.admin.appeals import AppealAdmin
from moderation.admin.contents import ModeratedContentAdmin, VisibilityFilter
from moderation.admin.log import DecisionAdmin
from moderation.admin.measures import SanctionAdmin
from moderation.admin.notices import NoticeAdmin, TrustedFlaggerAdmin
from moderation.admin.queue import CaseAdmin

__all__ = [
    "AppealAdmin",
    "CaseAdmin",
    "DecisionAdmin",
    "ModeratedContentAdmin",
    "NoticeAdmin",
    "SanctionAdmin",
    "TrustedFlaggerAdmin",
    "VisibilityFilter",
]
