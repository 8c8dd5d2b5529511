"""Whom a member wants nothing of: nothing of theirs arrives, and nothing tells them."""

import re

import pytest
from cast import client_of, new_event, new_member
from django.core import mail
from django.urls import reverse

from initiatives.models import Contribution, CoOrganiser, Letter
from initiatives.services import discussion, letters, team
from members import services
from members.models import Block
from notifications.models import Notification

pytestmark = pytest.mark.django_db

BLOCKS = "/reglages/blocages/"
TOKEN = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+')


@pytest.fixture
def dan(db):
    return new_member("dan")


@pytest.fixture
def as_dan(dan):
    return client_of(dan)


@pytest.fixture
def said(initiative, bob) -> Contribution:
    """What Bob wrote in the discussion of Alice’s initiative."""
    return discussion.contribute(initiative, by=bob, text="Il y faut aussi des bancs.")


def read(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


# --- Blocking ---


def test_a_member_blocks_who_wrote_a_contribution_and_unblocks_them(as_alice, alice, bob, initiative, said):
    page = read(as_alice.get(said.get_absolute_url()))
    address = reverse("discussion_block", args=[initiative.slug, said.pk])
    assert address in page
    assert "Bloquer Bob" in read(as_alice.get(address)) and not Block.objects.exists()
    assert as_alice.post(address).url == said.get_absolute_url()
    as_alice.post(address)
    block = Block.objects.get()
    assert (block.blocker, block.blocked) == (alice, bob)
    assert "Bob" in read(as_alice.get(BLOCKS))
    as_alice.post(f"{BLOCKS}{block.pk}/lever/")
    assert not Block.objects.exists()


def test_nobody_lifts_or_reads_somebody_elses_block(as_bob, alice, bob):
    services.block(bob, by=alice)
    assert as_bob.post(f"{BLOCKS}{Block.objects.get().pk}/lever/").status_code == 404
    assert "Alice" not in read(as_bob.get(BLOCKS)).replace("Créateurs", "")


def test_one_does_not_block_oneself(as_bob, bob, initiative, said):
    assert as_bob.post(reverse("discussion_block", args=[initiative.slug, said.pk])).status_code == 404
    with pytest.raises(services.BlockRefused):
        services.block(bob, by=bob)


def test_the_list_costs_the_same_with_2_rows_and_with_15(as_alice, alice, query_bill):
    def more(count: int) -> None:
        for _each in range(count):
            services.block(new_member(f"m{Block.objects.count()}"), by=alice)

    # The session, the member, the rows, and what the header asks.
    query_bill(as_alice, BLOCKS, more, most=6)


# --- What the blocker reads ---


def test_what_they_write_is_folded_for_the_blocker_alone(
    as_alice, as_bob, as_dan, visitor, alice, bob, initiative, said
):
    services.block(bob, by=alice)
    folded = "Écrit par une personne que vous bloquez"
    for address in (
        initiative.get_absolute_url(),
        reverse("discussion", args=[initiative.slug]),
        said.get_absolute_url(),
    ):
        assert folded in read(as_alice.get(address)), address
        for other in (as_bob, as_dan, visitor):
            assert folded not in read(other.get(address)), address


def test_a_reply_is_folded_too(as_alice, alice, bob, initiative):
    mine = discussion.contribute(initiative, by=alice, text="Plantons en mars.")
    services.block(bob, by=alice)
    discussion.reply(mine, by=bob, text="En avril plutôt.")
    assert "Écrit par une personne que vous bloquez" in read(as_alice.get(mine.get_absolute_url()))


def test_the_blocker_does_not_reply_either(as_alice, alice, bob, initiative, said):
    services.block(bob, by=alice)
    answer = as_alice.post(
        reverse("discussion_reply", args=[initiative.slug, said.pk]), {"text": "Et pourtant si, des bancs."}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Vous bloquez cette personne" in page and "Et pourtant si, des bancs." in page


# --- What the blocked person sees: nothing ---


def test_every_page_of_the_blocked_person_is_the_same_byte_for_byte(as_bob, alice, bob, initiative, said):
    mine = discussion.contribute(initiative, by=alice, text="Plantons en mars.")
    addresses = [
        initiative.get_absolute_url(),
        reverse("discussion", args=[initiative.slug]),
        mine.get_absolute_url(),
        said.get_absolute_url(),
        reverse("initiative_write", args=[initiative.slug]),
        BLOCKS,
        "/reglages/",
    ]

    def seen() -> list:
        return [client_pages(as_bob, address) for address in addresses]

    before = seen()
    services.block(bob, by=alice)
    assert seen() == before


def client_pages(client, address: str) -> tuple:
    answer = client.get(address)
    return answer.status_code, TOKEN.sub("", answer.content.decode())


def test_a_letter_of_theirs_leaves_like_any_other_and_never_arrives(as_bob, as_alice, alice, bob, initiative):
    services.block(bob, by=alice)
    address = reverse("initiative_write", args=[initiative.slug])
    page = read(as_bob.post(address, {"text": "Bonjour, puis-je aider ?"}, follow=True))
    assert "Votre message est parti" in page and "Bonjour, puis-je aider" in page
    assert not Notification.objects.filter(recipient=alice).exists()
    assert "Bob" not in read(as_alice.get(reverse("initiative_letters", args=[initiative.slug])))
    letter = Letter.objects.get()
    assert as_alice.get(reverse("initiative_exchange", args=[initiative.slug, letter.pk])).status_code == 404


def test_the_others_of_the_team_receive_it(as_bob, as_dan, alice, bob, dan, initiative):
    CoOrganiser.objects.create(initiative=initiative, member=dan)
    services.block(bob, by=alice)
    letters.write(initiative, "Bonjour, puis-je aider ?", by=bob)
    assert [each.recipient for each in Notification.objects.all()] == [dan]
    assert "Bob" in read(as_dan.get(reverse("initiative_letters", args=[initiative.slug])))


def test_an_answer_of_theirs_does_not_arrive_either(as_bob, alice, bob, initiative):
    letter = letters.write(initiative, "Bonjour, puis-je aider ?", by=bob)
    Notification.objects.all().delete()
    services.block(alice, by=bob)
    letters.answer(letter, "Oui, samedi.", by=alice)
    assert not Notification.objects.filter(recipient=bob).exists()
    assert "Oui, samedi." not in read(as_bob.get(reverse("initiative_write", args=[initiative.slug])))


def test_who_receives_a_letter_blocks_its_writer_from_there(as_alice, alice, bob, initiative):
    letter = letters.write(initiative, "Bonjour, puis-je aider ?", by=bob)
    address = reverse("letter_block", args=[initiative.slug, letter.pk])
    assert address in read(as_alice.get(reverse("initiative_exchange", args=[initiative.slug, letter.pk])))
    as_alice.post(address)
    assert Block.objects.get().blocked == bob


def test_who_receives_an_answer_blocks_who_answered_from_there(as_bob, as_dan, alice, bob, initiative):
    answer = letters.answer(letters.write(initiative, "Bonjour.", by=bob), "Non.", by=alice)
    address = reverse("letter_block", args=[initiative.slug, answer.pk])
    assert address in read(as_bob.get(reverse("initiative_write", args=[initiative.slug])))
    assert as_dan.post(address).status_code == 404
    as_bob.post(address)
    assert Block.objects.get().blocked == alice


def test_one_does_not_write_to_a_team_that_one_blocks(as_bob, alice, bob, initiative):
    services.block(alice, by=bob)
    page = read(as_bob.post(reverse("initiative_write", args=[initiative.slug]), {"text": "Bonjour à vous."}))
    assert "Vous bloquez qui porte cette initiative" in page and "Bonjour à vous." in page
    assert not Letter.objects.exists()


def test_an_invitation_of_theirs_does_not_arrive(alice, bob, initiative, django_capture_on_commit_callbacks):
    services.block(alice, by=bob)
    with django_capture_on_commit_callbacks(execute=True):
        made = team.invite(initiative, bob.email, by=alice)
    assert made.pk and not mail.outbox and not Notification.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        team.invite(initiative, "aline@exemple.fr", by=alice)
    assert [each.to for each in mail.outbox] == [["aline@exemple.fr"]]


def test_letters_about_an_event_follow_the_same_rule(as_bob, as_alice, alice, bob, vitre):
    event = new_event(alice, vitre)
    address = reverse("event_letter_write", args=[event.slug])
    as_bob.post(address, {"text": "À quelle heure ?"})
    letter = event.letters.get()
    block = reverse("event_letter_block", args=[event.slug, letter.pk])
    assert block in read(as_alice.get(reverse("event_exchange", args=[event.slug, letter.pk])))
    as_alice.post(block, follow=True)
    Notification.objects.all().delete()
    assert "Votre message est parti" in read(as_bob.post(address, {"text": "Et où ?"}, follow=True))
    assert not Notification.objects.exists()
    assert "Bob" not in read(as_alice.get(reverse("event_letters", args=[event.slug])))
    assert as_alice.get(reverse("event_exchange", args=[event.slug, letter.pk])).status_code == 404
    services.unblock(Block.objects.get())
    assert "Et où ?" in read(as_alice.get(reverse("event_exchange", args=[event.slug, letter.pk])))
