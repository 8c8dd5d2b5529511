"""What an initiative lacks, and what members offer: said, offered, answered.

Locks are taken in one order: the moderation case, then the need, then the offer and the initiative.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs import each
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Need, Offer
from initiatives.services.life import touch
from initiatives.services.team import team_of
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell

#: More at once say nothing any more.
MOST_SOUGHT = 20
#: A team hears of offers to one need at most this often.
TELL_EVERY = timedelta(hours=1)
_BATCH = 200


class NeedClosed(LifeRefused):
    """It is found, given up or withheld."""


# --- Its team --------------------------------------------------------------------------------------------------------


@transaction.atomic
def say_need(need: Need, *, by: Member) -> Need:
    """Save a new need of `need.initiative`: the filter publishes it at once, or queues it for a moderator.

    Returns it, or the same one when it was already said: a double click makes one. Raises LifeRefused, also beyond
    MOST_SOUGHT.
    """
    initiative = Initiative.objects.select_for_update(of=("self",), no_key=True).get(pk=need.initiative_id)
    demand(Verb.ORGANISE, initiative, by=by)
    sought = initiative.needs.filter(met_at=None, dropped_at=None)
    said = sought.filter(sort=need.sort, words=need.words).first()
    if said is not None:
        return said
    if sought.count() >= MOST_SOUGHT:
        raise LifeRefused(_("Vingt besoins attendent déjà une réponse : dites d’abord ce que vous avez trouvé."))
    need.author = by
    need.save()
    moderation.receive(need, by=by)
    touch(initiative)
    return need


@transaction.atomic
def edit_need(need: Need, words: str, *, sort: str, by: Member) -> Outcome:
    """Say it otherwise. The text is screened and may wait for a moderator. Raises LifeRefused, NeedClosed."""
    need = _of_team(need, by=by)
    outcome = moderation.receive_edit(need, {"words": words}, by=by)
    need = _locked(need)
    _refuse_unless_sought(need)
    need.sort = sort
    need.updated_at = timezone.now()
    need.save(update_fields=["sort", "updated_at"])
    return outcome


@transaction.atomic
def meet(need: Need, *, by: Member) -> bool:
    """It was found: offers that wait are answered with thanks. False when it was said. Raises LifeRefused."""
    return _end(need, "met_at", by=by)


@transaction.atomic
def drop(need: Need, *, by: Member) -> bool:
    """It is looked for no longer: offers that wait are answered with thanks. False when said. Raises LifeRefused."""
    return _end(need, "dropped_at", by=by)


def _end(need: Need, moment: str, *, by: Member) -> bool:
    need = _locked(_of_team(need, by=by))
    if not need.is_sought:
        return False
    setattr(need, moment, timezone.now())
    need.save(update_fields=[moment])
    for offer in need.offers.select_for_update(of=("self",)).filter(is_accepted=None).select_related("member"):
        _answer(offer, need, accept=False, words="", kind="offer_late")
    touch(need.initiative)
    return True


@transaction.atomic
def answer_offer(offer: Offer, *, accept: bool, words: str, by: Member) -> bool:
    """Accept or decline, with a word of the organisers: where and when, or thank you. The member is told.

    Returns False when it was answered already. Raises LifeRefused. An offer withdrawn meanwhile is refused too.
    """
    need = _locked(_of_team(offer.need, by=by))
    offer = need.offers.select_for_update(of=("self",)).select_related("member").filter(pk=offer.pk).first()
    if offer is None:
        raise LifeRefused(_("La personne a retiré son offre entre-temps."))
    if offer.is_accepted is not None:
        return False
    _answer(offer, need, accept=accept, words=words, kind="offer_accepted" if accept else "offer_declined")
    touch(need.initiative)
    return True


def _answer(offer: Offer, need: Need, *, accept: bool, words: str, kind: str) -> None:
    offer.is_accepted = accept
    offer.answer = words
    offer.answered_at = timezone.now()
    offer.save(update_fields=["is_accepted", "answer", "answered_at"])
    context = _about(need) | {"answer": words}
    if accept:
        # Where the answer is kept, with the way to write back.
        context["url"] = f"{reverse('my_commitments')}#offre-{offer.pk}"
    # An offer made anew after it was withdrawn is another one.
    tell(offer.member, kind=kind, key=f"offer-{offer.pk}", context=context, about=need.initiative)


# --- Those who offer -------------------------------------------------------------------------------------------------


@transaction.atomic
def make_offer(need: Need, message: str, *, by: Member) -> bool:
    """Offer what is lacking. Saying it again mends what was said, as long as it is not answered.

    Returns True the first time. Raises LifeRefused, NeedClosed.
    """
    need = _locked(need)
    demand(Verb.TAKE_PART, need.initiative, by=by)
    if not need.is_open:
        raise NeedClosed(_("Ce besoin n’attend plus d’offre."))
    if by.pk in team_of(need.initiative):
        raise LifeRefused(_("Vous portez cette initiative : ce besoin est le vôtre."))
    offer = need.offers.filter(member=by).first()
    if offer is None:
        need.offers.create(member=by, message=message)
        touch(need.initiative)
        return True
    if offer.is_accepted is not None:
        raise LifeRefused(_("L’équipe a déjà répondu à votre offre."))
    offer.message = message
    offer.save(update_fields=["message"])
    return False


@transaction.atomic
def withdraw_offer(need: Need, *, by: Member) -> bool:
    """Take one's offer back, whatever became of the need; the row is erased. False when there was none."""
    deleted, _rows = _locked(need).offers.filter(member=by).delete()
    return deleted > 0


# --- What is told later ----------------------------------------------------------------------------------------------


def tell_teams() -> int:
    """Tell teams of offers, at most once an hour each need. Returns how many needs were told of. For a task."""
    due = Need.objects.public().filter(
        Q(team_told_at=None) | Q(team_told_at__lte=timezone.now() - TELL_EVERY),
        Exists(Offer.objects.filter(need=OuterRef("pk"), told_at=None)),
        initiative__withheld_at=None,
    )
    return each(due.order_by("pk"), _tell_team, most=_BATCH)


@transaction.atomic
def _tell_team(pk: int) -> bool:
    now = timezone.now()
    free = Need.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    need = free.select_related("initiative").filter(pk=pk).first()
    if need is None or (need.team_told_at and need.team_told_at > now - TELL_EVERY):
        return False
    # What was answered already, a member of the team has read.
    waiting = need.offers.filter(told_at=None, is_accepted=None).count()
    need.offers.filter(told_at=None).update(told_at=now)
    if not waiting:
        return False
    need.team_told_at = now
    need.save(update_fields=["team_told_at"])
    for recipient in team_of(need.initiative):
        context = _about(need) | {"new": waiting, "url": reverse("need", args=[need.initiative.slug, need.pk])}
        key = f"offers-{need.pk}-{now.isoformat()}"
        tell(recipient, kind="offer_received", key=key, context=context, about=need.initiative)
    return True


# --- Below -----------------------------------------------------------------------------------------------------------


def _about(need: Need) -> dict[str, str]:
    return {"title": need.initiative.title, "need": need.words, "url": need.initiative.get_absolute_url()}


def _refuse_unless_sought(need: Need) -> None:
    if not need.is_sought:
        raise NeedClosed(_("Ce besoin est clos : il ne peut plus changer."))


def _of_team(need: Need, *, by: Member) -> Need:
    """The need as it is now, for somebody who may organise its initiative. Raises LifeRefused."""
    need = Need.objects.select_related("initiative").get(pk=need.pk)
    demand(Verb.ORGANISE, need.initiative, by=by)
    return need


def _locked(need: Need) -> Need:
    locked = Need.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("initiative").get(pk=need.pk)
