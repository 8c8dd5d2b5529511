"""Every address of the site × who asks: nobody in particular, a member, the author, a moderator."""

import pytest
from cast import client_of, new_action, new_member, new_need
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from initiatives.services import discussion, updates

OK, DOOR, ELSEWHERE, GONE, WRONG, NO_GET, DEAD = 200, "door", 302, 404, 400, 405, 410

#: Name → what GET answers to a visitor, a member, the author, a moderator. {i} is Alice’s initiative, {e} her event,
#: {c} what Dan wrote in its discussion, {a} an action of hers, {n} what she lacks and {o} what Dan offers,
#: {u} what she told her supporters and {v} what an edit of hers changed.
MATRIX = {
    "home": (OK, OK, OK, OK),
    "find_place": (OK, OK, OK, OK),
    "feed": (DOOR, OK, OK, OK),
    "notifications": (DOOR, OK, OK, OK),
    "notifications_about initiative {pk}": (DOOR, GONE, GONE, GONE),
    "mute_person 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "mute initiative {pk}": (DOOR, OK, OK, OK),
    "mute personne 1": (DOOR, GONE, GONE, GONE),
    "unmute initiative {pk}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "settings_messages": (DOOR, OK, OK, OK),
    "settings_messages_each soutiens": (DOOR, OK, OK, OK),
    "settings_messages_each rien": (DOOR, GONE, GONE, GONE),
    "territory 35360-vitre": (OK, OK, OK, OK),
    "territory 99999-nulle-part": (GONE, GONE, GONE, GONE),
    "commune_suggestions": (OK, OK, OK, OK),
    "moderation_public": (OK, OK, OK, OK),
    "statement inconnu": (GONE, GONE, GONE, GONE),
    "moderation_figures_csv": (OK, OK, OK, OK),
    "moderation_figures_json": (OK, OK, OK, OK),
    "ranking": (OK, OK, OK, OK),
    "privacy": (OK, OK, OK, OK),
    "accessibility": (OK, OK, OK, OK),
    "legal": (OK, OK, OK, OK),
    "accent": (OK, OK, OK, OK),
    "favicon": (301, 301, 301, 301),
    "health": (OK, OK, OK, OK),
    "initiatives": (OK, OK, OK, OK),
    "initiative_new": (DOOR, OK, OK, OK),
    "my_initiatives": (DOOR, OK, OK, OK),
    "my_supports": (OK, OK, OK, OK),
    "my_supports_sent": (OK, OK, OK, OK),
    "my_supports_link forged": (DEAD, DEAD, DEAD, DEAD),
    "initiative {i}": (OK, OK, OK, OK),
    "initiative_support {i}": (OK, OK, OK, OK),
    "support_sent {i}": (OK, OK, OK, OK),
    "support_link {i} forged": (DEAD, DEAD, DEAD, DEAD),
    "support_link_again {i} forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "support_link_withdraw {i} forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_withdraw_support {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_number {i}": (OK, OK, OK, OK),
    "initiative_start_over": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_step_start_over {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiatives_nearby": (DOOR, OK, OK, OK),
    "initiative_resume {i}": (DOOR, GONE, ELSEWHERE, GONE),
    "initiative_carry_on {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_sheet {i}": (DOOR, GONE, OK, GONE),
    "communes_of_postcode": (OK, OK, OK, OK),
    "initiative_subject {i}": (DOOR, GONE, OK, GONE),
    "initiative_text {i}": (DOOR, GONE, OK, GONE),
    "initiative_place {i}": (DOOR, GONE, OK, GONE),
    "initiative_preview {i}": (DOOR, GONE, ELSEWHERE, GONE),
    "initiative_launch {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_first_five {i}": (DOOR, GONE, ELSEWHERE, GONE),
    "initiative_code {i}": (DOOR, GONE, OK, GONE),
    "initiative_photos {i}": (DOOR, GONE, OK, GONE),
    "initiative_photo {i} 999": (DOOR, GONE, GONE, GONE),
    "initiative_photo_cover {i} 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_photo_remove {i} 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_photo_file {i} 999 480": (GONE, GONE, GONE, GONE),
    "image initiatives/00/00000000000000000000000000000000-480.webp": (GONE, GONE, GONE, GONE),
    "initiative_discard {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_end {i}": (DOOR, GONE, OK, GONE),
    "initiative_outcome {i}": (DOOR, GONE, ELSEWHERE, GONE),
    "initiative_archive {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_alive {i}": (DOOR, GONE, OK, GONE),
    "initiative_wake {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "merge_propose {i}": (DOOR, GONE, OK, GONE),
    "merge_drop {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "merge_welcome {i} 1": (DOOR, GONE, GONE, GONE),
    "merge_notice {i}": (GONE, GONE, GONE, GONE),
    "merge_link {i} forged": (DEAD, DEAD, DEAD, DEAD),
    "team_invitation forged": (DEAD, DEAD, DEAD, DEAD),
    "team_invitation_decline forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_invitation_declined": (OK, OK, OK, OK),
    "initiative_team {i}": (DOOR, GONE, OK, GONE),
    "team_invite {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_link {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_revoke {i} 1": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_dismiss {i} 1": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_offer {i} 1": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_withdraw_offer {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_answer_offer {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "team_leave {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_adopt {i}": (OK, OK, OK, OK),
    "initiative_write {i}": (OK, OK, ELSEWHERE, OK),
    "initiative_letters {i}": (DOOR, GONE, OK, GONE),
    "initiative_exchange {i} 1": (DOOR, GONE, GONE, GONE),
    "discussion {i}": (OK, OK, OK, OK),
    "initiative_updates {i}": (OK, OK, OK, OK),
    "initiative_update {i} {u}": (OK, OK, OK, OK),
    "initiative_update_write {i}": (DOOR, GONE, OK, GONE),
    "initiative_update_edit {i} {u}": (DOOR, GONE, OK, GONE),
    "initiative_update_withdraw {i} {u}": (DOOR, GONE, OK, GONE),
    "initiative_history {i}": (OK, OK, OK, OK),
    "initiative_versions {i}": (OK, OK, OK, OK),
    "initiative_version {i} {v}": (OK, OK, OK, OK),
    "discussion_write {i}": (OK, OK, OK, OK),
    "discussion_thread {i} {c}": (OK, OK, OK, OK),
    "discussion_replies {i} {c}": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "discussion_reply {i} {c}": (OK, OK, OK, OK),
    "discussion_edit {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_erase {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_vote {i} {c}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "discussion_unvote {i} {c}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "discussion_pin {i} {c}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "discussion_unpin {i} {c}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "my_commitments": (DOOR, OK, OK, OK),
    "initiative_actions {i}": (OK, OK, OK, OK),
    "action_new {i}": (DOOR, GONE, OK, GONE),
    "action {i} {a}": (OK, OK, OK, OK),
    "action_commit {i} {a}": (OK, OK, OK, OK),
    "action_withdraw {i} {a}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "action_edit {i} {a}": (DOOR, GONE, OK, GONE),
    "action_close {i} {a}": (DOOR, GONE, OK, GONE),
    "need_new {i}": (DOOR, GONE, OK, GONE),
    "need {i} {n}": (DOOR, GONE, OK, GONE),
    "need_edit {i} {n}": (DOOR, GONE, OK, GONE),
    "need_meet {i} {n}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "need_drop {i} {n}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "need_offer {i} {n}": (OK, OK, OK, OK),
    "offer_withdraw {i} {n}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "offer_answer {i} {n} {o}": (DOOR, GONE, OK, GONE),
    "agenda": (OK, OK, OK, OK),
    "map_data": (WRONG, WRONG, WRONG, WRONG),
    "map_place": (WRONG, WRONG, WRONG, WRONG),
    "map_towns": (WRONG, WRONG, WRONG, WRONG),
    "my_events": (DOOR, OK, OK, OK),
    "my_calendar": (DOOR, OK, OK, OK),
    "my_calendar_renew": (NO_GET, NO_GET, NO_GET, NO_GET),
    "my_calendar_stop": (NO_GET, NO_GET, NO_GET, NO_GET),
    "own_calendar forged": (GONE, GONE, GONE, GONE),
    "agenda_calendar": (OK, OK, OK, OK),
    "initiative_calendar {i}": (OK, OK, OK, OK),
    "event_file {e}": (OK, OK, OK, OK),
    "event_poster {e} a4": (202, 202, 202, 202),
    "event_short {e}": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "event_new": (DOOR, OK, OK, OK),
    "event {e}": (OK, OK, OK, OK),
    "event_attend {e}": (OK, OK, OK, OK),
    "event_attend_sent {e}": (OK, OK, OK, OK),
    "event_bring {e}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_leave {e}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "attendance {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_leave {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_still {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_bring {e} forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "attendance_again {e} forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_again {e}": (DOOR, GONE, OK, GONE),
    "event_edit {e}": (DOOR, GONE, OK, GONE),
    "event_cancel {e}": (DOOR, GONE, OK, GONE),
    "event_reports": (OK, OK, OK, OK),
    "event_organise {e}": (DOOR, GONE, OK, GONE),
    "event_sheet {e}": (DOOR, GONE, OK, GONE),
    "event_tick {e}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_walk_in {e}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_walk_in_undo {e}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_check_in {e} 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_check_in_undo {e} 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_message_write {e}": (DOOR, GONE, OK, GONE),
    "event_message {e} 999": (DOOR, GONE, GONE, GONE),
    "event_letter_write {e}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "event_letters {e}": (DOOR, GONE, OK, GONE),
    "event_exchange {e} 999": (DOOR, GONE, GONE, GONE),
    "event_report {e}": (DOOR, GONE, OK, GONE),
    "event_photo_add {e}": (DOOR, GONE, ELSEWHERE, GONE),
    "event_photo_remove {e} 999": (NO_GET, NO_GET, NO_GET, NO_GET),
    "event_photo_file {e} 999 480": (GONE, GONE, GONE, GONE),
    "settings": (DOOR, OK, OK, OK),
    "notice_report initiative {pk}": (OK, OK, OK, OK),
    "notice_report contribution {c}": (OK, OK, OK, OK),
    "notice_report rien {c}": (GONE, GONE, GONE, GONE),
    "label_statement initiative {pk}": (GONE, GONE, GONE, GONE),
    "label_statement rien {c}": (GONE, GONE, GONE, GONE),
    "notice forged": (DEAD, DEAD, DEAD, DEAD),
    "notice_contest forged": (GONE, GONE, GONE, GONE),
    "my_notices": (DOOR, OK, OK, OK),
    "decision forged": (DEAD, DEAD, DEAD, DEAD),
    "my_decisions": (DOOR, OK, OK, OK),
}
#: Proved elsewhere: the doors by tests/members, the administration by tests/members and tests/moderation.
ELSEWHERE_PROVED = ("account_", "mfa_", "end_other_sessions")


@pytest.fixture
def address(initiative, event):
    """The address of a key, once what it names exists."""
    dan = new_member("dan")
    need = new_need(initiative)
    made = {
        "{i}": initiative.slug,
        "{pk}": initiative.pk,
        "{e}": event.slug,
        "{c}": discussion.contribute(initiative, by=dan, text="Il y faut aussi des bancs.").pk,
        "{a}": new_action(initiative).pk,
        "{n}": need.pk,
        "{u}": updates.write(
            initiative, title="Du nouveau", text="Le terrain nous est prêté pour dix ans.", by=initiative.author
        )[0].pk,
        "{v}": initiative.versions.create(changes={"title": ["Avant", "Après"]}, support_count=25, is_shown=True).pk,
        "{o}": need.offers.create(member=dan, message="J’en ai une.").pk,
    }

    def of(key: str) -> str:
        name, *args = key.split()
        return reverse(name, args=[str(made.get(arg, arg)) for arg in args])

    return of


def names(patterns) -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "admin":
            found |= names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            found.add(pattern.name)
    return found


def test_every_address_is_in_the_matrix():
    known = {key.split()[0] for key in MATRIX}
    unnamed_redirect_to_settings = {None}
    served = names(get_resolver().url_patterns) - unnamed_redirect_to_settings
    forgotten = {name for name in served if not name.startswith((*ELSEWHERE_PROVED, "dev_"))} - known
    assert not forgotten
    assert not known - served


@pytest.mark.parametrize("key", MATRIX)
def test_who_may_get_what(key, visitor, as_bob, as_alice, chloe, address):
    asked = address(key)
    for client, expected in zip((visitor, as_bob, as_alice, client_of(chloe)), MATRIX[key], strict=True):
        answer = client.get(asked)
        if expected == DOOR:
            assert answer.status_code == 302 and answer.url.startswith(reverse(settings.LOGIN_URL)), (key, answer)
        else:
            assert answer.status_code == expected, (key, answer)


POSTS = {
    # Name → what POST without a form answers to a visitor, a member, the author, a moderator.
    "home": (NO_GET,) * 4,
    "initiatives": (NO_GET,) * 4,
    "agenda": (NO_GET,) * 4,
    "feed": (NO_GET,) * 4,
    "notifications": (NO_GET,) * 4,
    "mute_person 999": (DOOR, GONE, GONE, GONE),
    "mute initiative {pk}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mute personne 1": (DOOR, GONE, GONE, GONE),
    "unmute initiative {pk}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "settings_messages": (DOOR, OK, OK, OK),
    "settings_messages_each soutiens": (DOOR, OK, OK, OK),
    "map_data": (NO_GET,) * 4,
    "territory 35360-vitre": (NO_GET,) * 4,
    "initiative {i}": (NO_GET,) * 4,
    "event {e}": (NO_GET,) * 4,
    "event_reports": (NO_GET,) * 4,
    "event_organise {e}": (NO_GET,) * 4,
    "event_sheet {e}": (NO_GET,) * 4,
    "event_tick {e}": (DOOR, GONE, 302, GONE),
    "event_walk_in {e}": (DOOR, GONE, 302, GONE),
    "event_walk_in_undo {e}": (DOOR, GONE, 302, GONE),
    "event_check_in {e} 999": (DOOR, GONE, GONE, GONE),
    "event_check_in_undo {e} 999": (DOOR, GONE, GONE, GONE),
    "event_message_write {e}": (DOOR, GONE, OK, GONE),
    "event_letter_write {e}": (DOOR, 302, 302, 302),
    "event_letters {e}": (NO_GET,) * 4,
    "event_exchange {e} 999": (DOOR, GONE, GONE, GONE),
    "event_report {e}": (DOOR, GONE, OK, GONE),
    "event_photo_add {e}": (DOOR, GONE, 302, GONE),
    "event_photo_remove {e} 999": (DOOR, GONE, GONE, GONE),
    "initiative_new": (DOOR, OK, OK, OK),
    "initiative_support {i}": (OK, 302, 302, 302),
    "initiative_number {i}": (NO_GET,) * 4,
    "support_sent {i}": (NO_GET,) * 4,
    "communes_of_postcode": (NO_GET,) * 4,
    "initiatives_nearby": (NO_GET,) * 4,
    "initiative_start_over": (DOOR, 302, 302, 302),
    "initiative_step_start_over {i}": (DOOR, GONE, 302, GONE),
    "initiative_carry_on {i}": (DOOR, GONE, 302, GONE),
    "my_supports": (OK, OK, OK, OK),
    "initiative_withdraw_support {i}": (DOOR, 302, 302, 302),
    "initiative_subject {i}": (DOOR, GONE, OK, GONE),
    "initiative_text {i}": (DOOR, GONE, OK, GONE),
    "initiative_place {i}": (DOOR, GONE, OK, GONE),
    "initiative_launch {i}": (DOOR, GONE, 302, GONE),
    "initiative_discard {i}": (DOOR, GONE, GONE, GONE),
    "initiative_updates {i}": (NO_GET,) * 4,
    "initiative_update {i} {u}": (NO_GET,) * 4,
    "initiative_update_write {i}": (DOOR, GONE, OK, GONE),
    "initiative_update_edit {i} {u}": (DOOR, GONE, OK, GONE),
    "initiative_update_withdraw {i} {u}": (DOOR, GONE, 302, GONE),
    "initiative_history {i}": (NO_GET,) * 4,
    "initiative_versions {i}": (NO_GET,) * 4,
    "initiative_end {i}": (DOOR, GONE, OK, GONE),
    "initiative_outcome {i}": (DOOR, GONE, 302, GONE),
    "initiative_archive {i}": (DOOR, GONE, 302, GONE),
    "initiative_alive {i}": (DOOR, GONE, 302, GONE),
    "initiative_wake {i}": (DOOR, GONE, 302, GONE),
    "merge_propose {i}": (DOOR, GONE, OK, GONE),
    "merge_drop {i}": (DOOR, GONE, GONE, GONE),
    "merge_welcome {i} 1": (DOOR, GONE, GONE, GONE),
    "merge_notice {i}": (GONE, GONE, GONE, GONE),
    "initiative_photos {i}": (DOOR, GONE, OK, GONE),
    "initiative_photo {i} 999": (DOOR, GONE, GONE, GONE),
    "initiative_photo_cover {i} 999": (DOOR, GONE, GONE, GONE),
    "initiative_photo_remove {i} 999": (DOOR, GONE, GONE, GONE),
    "team_invitation forged": (DEAD, DEAD, DEAD, DEAD),
    "initiative_team {i}": (NO_GET,) * 4,
    "team_invite {i}": (DOOR, GONE, OK, GONE),
    "team_link {i}": (DOOR, GONE, 302, GONE),
    "team_revoke {i} 1": (DOOR, GONE, 302, GONE),
    "team_dismiss {i} 1": (DOOR, GONE, 302, GONE),
    "team_offer {i} 1": (DOOR, GONE, 302, GONE),
    "team_withdraw_offer {i}": (DOOR, GONE, 302, GONE),
    "team_answer_offer {i}": (DOOR, GONE, 302, GONE),
    "team_leave {i}": (DOOR, GONE, 302, GONE),
    "initiative_adopt {i}": (DOOR, OK, OK, OK),
    "initiative_write {i}": (DOOR, OK, 302, OK),
    "initiative_letters {i}": (NO_GET,) * 4,
    "initiative_exchange {i} 1": (DOOR, GONE, GONE, GONE),
    "discussion {i}": (NO_GET,) * 4,
    "discussion_thread {i} {c}": (NO_GET,) * 4,
    "discussion_replies {i} {c}": (NO_GET,) * 4,
    "discussion_write {i}": (DOOR, OK, OK, OK),
    "discussion_reply {i} {c}": (DOOR, OK, OK, OK),
    "discussion_edit {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_erase {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_vote {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_unvote {i} {c}": (DOOR, 302, 302, 302),
    "discussion_pin {i} {c}": (DOOR, 302, 302, 302),
    "discussion_unpin {i} {c}": (DOOR, 302, 302, 302),
    "my_commitments": (NO_GET,) * 4,
    "initiative_actions {i}": (NO_GET,) * 4,
    "action_new {i}": (DOOR, GONE, OK, GONE),
    "action {i} {a}": (NO_GET,) * 4,
    "action_commit {i} {a}": (DOOR, 302, 302, 302),
    "action_withdraw {i} {a}": (DOOR, 302, 302, 302),
    "action_edit {i} {a}": (DOOR, GONE, OK, GONE),
    "action_close {i} {a}": (DOOR, GONE, OK, GONE),
    "need_new {i}": (DOOR, GONE, OK, GONE),
    "need {i} {n}": (NO_GET,) * 4,
    "need_edit {i} {n}": (DOOR, GONE, OK, GONE),
    "need_meet {i} {n}": (DOOR, GONE, 302, GONE),
    "need_drop {i} {n}": (DOOR, GONE, 302, GONE),
    "need_offer {i} {n}": (DOOR, OK, OK, OK),
    "offer_withdraw {i} {n}": (DOOR, 302, 302, 302),
    "offer_answer {i} {n} {o}": (DOOR, GONE, OK, GONE),
    "my_calendar_renew": (DOOR, 302, 302, 302),
    "my_calendar_stop": (DOOR, 302, 302, 302),
    "agenda_calendar": (NO_GET,) * 4,
    "event_file {e}": (NO_GET,) * 4,
    "event_new": (DOOR, OK, OK, OK),
    "event_attend {e}": (OK, 302, 302, 302),
    "event_attend_sent {e}": (NO_GET,) * 4,
    "event_bring {e}": (DOOR, 302, 302, 302),
    "event_leave {e}": (DOOR, 302, 302, 302),
    "event_again {e}": (DOOR, GONE, OK, GONE),
    "event_edit {e}": (DOOR, GONE, OK, GONE),
    "event_cancel {e}": (DOOR, GONE, 302, GONE),
    "notice_report initiative {pk}": (OK, OK, OK, OK),
    "my_notices": (NO_GET,) * 4,
    "my_decisions": (NO_GET,) * 4,
}


@pytest.mark.parametrize("key", POSTS)
def test_who_may_post_what(key, visitor, as_bob, as_alice, chloe, address):
    asked = address(key)
    for client, expected in zip((visitor, as_bob, as_alice, client_of(chloe)), POSTS[key], strict=True):
        answer = client.post(asked, {})
        if expected == DOOR:
            assert answer.status_code == 302 and answer.url.startswith(reverse(settings.LOGIN_URL)), (key, answer)
        else:
            assert answer.status_code == expected, (key, answer)


@pytest.mark.parametrize("key", [key for key in POSTS if POSTS[key][1] not in (NO_GET,)])
def test_a_post_without_a_token_is_refused_in_a_page_of_ours(key, bob, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    answer = client.post(address(key))
    assert answer.status_code == 403
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("name", ["initiative", "initiative_support", "event", "event_attend"])
def test_what_never_was_is_not_found(as_bob, name):
    assert as_bob.get(reverse(name, args=["rien-123456"])).status_code == 404


def test_the_administration_asks_staff_for_a_second_factor(visitor, as_bob, chloe):
    for client in (visitor, as_bob, client_of(chloe)):
        assert client.get("/admin/", follow=False).status_code == 302
