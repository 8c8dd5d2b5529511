"""What is moderated, the queue, and the log of what was decided and why."""

from moderation.models.appeals import Appeal
from moderation.models.cases import GROUNDS, Case, CaseNote
from moderation.models.chain import Anchor, Link
from moderation.models.contacts import OwnContact
from moderation.models.content import Around, ModeratedContent, ModeratedQuerySet
from moderation.models.decisions import Decision
from moderation.models.evidence import Evidence, RefusedText
from moderation.models.featured import Featured
from moderation.models.figures import MonthFigures
from moderation.models.learned import LearnedModel
from moderation.models.notices import OTHER, REDRESS, WRONGS, Notice, NotifierWarning, TrustedFlagger
from moderation.models.readings import Reading, RuleAlert
from moderation.models.reasons import ReasonTemplate
from moderation.models.received import ReceivedText
from moderation.models.sanctions import Sanction
from moderation.models.statements import Statement
from moderation.models.terms import Likeness, LikenessKey, Term

__all__ = [
    "GROUNDS",
    "OTHER",
    "REDRESS",
    "WRONGS",
    "Anchor",
    "Appeal",
    "Around",
    "Case",
    "CaseNote",
    "Decision",
    "Evidence",
    "Featured",
    "LearnedModel",
    "Likeness",
    "LikenessKey",
    "Link",
    "ModeratedContent",
    "ModeratedQuerySet",
    "MonthFigures",
    "Notice",
    "NotifierWarning",
    "OwnContact",
    "Reading",
    "ReasonTemplate",
    "ReceivedText",
    "RefusedText",
    "RuleAlert",
    "Sanction",
    "Statement",
    "Term",
    "TrustedFlagger",
]
