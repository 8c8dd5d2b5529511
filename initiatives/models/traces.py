"""What a moderator withholds leaves a line in the public account of its initiative: what sort of thing it was, when,
and on which ground; neither its words nor its author."""

from initiatives.models.timeline import TimelineEntry
from moderation.models import ModeratedContent


def leave_trace(content: ModeratedContent, initiative=None, *, is_hidden: bool) -> None:
    """Say that a content of this initiative (its own when None) was hidden, or shown again; nothing of what nobody
    had read."""
    initiative = initiative or content.initiative
    if initiative is None or initiative.published_at is None or content.published_at is None:
        return
    initiative.timeline.create(
        kind=TimelineEntry.Kind.HIDDEN if is_hidden else TimelineEntry.Kind.SHOWN_AGAIN,
        details={"sort": content._meta.model_name, "content": content.pk},
    )


class Traced:
    """Stands before `ModeratedContent` in what belongs to an initiative: hidden or shown again, it leaves its line."""

    def withhold(self) -> None:
        super().withhold()
        leave_trace(self, is_hidden=True)

    def restore(self) -> None:
        super().restore()
        leave_trace(self, is_hidden=False)
