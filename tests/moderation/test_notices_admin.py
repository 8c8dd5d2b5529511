"""Notices and appeals where moderators work."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from initiatives.services import discussion
from members.models import AccessRecord
from moderation import services
from moderation.models import Appeal, Notice, TrustedFlagger
from moderation.services import notices, redress
from tests.moderation.desk import staff_client

pytestmark = pytest.mark.django_db

WHY = "La voisine y est insultée par son nom."


@pytest.fixture
def notice(initiative, bob) -> Notice:
    return notices.report(initiative, ground="insult", explanation=WHY, by=bob)


@pytest.fixture
def appeal(initiative, chloe) -> Appeal:
    decision = services.withhold(initiative, by=chloe, ground="insult", reason="Une injure.")
    return redress.contest(decision, text="Je critiquais une politique.")


@pytest.fixture
def as_denis(denis):
    return staff_client(denis)


def page_of(client, row) -> str:
    return client.get(reverse(f"admin:moderation_{row._meta.model_name}_change", args=[row.pk])).content.decode()


def test_a_moderator_reads_what_is_said_and_not_who_says_it(as_chloe, notice, bob):
    page = page_of(as_chloe, notice)
    assert WHY in page
    assert bob.email not in page and bob.display_name not in page
    listed = as_chloe.get(reverse("admin:moderation_notice_changelist")).content.decode()
    assert notice.reference in listed and bob.email not in listed


def test_an_identity_is_read_with_a_reason_and_leaves_a_trace(as_chloe, chloe, notice, bob):
    address = reverse("admin:moderation_notice_identity", args=[notice.pk])
    assert bob.email not in as_chloe.post(address, {"why": ""}).content.decode()
    assert not AccessRecord.objects.filter(by=chloe).exists()
    assert bob.email in as_chloe.post(address, {"why": "Une plainte est déposée."}).content.decode()
    record = AccessRecord.objects.get(by=chloe)
    assert (record.about, record.why) == (notice, "Une plainte est déposée.")


def test_a_list_does_not_say_by_its_address_who_reported_or_contests(as_chloe, notice, appeal, bob, alice):
    guesses = {"email__startswith": "b", "name": "Bob", "member": bob.pk, "member__id__exact": bob.pk}
    for sort, asked in (("notice", guesses), ("appeal", {"member": alice.pk, "member__isnull": "0"})):
        address = reverse(f"admin:moderation_{sort}_changelist")
        for name, value in asked.items():
            assert as_chloe.get(address, {name: value}).status_code == 400, name
    address = reverse("admin:moderation_notice_changelist")
    assert notice.reference in as_chloe.get(address, {"ground__exact": "insult", "etat": "repondus"}).content.decode()
    assert as_chloe.get(reverse("admin:moderation_appeal_changelist"), {"verdict__exact": "upheld"}).status_code == 200


def test_a_moderator_never_learns_who_reported_what_they_wrote(as_denis, denis, alice, initiative, chloe):
    initiative.author = denis
    initiative.save()
    notice = notices.report(initiative, ground="insult", explanation=WHY, by=alice)
    address = reverse("admin:moderation_notice_identity", args=[notice.pk])
    answer = as_denis.post(address, {"why": "Pour savoir qui c’est."}, follow=True).content.decode()
    assert alice.email not in answer and alice.display_name not in answer and address not in answer
    services.publish(notice.case, by=chloe, reason="Une critique.")
    as_denis.post(reverse("admin:moderation_notice_unfounded", args=[notice.pk]))
    notice.refresh_from_db()
    assert notice.unfounded_at is None


def test_an_identity_needs_its_own_right(as_chloe, chloe, notice):
    chloe.groups.first().permissions.remove(Permission.objects.get(codename="read_notifier"))
    address = reverse("admin:moderation_notice_identity", args=[notice.pk])
    assert as_chloe.post(address, {"why": "Pour voir."}).status_code == 403


def test_a_notice_is_said_unfounded_once_it_was_answered(as_chloe, chloe, notice):
    address = reverse("admin:moderation_notice_unfounded", args=[notice.pk])
    as_chloe.post(address)
    notice.refresh_from_db()
    assert notice.unfounded_at is None
    services.publish(notice.case, by=chloe, reason="Rien de tel.")
    as_chloe.post(address)
    notice.refresh_from_db()
    assert notice.unfounded_at is not None


def test_who_decided_reads_the_appeal_and_cannot_judge_it(as_chloe, appeal):
    page = page_of(as_chloe, appeal)
    assert "Je critiquais une politique." in page
    assert "quelqu’un d’autre doit trancher" in page
    address = reverse("admin:moderation_appeal_change", args=[appeal.pk])
    answer = as_chloe.post(address, {"verdict": "upheld", "reason": "Non."})
    assert "quelqu’un d’autre doit trancher" in answer.content.decode()
    appeal.refresh_from_db()
    assert appeal.is_open


def test_somebody_else_judges_and_the_next_appeal_opens(as_denis, denis, chloe, alice, initiative, appeal):
    written = discussion.contribute
    address = reverse("admin:moderation_appeal_change", args=[appeal.pk])
    assert "Lui donner raison" in page_of(as_denis, appeal)
    assert as_denis.post(address, {"verdict": "reversed", "reason": ""}).status_code == 200
    answer = as_denis.post(address, {"verdict": "reversed", "reason": "Une critique."})
    assert answer.status_code == 302
    appeal.refresh_from_db()
    assert (appeal.verdict, appeal.by) == ("reversed", denis)
    initiative.refresh_from_db()
    assert initiative.is_public
    other = written(initiative, by=alice, text="Un avis de plus, tout simple.")
    waiting = redress.contest(
        services.withhold(other, by=chloe, ground="spam", reason="Publicité."), text="Ce n’en est pas."
    )
    assert (
        reverse("admin:moderation_appeal_change", args=[waiting.pk])
        in as_denis.get(reverse("admin:moderation_appeal_changelist")).content.decode()
    )


def test_a_reversal_for_who_reported_asks_for_a_ground(as_denis, chloe, notice, initiative):
    services.publish(notice.case, by=chloe, reason="Rien de tel.")
    notice.refresh_from_db()
    contested = redress.contest_answer(notice, text="Relisez la fin.")
    address = reverse("admin:moderation_appeal_change", args=[contested.pk])
    answer = as_denis.post(address, {"verdict": "reversed", "reason": "En effet."})
    assert "Choisissez le motif" in answer.content.decode()
    as_denis.post(address, {"verdict": "reversed", "reason": "En effet.", "ground": "insult"})
    initiative.refresh_from_db()
    assert not initiative.is_public


def test_a_member_reads_none_of_it(as_bob, notice, appeal):
    for row in (notice, appeal):
        address = reverse(f"admin:moderation_{row._meta.model_name}_change", args=[row.pk])
        assert as_bob.get(address).status_code == 302


def test_the_lists_cost_the_same_with_two_rows_or_fifteen(
    as_chloe, chloe, bob, alice, initiative, django_assert_num_queries
):
    def more(count: int) -> None:
        for number in range(count):
            text = f"Un avis, le numéro {number} sur {count}."
            written = initiative.contributions.create(author=alice, text=text, published_at=timezone.now())
            notices.report(written, ground="insult", explanation=WHY, by=bob)
            redress.contest(
                services.withhold(written, by=chloe, ground="insult", reason="Une injure."), text="Non, vraiment."
            )

    def bills() -> list[int]:
        found = []
        for name in ("notice", "appeal"):
            with django_assert_num_queries(100, exact=False) as bill:
                as_chloe.get(reverse(f"admin:moderation_{name}_changelist"))
            found.append(len(bill))
        return found

    more(2)
    few = bills()
    more(13)
    assert bills() == few
    assert max(few) <= 14


def test_a_flagger_is_trusted_between_two_days(bob, initiative):
    TrustedFlagger.objects.create(member=bob, body="Une association agréée", since="2020-01-01", until="2020-12-31")
    assert not notices.report(initiative, ground="insult", explanation=WHY, by=bob).is_trusted
