"""What is moderated, the queue, and the log of what was decided and why."""

from moderation.models.cases import GROUNDS, Case, CaseNote
from moderation.models.content import Around, ModeratedContent, ModeratedQuerySet
from moderation.models.decisions import Decision
from moderation.models.reasons import ReasonTemplate
from moderation.models.terms import Likeness, Term

__all__ = [
    "GROUNDS",
    "Around",
    "Case",
    "CaseNote",
    "Decision",
    "Likeness",
    "ModeratedContent",
    "ModeratedQuerySet",
    "ReasonTemplate",
    "Term",
]
