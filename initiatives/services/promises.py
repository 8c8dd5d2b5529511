"""Keeping what was promised at a step: the answer of the people who run the site is public, and told once."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from initiatives.life import LifeRefused
from initiatives.models import Initiative, Milestone, TimelineEntry
from initiatives.services.announcing import announce
from initiatives.services.life import record
from members.models import Member
from moderation.services import why_not
from notifications.services import tell

#: Whoever may say that a promise is kept.
MAY_ANSWER = "initiatives.answer_milestone"


@transaction.atomic
def answer(milestone: Milestone, text: str, *, by: Member) -> Milestone:
    """The promise of this step is kept: here is the answer. Its author and its supporters are told.

    Raises LifeRefused when there is nothing to answer to, when somebody did it, or when nobody could read it.
    """
    if not by.has_perm(MAY_ANSWER):
        raise LifeRefused(_("Répondre à une promesse demande un droit que vous n’avez pas."))
    if not text.strip():
        raise LifeRefused(_("Écrivez la réponse : elle est publique, et envoyée à toutes les personnes concernées."))
    initiative = Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=milestone.initiative_id)
    milestone = Milestone.objects.get(pk=milestone.pk)
    if milestone.kept_at:
        raise LifeRefused(_("Quelqu’un a déjà répondu. Votre texte n’a rien changé."))
    if not milestone.is_due:
        raise LifeRefused(_("Ce palier n’est pas atteint, ou ne promet rien."))
    if why := why_not(by, initiative.department_code):
        raise LifeRefused(why)
    if not initiative.is_public:
        raise LifeRefused(_("Cette initiative est retirée : personne ne lirait la réponse."))
    milestone.answer = text.strip()
    milestone.kept_at = timezone.now()
    milestone.save(update_fields=["answer", "kept_at"])
    record(initiative, TimelineEntry.Kind.ANSWERED, count=milestone.threshold, promise=milestone.promise)
    _tell(initiative, milestone)
    return milestone


def _tell(initiative: Initiative, milestone: Milestone) -> None:
    context = {
        "title": initiative.title,
        "url": initiative.get_absolute_url(),
        "count": milestone.threshold,
        "promise": milestone.promise,
        "answer": milestone.answer,
    }
    key = f"promise-{milestone.pk}"
    if initiative.author_id:
        tell(initiative.author_id, kind="promise_kept_author", key=key, context=context, about=initiative)
    announce(initiative, kind="promise_kept", key=key, context=context, but=[initiative.author_id])
