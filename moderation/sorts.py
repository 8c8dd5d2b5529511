"""The sorts of content that may be reported, by the word that names them in an address."""

from functools import cache

from moderation.models import ModeratedContent


@cache
def reportable() -> dict[str, type[ModeratedContent]]:
    """Each model that has a word for its addresses: those of the rooms above, once they are loaded."""
    found, waiting = {}, list(ModeratedContent.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.notice_slug and not model._meta.abstract:
            found[model.notice_slug] = model
    return found
