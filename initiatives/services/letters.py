"""Messages between a member and those who carry an initiative: the site relays them, and nobody's address is shown."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.limits import Window, hit
from initiatives.life import LifeRefused, Verb, demand
from initiatives.models import Initiative, Letter
from initiatives.services.team import team_of
from members.models import LegalHold, Member
from members.services import blocked_by
from notifications.services import forget_told, tell

#: How long a letter is kept; the messages that repeat it too.
KEPT = timedelta(days=180)
WRITTEN_AN_HOUR = 5
ANSWERED_AN_HOUR = 60
_HOUR = 60 * 60
_KINDS = ("letter_received", "letter_answered")


def may_write(member: Member) -> bool:
    """Count one more letter of this member to any team. Not to be called within a transaction."""
    (count,) = hit([Window(f"letters:{member.pk}", _HOUR)])
    return count <= WRITTEN_AN_HOUR


def may_answer(member: Member) -> bool:
    """Count one more answer of this member. Not to be called within a transaction."""
    (count,) = hit([Window(f"letter-answers:{member.pk}", _HOUR)])
    return count <= ANSWERED_AN_HOUR


@transaction.atomic
def write(initiative: Initiative, text: str, *, by: Member) -> Letter:
    """A member writes to those who carry it; each of them is told. Raises LifeRefused."""
    initiative = Initiative.objects.get(pk=initiative.pk)
    demand(Verb.WRITE, initiative, by=by)
    team = team_of(initiative)
    if by.pk in team:
        raise LifeRefused(_("Vous êtes de cette équipe : les messages des autres vous attendent dans sa boîte."))
    if team and blocked_by(by, team) == set(team):
        raise LifeRefused(_("Vous bloquez qui porte cette initiative. Débloquez-le dans vos réglages pour lui écrire."))
    letter = initiative.letters.create(member=by, author=by, text=text)
    context = _context(letter, initiative) | {
        "name": by.display_name,
        "url": reverse("initiative_exchange", args=[initiative.slug, letter.pk]),
    }
    for member_id in team:
        tell(member_id, kind="letter_received", key=letter.key, context=context, about=initiative, by=by)
    return letter


@transaction.atomic
def answer(exchange: Letter, text: str, *, by: Member) -> Letter:
    """Somebody of the team answers the member of this letter, who is told. Raises LifeRefused."""
    initiative = Initiative.objects.get(pk=exchange.initiative_id)
    demand(Verb.ANSWER, initiative, by=by)
    if blocked_by(by, [exchange.member_id]):
        raise LifeRefused(_("Vous bloquez cette personne. Débloquez-la dans vos réglages pour lui répondre."))
    letter = initiative.letters.create(member_id=exchange.member_id, author=by, is_answer=True, text=text)
    context = _context(letter, initiative) | {
        "name": by.display_name,
        "url": reverse("initiative_write", args=[initiative.slug]),
    }
    tell(exchange.member_id, kind="letter_answered", key=letter.key, context=context, about=initiative, by=by)
    return letter


def _context(letter: Letter, initiative: Initiative) -> dict[str, str]:
    return {"title": initiative.title, "text": letter.text}


def forget_letters() -> int:
    """Erase what is older than `KEPT` and nobody examines, here and in the outbox. Returns how many. For a task."""
    before = timezone.now() - KEPT
    forget_told(_KINDS, before=before)
    old = Letter.objects.filter(sent_at__lt=before).unexamined()
    deleted, _rows = old.exclude(member__in=LegalHold.objects.held()).delete()
    return deleted
