"""Two look-alikes become one: agreed by both authors, open to objections for a week, exactly counted."""

import threading
import time
from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import Initiative, Merge, MergeObjection, Support, TimelineEntry
from initiatives.services import ending, merging, supports
from notifications.models import Notification
from tests.initiatives.test_counting import demand, exact

OTHER = "Des fruitiers pour tous, près de la gare"


@pytest.fixture
def other(bob, vitre) -> Initiative:
    """Bob's, which wants the same."""
    return new_initiative(bob, vitre, title=OTHER)


def behind(initiative, *names, **fields) -> list:
    """Members who support it, from Vitré."""
    members = [new_member(name, home_commune=initiative.commune) for name in names]
    for member in members:
        supports.support(initiative, by=member)
    return members


def agreed(source, target) -> Merge:
    """Agreed by both authors, and told to those who support the first."""
    merge = merging.propose(source, target, by=source.author)
    merging.agree(merge, by=target.author)
    merging.look_after()
    merge.refresh_from_db()
    return merge


def a_week_later(merge) -> None:
    """The same merger, agreed eight days ago."""
    week = timedelta(days=8)
    merge.refresh_from_db()
    Merge.objects.filter(pk=merge.pk).update(
        agreed_at=merge.agreed_at - week, ends_at=merge.ends_at - week, told_at=merge.told_at and merge.told_at - week
    )


def settled(merge) -> Merge:
    """All that the task does once the week is over, and the minute that follows."""
    a_week_later(merge)
    merging.look_after()
    Merge.objects.filter(pk=merge.pk, done_at__isnull=False).update(
        ends_at=timezone.now() - timedelta(hours=2), done_at=timezone.now() - timedelta(hours=1)
    )
    merging.look_after()
    merge.refresh_from_db()
    return merge


def read_it() -> None:
    """The announcements have left."""
    Notification.objects.filter(kind="merge_announced").update(sent_at=timezone.now())


def told(kind) -> set:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__display_name", flat=True))


# --- Agreeing --------------------------------------------------------------------------------------------------------


def test_nothing_happens_before_the_other_author_agrees(alice, bob, initiative, other, visitor):
    behind(initiative, "carla")
    merge = merging.propose(initiative, other, by=alice)
    merging.look_after()
    assert told("merge_proposed") == {"Bob"} and not told("merge_announced")
    assert "rejoindre" not in visitor.get(initiative.get_absolute_url()).content.decode()
    a = Merge.objects.get(pk=merge.pk)
    assert (a.agreed_at, a.told_at, a.ends_at) == (None, None, None)


def test_who_is_asked_reads_who_asks_and_what_they_accepted(alice, as_bob, initiative, other):
    merge = merging.propose(initiative, other, by=alice)
    address = reverse("merge_welcome", args=[other.slug, merge.pk])
    text = as_bob.get(address).content.decode()
    assert f"« {initiative.title} » propose de vous rejoindre</h1>" in text
    assert f"{alice.display_name} porte « {initiative.title} »" in text and other.title in text
    assert "accepte ou refuse" not in text, "it is they who accept"
    text = as_bob.post(address, follow=True).content.decode()
    assert "C’est accepté" in text and "va vous rejoindre</h1>" in text and "Accepter" not in text


def test_proposing_twice_is_harmless_and_one_joins_one_other_at_a_time(alice, bob, vitre, initiative, other):
    third = new_initiative(bob, vitre, title="Un troisième verger, plus loin")
    merge = merging.propose(initiative, other, by=alice)
    assert merging.propose(initiative, other, by=alice) == merge
    with pytest.raises(LifeRefused, match="déjà proposé"):
        merging.propose(initiative, third, by=alice)
    assert Notification.objects.filter(kind="merge_proposed").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "closed", "ended_at": timezone.now()},
        {"withheld_at": timezone.now()},
        {"frozen_at": timezone.now()},
        {"kind": "debate"},
        {"author": None},
    ],
)
def test_what_is_not_alive_or_not_of_the_same_kind_is_not_joined(alice, initiative, other, fields):
    Initiative.objects.filter(pk=other.pk).update(**fields)
    with pytest.raises(LifeRefused):
        merging.propose(initiative, other, by=alice)
    assert not Merge.objects.exists()


def test_only_its_author_proposes_and_only_the_other_author_agrees(alice, bob, initiative, other):
    with pytest.raises(LifeRefused):
        merging.propose(initiative, other, by=bob)
    merge = merging.propose(initiative, other, by=alice)
    with pytest.raises(LifeRefused):
        merging.agree(merge, by=alice)
    with pytest.raises(LifeRefused):
        merging.drop(merge, by=new_member("carla"))
    with pytest.raises(LifeRefused):
        merging.propose(initiative, initiative, by=alice)


def test_two_of_ones_own_are_agreed_at_once(alice, vitre, initiative):
    second = new_initiative(alice, vitre, title=OTHER)
    assert merging.propose(second, initiative, by=alice).agreed_at
    assert not told("merge_proposed")


def test_a_declined_proposal_is_not_made_again_for_thirty_days(alice, bob, initiative, other):
    merge = merging.propose(initiative, other, by=alice)
    merging.drop(merge, by=bob)
    assert told("merge_dropped") == {"Alice"}
    with pytest.raises(LifeRefused, match="trente jours"):
        merging.propose(initiative, other, by=alice)
    Merge.objects.update(dropped_at=timezone.now() - timedelta(days=31))
    assert merging.propose(initiative, other, by=alice).pk != merge.pk


def test_a_proposal_that_nobody_answers_falls_after_thirty_days(alice, initiative, other):
    merge = merging.propose(initiative, other, by=alice)
    Merge.objects.update(proposed_at=timezone.now() - timedelta(days=31))
    merging.look_after()
    merge.refresh_from_db()
    assert merge.dropped_at and told("merge_dropped") == {"Alice", "Bob"}


def test_what_is_leaving_welcomes_nobody(alice, bob, vitre, initiative, other):
    third = new_initiative(new_member("carla"), vitre, title="Un troisième verger, plus loin")
    merging.propose(initiative, other, by=alice)
    for source, target in ((third, initiative), (other, initiative)):
        with pytest.raises(LifeRefused, match="rejoint une autre"):
            merging.propose(source, target, by=source.author)


# --- Objecting -------------------------------------------------------------------------------------------------------


def test_supporters_are_told_once_with_a_week_from_the_message_and_later_ones_too(alice, bob, initiative, other):
    behind(initiative, "carla", "dan")
    supports.support(initiative, by=alice)
    merge = merging.propose(initiative, other, by=alice)
    merging.agree(merge, by=bob)
    # The site was down for two days.
    Merge.objects.update(agreed_at=timezone.now() - timedelta(days=2), ends_at=timezone.now() + timedelta(days=5))
    merging.look_after()
    merge.refresh_from_db()
    assert merge.ends_at - timezone.now() > timedelta(days=6, hours=23)
    assert told("merge_announced") == {"Carla", "Dan"} and told("merge_agreed") == {"Alice"}
    behind(initiative, "eva")
    for _ in range(2):
        merging.look_after()
    assert told("merge_announced") == {"Carla", "Dan", "Eva"}
    assert Notification.objects.filter(kind="merge_announced").count() == 3


def test_the_link_of_the_message_objects_without_signing_in(visitor, initiative, other):
    [carla] = behind(initiative, "carla")
    merge = agreed(initiative, other)
    address = Notification.objects.get(kind="merge_announced").context["url"]
    assert address == reverse("merge_link", args=[initiative.slug, merging.token_of(merge.pk, carla.pk)])
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(address)
    assert page.status_code == 200 and "mon soutien reste où il est" in page.content.decode()
    assert not MergeObjection.objects.exists()
    assert not page.cookies
    for _ in range(2):
        assert strict.post(address).status_code == 302
    assert MergeObjection.objects.get().member == carla
    assert "votre soutien reste" in strict.get(address).content.decode()


@pytest.mark.parametrize("token", ["forged", "1-1.forged", "1-1"])
def test_a_forged_link_leads_to_nothing(visitor, initiative, other, token):
    agreed(initiative, other)
    assert visitor.get(reverse("merge_link", args=[initiative.slug, token])).status_code == 410
    assert visitor.post(reverse("merge_link", args=[initiative.slug, token])).status_code == 410


def test_a_member_objects_on_the_page_and_who_does_not_support_cannot(initiative, other):
    [carla] = behind(initiative, "carla")
    agreed(initiative, other)
    address = reverse("merge_notice", args=[initiative.slug])
    assert client_of(carla).post(address).status_code == 302
    assert MergeObjection.objects.get().member == carla
    dan = client_of(new_member("dan"))
    assert dan.post(address).status_code == 409
    assert MergeObjection.objects.count() == 1


def test_after_the_week_nobody_objects_any_more(initiative, other):
    [carla] = behind(initiative, "carla")
    merge = agreed(initiative, other)
    a_week_later(merge)
    with pytest.raises(LifeRefused, match="délai"):
        merging.object_to(merge, by=carla)


# --- Carrying over ---------------------------------------------------------------------------------------------------


def test_who_did_not_object_is_carried_over_and_every_number_is_that_of_the_rows(alice, bob, initiative, other):
    carla, dan, eva = behind(initiative, "carla", "dan", "eva")
    supports.support(other, by=eva)
    behind(other, "fred")
    merge = agreed(initiative, other)
    merging.object_to(merge, by=carla)
    tasks.fold_supports()
    settled(merge)
    assert (exact(initiative), exact(other)) == (1, 3)
    assert set(other.supports.values_list("member__display_name", flat=True)) == {"Dan", "Eva", "Fred"}
    assert initiative.supports.get().member == carla
    assert other.supports.get(member=dan).commune_id == "35360"
    assert (merge.source_count, merge.carried_count) == (3, 1)
    assert not MergeObjection.objects.exists()
    initiative.refresh_from_db()
    assert (initiative.state, initiative.merged_into) == ("archived", other)
    assert told("merge_done") == {"Carla", "Dan", "Eva"} and told("merge_done_author") == {"Alice", "Bob"}
    stays = dict(Notification.objects.filter(kind="merge_done").values_list("recipient__display_name", "context"))
    assert stays["Carla"]["stays"] and "stays" not in stays["Dan"]
    [left] = initiative.timeline.filter(kind=TimelineEntry.Kind.MERGED)
    [came] = other.timeline.filter(kind=TimelineEntry.Kind.ABSORBED)
    assert (left.details["count"], came.details["count"]) == (3, 1)
    assert Client().get(came.details["url"], follow=True).context["initiative"] == initiative
    assert Client().get(left.details["url"], follow=True).context["initiative"] == other
    # The author of the other one does not hear of new supports that are none.
    Notification.objects.all().delete()
    tasks.tell_authors()
    assert Notification.objects.get(recipient=bob, kind="initiative_supported").context["new"] == 2


def test_looking_again_changes_nothing(initiative, other):
    behind(initiative, "carla", "dan")
    merge = settled(agreed(initiative, other))
    before = Notification.objects.count()
    assert merging.look_after() == 0 and not merging.carry(merge.pk) and not merging.close(merge.pk)
    assert Notification.objects.count() == before
    assert initiative.timeline.filter(kind=TimelineEntry.Kind.MERGED).count() == 1


def test_a_support_that_is_not_counted_stays_and_nobody_is_told_of_it(initiative, other):
    behind(initiative, "carla")
    dan = new_member("dan")
    supports.support(initiative, by=dan, suspicion="network")
    merge = settled(agreed(initiative, other))
    assert merge.carried_at
    assert (exact(initiative), exact(other)) == (0, 1)
    assert initiative.supports.get().member == dan
    assert "Dan" not in told("merge_announced") | told("merge_done")


def test_a_link_that_was_not_opened_confirms_for_the_other(visitor, initiative, other, vitre):
    asked = demand(initiative, commune=vitre, written_at=timezone.now())
    address = reverse("support_link", args=[initiative.slug, supports.token_of(asked.pk)])
    merge = settled(agreed(initiative, other))
    assert merge.carried_at and not initiative.supports.exists()
    page = visitor.get(address).content.decode()
    assert OTHER in page and "Confirmer mon soutien" in page and "a rejoint" in page
    assert f'name="initiative" value="{other.pk}"' in page
    visitor.post(address, {"initiative": other.pk})
    assert (exact(initiative), exact(other)) == (0, 1)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("said", ["", "0", "abc", "²", "9" * 5000])
def test_a_button_pressed_under_the_former_name_counts_for_nobody_and_asks(
    visitor, initiative, other, vitre, headers, said
):
    asked = demand(initiative, commune=vitre, written_at=timezone.now())
    address = reverse("support_link", args=[initiative.slug, supports.token_of(asked.pk)])
    assert OTHER not in visitor.get(address).text
    settled(agreed(initiative, other))
    answer = visitor.post(address, {"initiative": said}, headers=headers, follow=True)
    assert OTHER in answer.text and "a rejoint" in answer.text and "Confirmer mon soutien" in answer.text
    assert (exact(initiative), exact(other)) == (0, 0)
    assert Support.objects.get(pk=asked.pk).is_pending


def test_somebody_who_supports_between_the_last_look_and_the_end_is_carried_too(initiative, other):
    merge = agreed(initiative, other)
    a_week_later(merge)
    merging.look_after()
    # A statement that began before it closed.
    Support.objects.create(initiative=initiative, member=new_member("zoe"), confirmed_at=timezone.now())
    merging.look_after()
    assert (exact(initiative), exact(other)) == (0, 1)
    merge.refresh_from_db()
    assert merge.done_at and not merge.carried_at


def test_it_is_carried_by_batches(initiative, other, monkeypatch):
    monkeypatch.setattr(merging, "BATCH", 3)
    members = behind(initiative, *(f"m{n}" for n in range(10)))
    for member in members[:4]:
        supports.support(other, by=member)
    merge = agreed(initiative, other)
    merging.object_to(merge, by=members[5])
    settled(merge)
    assert (exact(initiative), exact(other)) == (1, 9)
    assert merge.carried_count == 5


def test_its_address_leads_to_the_other_and_its_own_page_is_kept(visitor, as_alice, initiative, other):
    settled(agreed(initiative, other))
    initiative.refresh_from_db()
    answer = visitor.get(initiative.get_absolute_url())
    assert (answer.status_code, answer.url) == (301, other.get_absolute_url())
    kept = visitor.get(merging.kept_address(initiative))
    assert kept.status_code == 200 and OTHER in kept.content.decode()
    support = visitor.get(reverse("initiative_support", args=[initiative.slug]))
    assert support.url == reverse("initiative_support", args=[other.slug])
    number = visitor.get(reverse("initiative_number", args=[initiative.slug]))
    assert number.url == reverse("initiative_number", args=[other.slug])
    other.withhold()
    assert visitor.get(initiative.get_absolute_url()).status_code == 200
    assert OTHER not in visitor.get(merging.kept_address(initiative)).content.decode()


def test_what_joined_another_is_not_woken(alice, as_alice, initiative, other):
    settled(agreed(initiative, other))
    with pytest.raises(LifeRefused, match="rejoint une autre"):
        ending.wake(initiative, by=alice)
    as_alice.post(reverse("initiative_wake", args=[initiative.slug]))
    initiative.refresh_from_db()
    assert initiative.state == "archived"


# --- Dropping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["alice", "bob"])
def test_either_author_drops_it_before_the_end_and_all_who_were_told_hear_of_it(request, initiative, other, by):
    behind(initiative, "carla")
    merge = agreed(initiative, other)
    read_it()
    merging.drop(merge, by=request.getfixturevalue(by))
    for _ in range(2):
        merging.look_after()
    assert told("merge_dropped") == {"Alice", "Bob", "Carla"} - {by.capitalize()}
    settled(merge)
    assert (exact(initiative), exact(other)) == (1, 0)


@pytest.mark.parametrize("side", ["initiative", "other"])
@pytest.mark.parametrize("fields", [{"state": "succeeded", "ended_at": 1}, {"withheld_at": 1}, {"frozen_at": 1}])
def test_what_is_withheld_ended_or_frozen_meanwhile_is_not_merged(request, initiative, other, side, fields):
    behind(initiative, "carla")
    merge = agreed(initiative, other)
    read_it()
    fields = {name: timezone.now() if value == 1 else value for name, value in fields.items()}
    Initiative.objects.filter(pk=request.getfixturevalue(side).pk).update(**fields)
    settled(merge)
    assert merge.dropped_at and not merge.done_at
    hidden = side == "initiative" and "withheld_at" in fields
    assert told("merge_dropped") == {"Alice", "Bob"} | (set() if hidden else {"Carla"})
    assert (exact(initiative), exact(other)) == (1, 0)
    Initiative.objects.update(withheld_at=None)
    merging.look_after()
    assert told("merge_dropped") == {"Alice", "Bob", "Carla"}


def test_who_had_not_heard_of_a_merger_does_not_hear_that_it_is_dropped(alice, initiative, other):
    """Its message had not left: it is taken back."""
    behind(initiative, "carla")
    merge = agreed(initiative, other)
    merging.drop(merge, by=alice)
    merging.look_after()
    assert not told("merge_announced") and told("merge_dropped") == {"Bob"}


def test_mergers_that_wait_do_not_keep_others_from_being_told(alice, bob, vitre, monkeypatch):
    monkeypatch.setattr(merging, "_ROUND", 1)
    pairs = [
        [new_initiative(author, vitre, title=f"{title} {number}") for author, title in ((alice, "Haie"), (bob, "Mare"))]
        for number in range(3)
    ]
    for number, (source, target) in enumerate(pairs):
        behind(source, f"ami{number}")
        merging.agree(merging.propose(source, target, by=alice), by=bob)
    for _round in pairs:
        merging.look_after()
    assert told("merge_announced") == {"Ami0", "Ami1", "Ami2"}
    behind(pairs[2][0], "late")
    merging.look_after()
    merging.look_after()
    merging.look_after()
    assert "Late" in told("merge_announced")


@pytest.mark.parametrize("side", ["initiative", "other"])
def test_nothing_is_read_of_what_is_withheld(request, visitor, as_alice, as_bob, initiative, other, side):
    behind(initiative, "carla")
    merge = agreed(initiative, other)
    hidden = request.getfixturevalue(side)
    hidden.withhold()
    addresses = [
        (visitor, Notification.objects.get(kind="merge_announced").context["url"]),
        (as_alice if side == "other" else as_bob, reverse("merge_propose", args=[initiative.slug])),
        (as_bob if side == "initiative" else as_alice, reverse("merge_welcome", args=[other.slug, merge.pk])),
        (
            as_bob if side == "initiative" else as_alice,
            (other if side == "initiative" else initiative).get_absolute_url(),
        ),
        (visitor, reverse("merge_notice", args=[initiative.slug])),
    ]
    for client, address in addresses:
        page = client.get(address)
        assert page.status_code in (200, 404)
        assert hidden.title not in page.content.decode(), address


def test_once_it_is_done_nobody_drops_it(alice, initiative, other):
    merge = settled(agreed(initiative, other))
    with pytest.raises(LifeRefused, match="déjà réunies"):
        merging.drop(merge, by=alice)


# --- At the same moment ----------------------------------------------------------------------------------------------


@pytest.fixture
def pair(vitre_committed) -> tuple[Initiative, Initiative]:
    return (
        new_initiative(new_member("alice"), vitre_committed),
        new_initiative(new_member("bob"), vitre_committed, title=OTHER),
    )


def test_two_tasks_supports_and_withdrawals_at_once_leave_the_numbers_of_the_rows(at_once, pair, monkeypatch):
    monkeypatch.setattr(merging, "BATCH", 7)
    source, target = pair
    members = behind(source, *(f"m{n}" for n in range(60)))
    merge = agreed(source, target)
    a_week_later(merge)
    assert merging.close(merge.pk)
    late = [new_member(f"late{n}", home_commune=source.commune) for n in range(5)]

    def act(n):
        if n < 3:
            for _ in range(4):
                merging.carry(merge.pk)
        elif n == 3:
            for member in members[:20]:
                supports.support(target, by=member)
        elif n == 4:
            for member in members[20:40]:
                supports.withdraw_support(source, by=member)
        elif n == 5:
            for member in members[30:40]:
                supports.withdraw_support(target, by=member)
        elif n == 6:
            for member in late:
                Support.objects.create(initiative=source, member=member, confirmed_at=timezone.now())
        else:
            for _ in range(5):
                tasks.fold_supports()

    at_once(act, range(8))
    settled(merge)
    assert merge.carried_at
    assert exact(source) == 0
    kept = set(target.supports.values_list("member_id", flat=True))
    assert {member.pk for member in members[:20] + members[40:] + late} <= kept
    assert exact(target) == len(kept)


def test_a_support_of_the_other_written_at_that_very_moment_is_counted_once(pair):
    source, target = pair
    [carla] = behind(source, "carla")
    merge = agreed(source, target)
    a_week_later(merge)
    merging.close(merge.pk)

    def carry():
        try:
            merging.carry(merge.pk)
        finally:
            connections.close_all()

    with transaction.atomic():
        supports.support(target, by=carla)
        carrying = threading.Thread(target=carry)
        carrying.start()
        time.sleep(0.3)
        assert carrying.is_alive()
    carrying.join(timeout=10)
    assert not carrying.is_alive()
    assert (exact(source), exact(target)) == (0, 1)


def test_a_row_that_somebody_withdraws_is_left_alone_and_nobody_waits(pair):
    source, target = pair
    carla, _dan = behind(source, "carla", "dan")
    merge = agreed(source, target)
    a_week_later(merge)
    merging.close(merge.pk)

    def carry():
        try:
            merging.carry(merge.pk)
        finally:
            connections.close_all()

    with transaction.atomic():
        supports.withdraw_support(source, by=carla)
        carrying = threading.Thread(target=carry)
        carrying.start()
        carrying.join(timeout=10)
        assert not carrying.is_alive()
    assert (exact(source), exact(target)) == (0, 1)


def test_agreeing_and_dropping_at_once_leave_one_of_the_two(at_once, pair):
    source, target = pair
    for _round in range(5):
        Merge.objects.all().delete()
        merge = merging.propose(source, target, by=source.author)

        def act(n, merge=merge):
            try:
                merging.agree(merge, by=target.author) if n % 2 else merging.drop(merge, by=source.author)
            except LifeRefused:
                return False
            return True

        at_once(act, range(4))
        merge.refresh_from_db()
        assert merge.dropped_at


def test_an_objection_at_the_last_moment_is_kept_or_refused_never_lost(at_once, pair):
    source, target = pair
    members = behind(source, *(f"m{n}" for n in range(6)))
    merge = agreed(source, target)
    a_week_later(merge)
    Merge.objects.filter(pk=merge.pk).update(ends_at=timezone.now() + timedelta(seconds=0.4))

    def act(n):
        if n == 6:
            deadline = time.monotonic() + 5
            while not merging.close(merge.pk) and time.monotonic() < deadline:
                time.sleep(0.01)
            return None
        time.sleep(0.37 + n * 0.01)
        try:
            return merging.object_to(merge, by=members[n])
        except LifeRefused:
            return False

    heard = at_once(act, range(7))
    settled(merge)
    stayed = {member.pk for member, said in zip(members, heard, strict=False) if said}
    assert set(source.supports.values_list("member_id", flat=True)) == stayed
    assert exact(target) == 6 - len(stayed)


def test_carrying_over_reads_indexes_whatever_the_number_of_supports(pair):
    source, target = pair
    merge = Merge.objects.create(source=source, target=target)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off" if connection.in_atomic_block else "SET enable_seqscan = off")
        values = {"source": source.pk, "target": target.pk, "merge": merge.pk, "after": 0, "batch": 1000}
        plan = explain(cursor, merging._CARRY, values)
        cursor.execute("RESET enable_seqscan")
    assert "one_support_each" in plan and "Seq Scan on initiatives_support" not in plan


def explain(cursor, statement, values) -> str:
    cursor.execute(f"EXPLAIN {statement}", values)
    return "\n".join(line for (line,) in cursor.fetchall())
