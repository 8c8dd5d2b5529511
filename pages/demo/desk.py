"""Notices and appeals at every stage, by the services of the site: some wait, some are answered, some are contested."""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from initiatives.models import Contribution
from members.models import Member
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Appeal, Case, Decision, Notice, TrustedFlagger
from moderation.services import judging, notices, redress
from pages.demo import DOMAIN

BODY = "Observatoire des discours en ligne (organisme inventé)"
#: What visitors and members say of what they read.
INSULT = "Une élue y est traitée de menteuse, par son nom. Ce n’est plus une critique, c’est une attaque."
OPINION = "Ce commentaire décourage tout le monde. Il ne devrait pas rester là."
ADVERT = "C’est de la publicité pour un magasin, recopiée sous plusieurs initiatives."
EXPOSED = "On y reconnaît une famille du quartier, avec le nom de l’école de ses enfants."
KEPT_BECAUSE = "Un avis défavorable, dit sans insulte\u202f: il a sa place dans la discussion."
ADVERT_BECAUSE = "Le même message est recopié ailleurs pour un commerce."
EXPOSED_BECAUSE = "Le texte permet de retrouver une famille qui n’a rien demandé."
CONTESTED = "Je parlais de ma propre expérience, sans rien vendre. Relisez tout le message."
INSISTED = "Relisez la dernière phrase\u202f: elle vise une personne précise."
REVERSED_BECAUSE = "Relu en entier\u202f: aucun commerce n’est nommé, et le message ne paraît qu’ici."
UPHELD_BECAUSE = "L’école et la rue sont citées\u202f: cela suffit à retrouver la famille."
#: Notices made, and what waits for a moderator because of them.
MADE, WAITING = 8, 2


def act(staff: Member | None, *, now: datetime) -> str:
    """All of it; how much, in words. Where nobody is staff, in production, notices wait and nobody answers them."""
    said = iter(_contributions(6))
    people = list(Member.objects.filter(is_demonstration=True, is_staff=False).order_by("pk")[200:212])
    flagger, second, *neighbours = people
    TrustedFlagger.objects.create(member=flagger, body=BODY)
    waiting = next(said)
    for member in neighbours[:2]:
        _report(waiting, Ground.INSULT, INSULT, by=member, at=now - timedelta(hours=9))
    visitor = {"name": "Odile Ferrand", "email": f"odile.ferrand@{DOMAIN}"}
    _report(waiting, Ground.DEFAMATION, INSULT, at=now - timedelta(hours=7), **visitor)
    _report(next(said), Ground.EXPOSURE_OF_PERSON, EXPOSED, by=flagger, at=now - timedelta(hours=2))
    if staff is None:
        return "4 notices"
    second.groups.add(Group.objects.get(name="Modérateurs"))

    left = _report(next(said), Ground.OFF_TOPIC, OPINION, by=neighbours[2], at=now - timedelta(days=2))
    _publish(left, by=staff)
    redress.contest_answer(left, text=INSISTED)

    _withhold(_report(next(said), Ground.SPAM, ADVERT, by=neighbours[3], at=now), ADVERT_BECAUSE, by=staff)
    redress.contest(_latest(), text=CONTESTED)

    _withhold(_report(next(said), Ground.SPAM, ADVERT, by=neighbours[4], at=now), ADVERT_BECAUSE, by=second)
    judging.judge(redress.contest(_latest(), text=CONTESTED), by=staff, verdict="reversed", reason=REVERSED_BECAUSE)

    exposed = _report(next(said), Ground.EXPOSURE_OF_PERSON, EXPOSED, by=neighbours[5], at=now)
    _withhold(exposed, EXPOSED_BECAUSE, by=second)
    judging.judge(redress.contest(_latest(), text=CONTESTED), by=staff, verdict="upheld", reason=UPHELD_BECAUSE)
    return f"{MADE} notices, {Appeal.objects.count()} appeals"


def _contributions(count: int) -> list[Contribution]:
    """Of discussions that are read, each by another author than the one before."""
    shown = Contribution.objects.threads().public().filter(initiative__withheld_at=None, reply_count=0, erased_at=None)
    rows = shown.filter(author__is_demonstration=True, pinned_at=None).select_related("initiative").order_by("pk")
    return list(rows[40 : 40 + 7 * count : 7])


def _report(content: Contribution, ground: str, explanation: str, *, at: datetime, **who) -> Notice:
    """Then: its case is as old as the first."""
    notice = notices.report(content, ground=ground, explanation=explanation, **who)
    Notice.objects.filter(pk=notice.pk).update(made_at=at, updated_at=at)
    Case.objects.filter(pk=notice.case_id, opened_at__gt=at).update(opened_at=at)
    return notice


def _publish(notice: Notice, *, by: Member) -> None:
    moderation.publish(notice.case, by=by, reason=KEPT_BECAUSE)
    notice.refresh_from_db()


def _withhold(notice: Notice, reason: str, *, by: Member) -> None:
    moderation.withhold(notice.case, by=by, ground=notice.ground, reason=reason)


def _latest() -> Decision:
    return Decision.objects.order_by("-pk").first()


def flush(decisions, cases) -> None:
    """Before these decisions and cases go: what was said of them, and how they were contested."""
    told = Notice.objects.filter(case__in=cases)
    Appeal.objects.filter(notice__in=told).delete()
    Appeal.objects.filter(decision__in=decisions).delete()
    told.delete()
