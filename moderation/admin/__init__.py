"""Where moderators work. Everything that changes something goes through `moderation.services`."""

from moderation.admin.appeals import AppealAdmin
from moderation.admin.contents import ModeratedContentAdmin, VisibilityFilter
from moderation.admin.evidence import EvidenceAdmin
from moderation.admin.featured import FeaturedAdmin
from moderation.admin.log import AnchorAdmin, DecisionAdmin, LinkAdmin, MonthFiguresAdmin, StatementAdmin
from moderation.admin.measures import SanctionAdmin
from moderation.admin.notices import NoticeAdmin, TrustedFlaggerAdmin
from moderation.admin.queue import CaseAdmin
from moderation.admin.rulebook import LearnedModelAdmin, RuleAlertAdmin

__all__ = [
    "AnchorAdmin",
    "AppealAdmin",
    "CaseAdmin",
    "DecisionAdmin",
    "EvidenceAdmin",
    "FeaturedAdmin",
    "LearnedModelAdmin",
    "LinkAdmin",
    "ModeratedContentAdmin",
    "MonthFiguresAdmin",
    "NoticeAdmin",
    "RuleAlertAdmin",
    "SanctionAdmin",
    "StatementAdmin",
    "TrustedFlaggerAdmin",
    "VisibilityFilter",
]
