"""The discussion of an initiative: what people write, erase and vote for, and what its author puts forward.

Nobody is told of a contribution: only moderators' decisions are written to its author.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.limits import Window, hit
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Contribution, ContributionVote, Initiative
from initiatives.services import life
from members.models import Member
from members.services import blocked_by
from moderation import services as moderation
from moderation.filter import Outcome
from territories.elections import freeze

#: The same words by the same person in this time are one contribution sent twice.
SAME_WITHIN = timedelta(minutes=1)
#: Contributions and replies of one member, in any discussion, in so many seconds.
MOST, PERIOD = 10, 10 * 60


class TooMany(LifeRefused):
    """They wrote too much in too short a time. The text can be shown to them."""


# --- Writing ---------------------------------------------------------------------------------------------------------


def contribute(
    initiative: Initiative, *, by: Member, text: str, stance: str = Contribution.Stance.NEITHER
) -> Contribution:
    """Say something in the discussion, for, against, or neither. Returns the contribution, public or waiting.

    The same words sent twice within a minute are the first contribution. Raises LifeRefused, of which TooMany.
    """
    return _write(Contribution(initiative_id=initiative.pk, author=by, text=text, stance=stance), by=by)


def reply(contribution: Contribution, *, by: Member, text: str) -> Contribution:
    """Reply to a contribution that replies to nothing. Returns and raises as `contribute` does."""
    if contribution.parent_id is not None:
        raise LifeRefused(_("On répond à une contribution, pas à une réponse."))
    answer = Contribution(initiative_id=contribution.initiative_id, parent_id=contribution.pk, author=by, text=text)
    return _write(answer, by=by)


def _write(contribution: Contribution, *, by: Member) -> Contribution:
    # What was sent twice counts once, also against the limit, which is counted outside any transaction.
    already = _same(contribution)
    if already is None:
        _refuse_too_many(by)
        with transaction.atomic():
            _one_act_at_a_time(by)
            already = _same(contribution)
            if already is None:
                _receive(contribution, by=by)
    return already or contribution


def _receive(contribution: Contribution, *, by: Member) -> None:
    demand(Verb.DISCUSS, contribution.initiative, by=by)
    if contribution.parent_id is not None:
        _refuse_blocked(_open(contribution.parent_id), by=by)
    contribution.save()
    if moderation.receive(contribution, by=by) is Outcome.PUBLISH:
        life.touch(contribution.initiative)


def _same(contribution: Contribution) -> Contribution | None:
    return Contribution.objects.filter(
        author=contribution.author,
        initiative=contribution.initiative_id,
        parent=contribution.parent_id,
        text=contribution.text,
        created_at__gt=timezone.now() - SAME_WITHIN,
    ).first()


def _refuse_too_many(by: Member) -> None:
    (count,) = hit([Window(f"contributions:{by.pk}", PERIOD)])
    if count > MOST:
        raise TooMany(
            _("Vous avez beaucoup écrit en peu de temps. Envoyez ce texte dans quelques minutes : il est gardé ici.")
        )


@transaction.atomic
def edit(contribution: Contribution, *, by: Member, text: str, stance: str = "") -> Outcome:
    """New words for one's own contribution, shortly after it was written or as long as nobody else reads it; and a
    new side, for what replies to nothing.

    QUEUE: a moderator reads them first; what was public stays as it is meanwhile. Raises LifeRefused.
    """
    contribution = _own(contribution, by=by)
    demand(Verb.DISCUSS, contribution.initiative, by=by)
    if not contribution.is_editable:
        raise LifeRefused(_("Les quinze minutes sont passées : votre texte a été lu, il ne change plus."))
    outcome = moderation.receive_edit(contribution, {"text": text}, by=by)
    if contribution.parent_id is None and stance and contribution.stance != stance:
        contribution.stance = stance
        contribution.save(update_fields=["stance"])
    return outcome


@transaction.atomic
def erase(contribution: Contribution, *, by: Member) -> None:
    """Take back what one wrote, at any time: a trace stays, without text, opinion or votes. Harmless twice.

    What nobody else ever read leaves no trace. Raises LifeRefused when it is somebody else's.
    """
    contribution = _own(contribution, by=by)
    if contribution.erased_at:
        return
    moderation.take_back(contribution)
    if contribution.published_at is None:
        contribution.delete()
        return
    contribution.votes.all().delete()
    contribution.text = ""
    contribution.stance = Contribution.Stance.NEITHER
    contribution.pinned_at = None
    contribution.erased_at = timezone.now()
    contribution.save(update_fields=["text", "stance", "pinned_at", "erased_at"])


# --- Reading others --------------------------------------------------------------------------------------------------


@transaction.atomic
def vote(contribution: Contribution, *, by: Member, is_useful: bool) -> None:
    """Find what somebody else wrote useful, or not: one vote each, which may change. Harmless twice.

    Raises LifeRefused.
    """
    contribution = _open(contribution.pk)
    demand(Verb.DISCUSS, contribution.initiative, by=by)
    if contribution.author_id == by.pk:
        raise LifeRefused(_("Les autres disent si votre contribution est utile."))
    ContributionVote.objects.bulk_create(
        [ContributionVote(contribution=contribution, member=by, is_useful=is_useful)],
        update_conflicts=True,
        unique_fields=["contribution", "member"],
        update_fields=["is_useful"],
    )


@transaction.atomic
def unvote(contribution: Contribution, *, by: Member) -> None:
    """Take one's vote back. Harmless twice. Raises LifeRefused."""
    contribution = _open(contribution.pk)
    demand(Verb.DISCUSS, contribution.initiative, by=by)
    contribution.votes.filter(member=by).delete()


@transaction.atomic
def pin(contribution: Contribution, *, by: Member) -> None:
    """The author of the initiative puts one contribution forward, in the place of another; not where a vote is near.

    Raises LifeRefused.
    """
    _one_act_at_a_time(by)
    contribution = _open(contribution.pk)
    demand(Verb.PIN, contribution.initiative, by=by)
    if freeze().covers(contribution.department_code):
        raise LifeRefused(
            _("Une élection approche : jusqu’à la fermeture des bureaux de vote, rien n’est mis en avant.")
        )
    if contribution.parent_id is not None:
        raise LifeRefused(_("Une réponse ne se met pas en avant : elle se lit avec ce à quoi elle répond."))
    if contribution.pinned_at is None:
        contribution.initiative.contributions.filter(pinned_at__isnull=False).update(pinned_at=None)
        contribution.pinned_at = timezone.now()
        contribution.save(update_fields=["pinned_at"])


@transaction.atomic
def unpin(contribution: Contribution, *, by: Member) -> None:
    """It goes back among the others. Harmless twice. Raises LifeRefused."""
    demand(Verb.PIN, Initiative.objects.get(pk=contribution.initiative_id), by=by)
    Contribution.objects.filter(pk=contribution.pk).update(pinned_at=None)


# --- Below -----------------------------------------------------------------------------------------------------------


def _one_act_at_a_time(by: Member) -> None:
    """Two clicks of one person follow each other. Locked before all else, so that nobody waits in a circle."""
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)


def _refuse_blocked(contribution: Contribution, *, by: Member) -> None:
    """One does not write to whom one blocks. The contrary is not refused: it would say who blocks whom."""
    if blocked_by(by, [contribution.author_id]):
        raise LifeRefused(_("Vous bloquez cette personne. Débloquez-la dans vos réglages pour lui répondre."))


def _own(contribution: Contribution, *, by: Member) -> Contribution:
    """One's own, read again while nothing else of one's doing happens to it."""
    _one_act_at_a_time(by)
    found = Contribution.objects.select_related("initiative").filter(pk=contribution.pk, author=by).first()
    if found is None:
        raise LifeRefused(_("Cette contribution n’est plus là."))
    return found


def _open(pk: int) -> Contribution:
    """What anyone reads and may answer, read again and locked: it is not erased or withheld meanwhile."""
    locked = Contribution.objects.select_for_update(of=("self",), no_key=True).select_related("initiative", "parent")
    found = locked.filter(pk=pk).first()
    if found is None or not found.is_open or (found.parent and not found.parent.is_public):
        raise LifeRefused(_("Cette contribution n’est plus là."))
    return found
