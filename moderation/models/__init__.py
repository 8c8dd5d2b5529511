"""What is moderated, the queue, and the log of what was decided and why."""

from moderation.models.cases import GROUNDS, Case
from moderation.models.content import ModeratedContent, ModeratedQuerySet
from moderation.models.decisions import Decision

__all__ = ["GROUNDS", "Case", "Decision", "ModeratedContent", "ModeratedQuerySet"]
