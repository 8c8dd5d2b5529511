"""What a moderator reads before deciding."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.models import Member
from moderation.models import Case, Decision, ModeratedContent
from moderation.passages import difference, marked


def since(elapsed: timedelta) -> str:
    """depuis 5 min, depuis 3 h, depuis 2 j."""
    minutes = int(elapsed.total_seconds() // 60)
    if minutes < 60:
        return _("depuis %d min") % minutes
    if minutes < 24 * 60:
        return _("depuis %d h") % (minutes // 60)
    return _("depuis %d j") % (minutes // (24 * 60))


@dataclass(frozen=True)
class Passage:
    """One text of the case: alone, or before and after an edit."""

    label: str
    text: SafeString
    before: SafeString | None = None


def passages(case: Case) -> list[Passage]:
    """The texts of the case as a moderator reads them: for an edit, only those that change."""
    content = case.content
    texts = content.texts()
    if not case.is_edit:
        return [
            Passage(_label(content, name), marked(text, case.spans.get(name, ())))
            for name, text in texts.items()
            if text
        ]
    shown = []
    for name in [name for name in texts if name in case.proposed]:
        before, after = difference(texts[name], case.proposed[name], case.spans.get(name, ()))
        shown.append(Passage(_label(content, name), after, before))
    return shown


def _label(content: ModeratedContent, name: str) -> str:
    return str(content._meta.get_field(name).verbose_name).capitalize()


def author_record(author: Member) -> dict[str, int]:
    """What was decided before on what this person wrote."""
    return Decision.objects.filter(author=author).aggregate(
        published=Count("pk", filter=Q(verb=Decision.Verb.PUBLISH)),
        withheld=Count("pk", filter=Q(verb__in=[Decision.Verb.WITHHOLD, Decision.Verb.REJECT])),
        restored=Count("pk", filter=Q(verb=Decision.Verb.RESTORE)),
        refused=Count("pk", filter=Q(verb=Decision.Verb.REFUSE)),
    )


def decisions_on(content_type_id: int, object_id: int) -> QuerySet[Decision]:
    """The latest decisions on one content."""
    found = Decision.objects.filter(content_type_id=content_type_id, object_id=object_id)
    return found.select_related("by")[:20]
