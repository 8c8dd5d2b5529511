"""Nobody decides upon what they wrote, organise or reported: the site says why, and the next case is another one."""

import pytest
from cast import new_event, new_initiative, new_member
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from events.models import EventReport
from events.models.report import EventPhoto
from initiatives.models import Contribution, CoOrganiser
from moderation import services
from moderation.models import Case, Decision
from moderation.services import OwnContent, notices, redress
from moderation.services.judging import has_part, judge

pytestmark = pytest.mark.django_db

WHY = {"ground": "insult", "reason": "Une insulte à une personne nommée."}
SAID = {"ground": "insult", "explanation": "Il y a là une insulte à une personne."}


def said_in(initiative, author) -> Contribution:
    return initiative.contributions.create(author=author, text="Quel imbécile.", published_at=timezone.now())


def reported_by(member, content) -> Case:
    return notices.report(content, by=member, **SAID).case


def acts(case: Case, content, by):
    """Each way to decide upon a content, from its case and from its own page."""
    label = {"label": "Ce texte est contesté."}
    return [
        lambda: services.publish(case, by=by, reason="Lu."),
        lambda: services.withhold(case, by=by, **WHY),
        lambda: services.remove(case, by=by, **WHY),
        lambda: services.label(case, by=by, **WHY, **label),
        lambda: services.withhold(content, by=by, **WHY),
        lambda: services.label(content, by=by, **WHY, **label),
        lambda: services.restore(content, by=by, reason="Lu."),
    ]


def test_whoever_reported_a_content_decides_nothing_of_it(initiative, bob, chloe, denis, as_chloe):
    said = said_in(initiative, bob)
    case = reported_by(chloe, said)
    for act in acts(case, said, chloe):
        with pytest.raises(OwnContent, match="signalé"):
            act()
    assert services.take_next(by=chloe) is None
    page = as_chloe.get(reverse("admin:moderation_case_change", args=[case.pk])).content.decode()
    assert "Vous avez signalé ce contenu" in page and 'name="verb"' not in page
    assert services.take_next(by=denis) == case
    assert services.withhold(case, by=denis, **WHY).by == denis
    with pytest.raises(OwnContent):
        services.restore(said, by=chloe, reason="Lu.")


@pytest.mark.parametrize("is_author", [True, False])
def test_whoever_organises_decides_nothing_of_what_belongs_to_it(alice, bob, chloe, denis, vitre, is_author):
    initiative = new_initiative(chloe if is_author else alice, vitre)
    if not is_author:
        CoOrganiser.objects.create(initiative=initiative, member=chloe)
    event = new_event(alice, vitre, initiative=initiative)
    report = EventReport.objects.create(event=event, author=alice, text="Nous étions dix.", published_at=timezone.now())
    said = {"author": bob, "published_at": timezone.now()}
    photo = EventPhoto.objects.create(report=report, name="un", width=9, height=9, alternative="Un imbécile.", **said)
    for content in (initiative, said_in(initiative, bob), event, report, photo):
        if content.author == chloe:
            continue
        case = Case.objects.create(content=content, gravity=50)
        for act in acts(case, content, chloe):
            with pytest.raises(OwnContent, match="organisez"):
                act()
        assert services.part_of(denis, content) == ""
    assert services.take_next(by=chloe) is None
    assert services.take_next(by=denis) is not None


def test_whoever_organises_judges_no_appeal_and_never_learns_who_reported(initiative, bob, chloe, denis, as_chloe):
    said = said_in(initiative, bob)
    notice = notices.report(said, by=new_member("eve"), **SAID)
    decision = services.withhold(notice.case, by=denis, **WHY)
    appeal = redress.contest(decision, text="Ce n’est pas une insulte.")
    CoOrganiser.objects.create(initiative=initiative, member=chloe)
    assert has_part(chloe, decision)
    with pytest.raises(OwnContent):
        judge(appeal, by=chloe, verdict="upheld", reason="Lu.")
    address = reverse("admin:moderation_notice_identity", args=[notice.pk])
    page = as_chloe.post(address, {"why": "Pour voir."}, follow=True).content.decode()
    assert "vous ne saurez pas qui l’a signalé" in page and "eve@" not in page


def test_the_next_case_passes_over_ones_own_part(initiative, alice, bob, chloe):
    mine = reported_by(chloe, said_in(initiative, bob))
    other = reported_by(alice, new_initiative(bob))
    Case.objects.filter(pk=mine.pk).update(gravity=99)
    assert services.take_next(by=chloe) == other


def test_the_database_itself_refuses_who_wrote_or_reported(initiative, bob, chloe, denis):
    said = said_in(initiative, bob)
    reported_by(chloe, said)
    row = {"content": said, "verb": "publish", "reason": "Lu.", "author": bob}
    for by in (chloe, bob):
        with pytest.raises(IntegrityError, match="have a part"), transaction.atomic():
            Decision.objects.create(by=by, **row)
    assert Decision.objects.create(by=denis, **row)


def test_what_is_erased_is_closed_even_by_whoever_reported_it(initiative, bob, chloe):
    said = said_in(initiative, bob)
    case = reported_by(chloe, said)
    said.delete()
    assert services.close_empty(case, by=chloe).verb == "close"
