"""Notices and appeals at every stage, by the services of the site: some wait, some are answered, some are contested."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from initiatives.models import Contribution, Initiative
from members.models import Member
from moderation import services as moderation
from moderation.filter import Ground
from moderation.models import Appeal, Case, Notice, TrustedFlagger
from moderation.services import judging, notices, redress
from pages.demo import DOMAIN

BODY = "Observatoire des discours en ligne (organisme inventé)"
#: What is written in discussions, and reported.
RUDE = "Madame Fabre a menti à tout le quartier\u202f: c’est une menteuse, et elle le sait. Qu’elle s’explique."
EXPOSED = "Je connais la famille du 12, ses enfants vont à l’école Pasteur. Demandez-leur pourquoi ils s’y opposent."
AGAINST = "Encore une idée qui coûtera cher et que personne n’entretiendra dans trois ans. Je n’y crois pas."
ADVERT = "Pour vos plantations, la jardinerie des Trois Moulins fait moins vingt pour cent jusqu’à dimanche."
PRAISE = "J’achète mes graines au marché du samedi, chez la dame du fond\u202f: elles lèvent toutes."
# Why, from those who report.
INSULTED = "Une élue y est traitée de menteuse, par son nom. Ce n’est plus une critique."
RECOGNISED = "On y reconnaît une famille du quartier, avec son adresse et l’école de ses enfants."
DISLIKED = "Ce commentaire décourage tout le monde. Il ne devrait pas rester là."
SELLING = "C’est de la publicité pour un commerce."
# From moderators, and from those who contest.
KEPT_BECAUSE = "Un avis défavorable, dit sans insulte\u202f: il a sa place dans la discussion."
ADVERT_BECAUSE = "Une publicité pour un commerce n’a pas sa place dans une discussion."
EXPOSED_BECAUSE = "Le numéro de la rue et l’école suffisent à retrouver cette famille."
INSISTED = "Relisez-le\u202f: il vise l’équipe, et la décourage exprès."
NO_ADVERT = "Je ne vends rien, je donne une bonne adresse à mes voisins."
NO_NAME = "Je n’ai donné aucun nom."
REVERSED_BECAUSE = "Aucun commerce n’est nommé, et la personne n’a rien à y gagner."
UPHELD_BECAUSE = "Sans nom, l’adresse et l’école suffisent pourtant à les retrouver."
#: Notices made, and what waits for a moderator because of them.
MADE, WAITING = 8, 2


def act(staff: Member | None, *, now: datetime) -> str:
    """All of it; how much, in words. Where nobody is staff, in production, notices wait and nobody answers them."""
    people = list(Member.objects.filter(is_demonstration=True, is_staff=False).order_by("pk")[200:216])
    flagger, second, *neighbours = people
    writers = iter(neighbours[7:])
    places = iter(Initiative.objects.listed().filter(author__is_demonstration=True).order_by("pk")[20:26])
    TrustedFlagger.objects.create(member=flagger, body=BODY)

    rude = _write(places, next(writers), RUDE, at=now - timedelta(hours=11))
    for member in neighbours[:2]:
        _report(rude, Ground.INSULT, INSULTED, by=member, at=now - timedelta(hours=9))
    visitor = {"name": "Odile Ferrand", "email": f"odile.ferrand@{DOMAIN}"}
    _report(rude, Ground.DEFAMATION, INSULTED, at=now - timedelta(hours=7), **visitor)
    exposed = _write(places, next(writers), EXPOSED, at=now - timedelta(hours=4))
    _report(exposed, Ground.EXPOSURE_OF_PERSON, RECOGNISED, by=flagger, at=now - timedelta(hours=2))
    if staff is None:
        return "4 notices"
    second.groups.add(Group.objects.get(name="Modérateurs"))

    against = _write(places, next(writers), AGAINST, at=now - timedelta(days=3))
    left = _report(against, Ground.OFF_TOPIC, DISLIKED, by=neighbours[2], at=now - timedelta(days=2))
    moderation.publish(left.case, by=staff, reason=KEPT_BECAUSE)
    left.refresh_from_db()
    redress.contest_answer(left, text=INSISTED)

    for writer, text, ground, why, reason, contest, judged in (
        (next(writers), ADVERT, Ground.SPAM, SELLING, ADVERT_BECAUSE, NO_ADVERT, None),
        (next(writers), PRAISE, Ground.SPAM, SELLING, ADVERT_BECAUSE, NO_ADVERT, ("reversed", REVERSED_BECAUSE)),
        (
            next(writers),
            EXPOSED,
            Ground.EXPOSURE_OF_PERSON,
            RECOGNISED,
            EXPOSED_BECAUSE,
            NO_NAME,
            ("upheld", UPHELD_BECAUSE),
        ),
    ):
        written = _write(places, writer, text, at=now - timedelta(days=1))
        notice = _report(written, ground, why, by=neighbours[3], at=now - timedelta(hours=20))
        decision = moderation.withhold(notice.case, by=second if judged else staff, ground=ground, reason=reason)
        appeal = redress.contest(decision, text=contest)
        if judged:
            verdict, because = judged
            judging.judge(appeal, by=staff, verdict=verdict, reason=because)
    return f"{MADE} notices, {Appeal.objects.count()} appeals"


def _write(places: Iterator[Initiative], author: Member, text: str, *, at: datetime) -> Contribution:
    """What somebody wrote in a discussion, each time in another."""
    return next(places).contributions.create(
        author=author, text=text, created_at=at, updated_at=at, published_at=at, stance=Contribution.Stance.NEITHER
    )


def _report(content: Contribution, ground: str, explanation: str, *, at: datetime, **who) -> Notice:
    """Then: its case is as old as the first."""
    notice = notices.report(content, ground=ground, explanation=explanation, **who)
    Notice.objects.filter(pk=notice.pk).update(made_at=at, updated_at=at)
    Case.objects.filter(pk=notice.case_id, opened_at__gt=at).update(opened_at=at)
    return notice


def flush(decisions, cases) -> None:
    """Before these decisions and cases go: what was said of them, and how they were contested."""
    told = Notice.objects.filter(case__in=cases)
    Appeal.objects.filter(notice__in=told).delete()
    Appeal.objects.filter(decision__in=decisions).delete()
    told.delete()
