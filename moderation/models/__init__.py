"""What is moderated, the queue, and the log of what was decided and why."""

from moderation.models.cases import GROUNDS, Case, CaseNote
from moderation.models.chain import Anchor, Link
from moderation.models.content import Around, ModeratedContent, ModeratedQuerySet
from moderation.models.decisions import Decision
from moderation.models.evidence import Evidence, RefusedText
from moderation.models.figures import MonthFigures
from moderation.models.reasons import ReasonTemplate
from moderation.models.statements import Statement
from moderation.models.terms import Likeness, Term

__all__ = [
    "GROUNDS",
    "Anchor",
    "Around",
    "Case",
    "CaseNote",
    "Decision",
    "Evidence",
    "Likeness",
    "Link",
    "ModeratedContent",
    "ModeratedQuerySet",
    "MonthFigures",
    "ReasonTemplate",
    "RefusedText",
    "Statement",
    "Term",
]
