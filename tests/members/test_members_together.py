"""What several do to one account at the same moment, on connections of their own."""

from datetime import timedelta

from cast import new_member
from django.utils import timezone

from members import services
from members.models import AddressChange


def test_a_session_is_written_down_once_by_two_pages_opened_together(vitre_committed, at_once):
    alice = new_member("alice")
    at_once(lambda _turn: services.see_session(alice, "one-key", device="Firefox sur Linux"), range(6))
    assert alice.sessions.count() == 1


def test_two_who_ask_for_one_mailbox_at_once_do_not_share_it(vitre_committed, at_once):
    people = [new_member(name) for name in ("alice", "bob", "chloé", "dan")]

    def change(member):
        try:
            services.change_address(member, "la.meme@gmail.com" if member.pk % 2 else "lameme+x@gmail.com")
        except services.AddressRefused:
            return False
        return True

    assert sorted(at_once(change, people)) == [False, False, False, True]
    assert AddressChange.objects.count() == 1


def test_two_clicks_on_the_link_that_undoes_undo_once(vitre_committed, at_once):
    alice = new_member("alice")
    row = services.change_address(alice, "neuve@exemple.fr")

    def undo(_turn):
        try:
            services.undo_address_change(row)
        except services.AddressRefused:
            return False
        return True

    assert sorted(at_once(undo, range(4))) == [False, False, False, True]
    alice.refresh_from_db()
    assert alice.email == "alice@exemple.fr"


def test_two_pages_opened_together_invite_once(vitre_committed, at_once):
    alice = new_member("alice", joined_at=timezone.now() - timedelta(days=30))
    assert sorted(at_once(lambda _turn: services.invite_to_party(alice), range(6))) == [False] * 5 + [True]


def test_two_who_block_at_once_leave_one_block(vitre_committed, at_once):
    alice, bob = new_member("alice"), new_member("bob")
    assert sorted(at_once(lambda _turn: services.block(bob, by=alice), range(6))) == [False] * 5 + [True]
