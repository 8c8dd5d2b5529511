"""Every page where moderators work, by axe, on a phone and a desktop."""

import pytest
from axe import complaints
from cast import new_initiative, new_member
from django.contrib.auth.models import Group
from django.test import Client, override_settings
from django.urls import reverse

from initiatives.services import discussion
from members.models import Member
from moderation import services
from moderation.models import Case, LearnedModel, NotifierWarning, ReasonTemplate, RuleAlert, TrustedFlagger
from moderation.services import judging, notices, redress, sanctioning
from territories.models import Commune
from tests.members.door import sign_in_staff
from tests.moderation.desk import TELEPHONE, TO_BE_READ

pytestmark = pytest.mark.browser

WHY = {"ground": "insult", "reason": "Une insulte à une personne nommée, sans autre propos."}
SAID = {"ground": "insult", "explanation": "La voisine y est insultée, deux fois.", "passage": "Un connard."}


@pytest.fixture
def desk(new_context, site):
    """`desk(member)`: a page of their own, the second factor given."""

    def sit(member: Member):
        client = Client()
        with override_settings(
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend", ALLOWED_HOSTS=["testserver", "127.0.0.1"]
        ):
            sign_in_staff(client, member)
        context = new_context(reduced_motion="reduce")
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
        return context.new_page()

    return sit


@pytest.fixture
def staff(site) -> tuple[Member, Member]:
    both = tuple(new_member(name, is_staff=True) for name in ("chloe", "denis"))
    for member in both:
        member.groups.set(Group.objects.filter(name="Modérateurs confirmés"))
    return both


@pytest.fixture
def initiative(site):
    return new_initiative(new_member("alice"), Commune.objects.get(code="35360"))


def change(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def check(page, site, paths) -> None:
    found = []
    for path in paths:
        answer = page.goto(site.url + path)
        assert answer.ok and page.url == site.url + path, (path, page.url, answer.status)
        found += complaints(page, path)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_the_queue_and_its_cases(desk, site, staff, initiative):
    chloe, denis = staff
    bob, eve = new_member("bob"), new_member("eve")
    waiting = discussion.contribute(initiative, by=bob, text=TO_BE_READ)
    said = discussion.contribute(initiative, by=bob, text="Il faudrait des bancs.")
    notices.report(said, by=eve, **SAID)
    notices.report(said, name="Un voisin", email="voisin@exemple.fr", **SAID)
    services.receive_edit(initiative, {"means": TELEPHONE}, by=initiative.author)
    gone = discussion.contribute(initiative, by=eve, text=TO_BE_READ)
    cases = {case.content: case for case in Case.objects.all()}
    services.leave_note(cases[waiting], "Déjà vu la semaine dernière.", by=denis)
    services.claim(cases[said], by=denis)
    services.claim(cases[waiting], by=chloe)
    closed = cases[gone]
    services.withhold(closed, by=denis, **WHY)
    gone.delete()
    mine = discussion.contribute(new_initiative(chloe, title="Un banc"), by=bob, text=TO_BE_READ)
    own = Case.objects.open().of(mine).get()
    queue = reverse("admin:moderation_case_changelist")
    page = desk(chloe)
    check(page, site, [queue, f"{queue}?etat=tous", *map(change, [*cases.values(), own])])
    # The message of a decision before it is taken, what is refused, and several at once.
    page.goto(site.url + change(cases[initiative]))
    page.locator("select[name=ground]").select_option("exposure_of_person")
    page.locator("textarea[name=reason]").fill("Le numéro d’une personne.")
    page.get_by_role("button", name="Aperçu si je refuse").click()
    assert page.get_by_role("heading", name="Ce que l’auteur lira").is_visible()
    found = complaints(page, "the preview")
    page.goto(site.url + change(cases[waiting]))
    page.get_by_role("button", name="Retirer", exact=True).click()
    found += complaints(page, "a decision without a reason")
    page.goto(site.url + queue)
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option("decide_together")
    page.locator("button[name=index]").click()
    assert page.get_by_role("heading", name="Décider d’un cas").first.is_visible()
    found += complaints(page, "several at once")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_notices_appeals_and_what_stands_on_a_content(desk, site, staff, initiative):
    chloe, denis = staff
    bob, eve = new_member("bob"), new_member("eve")
    said = discussion.contribute(initiative, by=bob, text="Il faudrait des bancs.")
    kept = notices.report(said, by=eve, **SAID)
    services.publish(kept.case, by=denis, reason="Rien d’interdit.")
    kept.refresh_from_db()
    unheard = redress.contest_answer(kept, text="Relisez la seconde phrase.")
    acted = notices.report(discussion.contribute(initiative, by=bob, text="Encore un mot."), by=eve, **SAID)
    withheld = services.withhold(acted.case, by=denis, **WHY)
    contested = redress.contest(withheld, text="Ce n’est pas une insulte.")
    other = services.withhold(new_initiative(bob, title="Un four à pain"), by=denis, **WHY)
    judged = redress.contest(other, text="Ce n’est pas une insulte.")
    judging.judge(judged, by=chloe, verdict="upheld", reason="C’en est une.")
    services.label(initiative, by=denis, label="Un fait est contesté.", **WHY)
    NotifierWarning.objects.create(notifier_key=kept.notifier_key, notice=kept, by=chloe)
    TrustedFlagger.objects.create(member=eve, body="Une association agréée")
    lists = ("notice", "appeal", "notifierwarning", "trustedflagger", "reasontemplate")
    paths = [reverse(f"admin:moderation_{name}_changelist") for name in lists]
    paths += [
        reverse("admin:moderation_appeal_changelist") + "?etat=tous",
        reverse("admin:moderation_reasontemplate_add"),
    ]
    paths += map(change, (kept, acted, unheard, contested, judged, ReasonTemplate.objects.first(), withheld))
    contributions = reverse("admin:initiatives_contribution_changelist")
    paths += [contributions, f"{contributions}{said.pk}/change/"]
    paths += [f"{contributions}{said.pk}/{verb}/" for verb in ("retirer", "retirer-definitivement", "mention")]
    paths += [f"{contributions}{acted.object_id}/change/", f"{contributions}{acted.object_id}/retablir/"]
    page = desk(chloe)
    check(page, site, paths)
    page.goto(site.url + change(kept))
    page.get_by_label("Pourquoi faut-il savoir qui a signalé").fill("Une menace à transmettre.")
    page.get_by_role("button", name="Lire son identité").click()
    assert page.get_by_text("Votre lecture est inscrite.").is_visible()
    assert not complaints(page, "who reported")


def test_axe_finds_nothing_in_measures_rules_and_what_was_learned(desk, site, staff):
    chloe, denis = staff
    bob, eve, fanny = (new_member(name) for name in ("bob", "eve", "fanny"))
    warned = sanctioning.warn(bob, by=denis, **WHY)
    silenced = sanctioning.silence(eve, by=denis, days=7, **WHY)
    grave = {"ground": "threat", "reason": "Une menace de mort."}
    proposed = sanctioning.propose_suspension(fanny, by=denis, days=None, **grave)
    alert = RuleAlert.objects.create(rule="threat.death_threat", rule_version="1", hits=20, texts=200, is_disarmed=True)
    learned = LearnedModel.objects.create(
        state="live", learned_from=200, tested_on=40, loss=0.4, loss_before=0.6, alarms=0.01, alarms_before=0.02
    )
    lists = ("sanction", "rulealert", "learnedmodel")
    paths = [reverse(f"admin:moderation_{name}_changelist") for name in lists]
    paths += [reverse("admin:moderation_sanction_changelist") + "?etat=tous"]
    paths += map(change, (warned, silenced, proposed, alert, learned))
    paths.append(reverse("admin:moderation_sanction_take", args=[bob.pk]))
    paths.append(reverse("admin:moderation_sanction_lift", args=[silenced.pk]))
    check(desk(chloe), site, paths)
