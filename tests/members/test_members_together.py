"""What several do to one account at the same moment, on connections of their own."""

from cast import new_member

from members import services


def test_a_session_is_written_down_once_by_two_pages_opened_together(vitre_committed, at_once):
    alice = new_member("alice")
    at_once(lambda _turn: services.see_session(alice, "one-key", device="Firefox sur Linux"), range(6))
    assert alice.sessions.count() == 1
