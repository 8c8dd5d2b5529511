"""What moderators tell each other about a case."""

from django.utils.translation import gettext as _

from members.models import Member
from moderation.models import Case, CaseNote
from moderation.services.refusals import ReasonMissing


def leave_note(case: Case, text: str, *, by: Member) -> CaseNote:
    """For the other moderators, and for ever: nobody changes or erases a note. Raises ReasonMissing without words.

    The same words sent twice in a row by one person are one note.
    """
    text = text.strip()
    if not text:
        raise ReasonMissing(_("Écrivez la note avant de la laisser."))
    last = case.notes.order_by("-written_at", "-id").first()
    if last is not None and (last.by_id, last.text) == (by.pk, text):
        return last
    return case.notes.create(by=by, text=text)
