"""The sorts of content that are moderated: those of the rooms above, once they are loaded."""

from functools import cache

from moderation.models import ModeratedContent


@cache
def moderated() -> tuple[type[ModeratedContent], ...]:
    """Each model, pictures too, by their names."""
    found, waiting = [], list(ModeratedContent.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if not model._meta.abstract:
            found.append(model)
    return tuple(sorted(found, key=lambda model: model._meta.label_lower))


@cache
def reportable() -> dict[str, type[ModeratedContent]]:
    """Each model that may be reported, by the word that names it in an address."""
    return {model.notice_slug: model for model in moderated() if model.notice_slug}
