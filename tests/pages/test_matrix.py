"""Every address of the site, read and posted to × who asks: a visitor, a member, the author, a co-organiser, a
moderator, a suspended member, somebody who left."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from cast import new_action, new_event, new_initiative, new_member, new_need
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from initiatives.models import CoOrganiser
from initiatives.services import discussion, updates
from members.models import Member
from territories.models import Commune

OK, DOOR, ELSEWHERE, GONE, WRONG, NO_GET, DEAD = 200, "door", 302, 404, 400, 405, 410
#: A member says again who they are; an act is refused, to whose account is suspended for instance.
SURE, REFUSED = "confirmation", 403

#: Name → what GET answers to a visitor, a member, the author, a moderator. Who left is answered as a visitor, who is
#: suspended as a member, who carries the initiative with its author as they are, but for `CARRIES_WITH`.
#: {i} is Alice’s initiative, {e} her event, {c} what Dan wrote in its discussion, {a} an action of hers, {n} what she
#: lacks and {o} what Dan offers, {u} what she told her supporters and {v} what an edit of hers changed.
MATRIX = {
    "home": (OK, OK, OK, OK),
    "find_place": (OK, OK, OK, OK),
    "find_near": (OK, OK, OK, OK),
    "near_place 35360-vitre": (OK, OK, OK, OK),
    "near_place 99999-nulle-part": (GONE, GONE, GONE, GONE),
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
    "territories": (OK, OK, OK, OK),
    "territory_communes 35-ille-et-vilaine": (OK, OK, OK, OK),
    "territory_communes 35360-vitre": (GONE, GONE, GONE, GONE),
    "territory_follow 35360-vitre": (OK, OK, OK, OK),
    "territory_unfollow 35360-vitre": (NO_GET, NO_GET, NO_GET, NO_GET),
    "commune_suggestions": (OK, OK, OK, OK),
    "search": (OK, OK, OK, OK),
    "search_suggestions": (OK, OK, OK, OK),
    "moderation_public": (OK, OK, OK, OK),
    "statement inconnu": (GONE, GONE, GONE, GONE),
    "moderation_figures_csv": (OK, OK, OK, OK),
    "moderation_figures_json": (OK, OK, OK, OK),
    "ranking": (OK, OK, OK, OK),
    "figures": (OK, OK, OK, OK),
    "figures_topic soutiens": (OK, OK, OK, OK),
    "figures_topic rien": (GONE, GONE, GONE, GONE),
    "figures_topic_csv soutiens": (OK, OK, OK, OK),
    "figures_topic_json soutiens": (OK, OK, OK, OK),
    "figures_expenses_csv": (OK, OK, OK, OK),
    "figures_snapshots": (OK, OK, OK, OK),
    "figures_snapshot 2026-11-22": (GONE, GONE, GONE, GONE),
    "figures_snapshot_latest": (GONE, GONE, GONE, GONE),
    "figures_chain": (OK, OK, OK, OK),
    "figures_verifier": (OK, OK, OK, OK),
    "privacy": (OK, OK, OK, OK),
    "accessibility": (OK, OK, OK, OK),
    "legal": (OK, OK, OK, OK),
    "accent": (OK, OK, OK, OK),
    "favicon": (301, 301, 301, 301),
    "health": (OK, OK, OK, OK),
    "data": (OK, OK, OK, OK),
    "data_package": (OK, OK, OK, OK),
    # None was made yet.
    "data_file initiatives csv": (GONE, GONE, GONE, GONE),
    "stored_file initiatives-0123456789abcdef.csv": (GONE, GONE, GONE, GONE),
    "api_reference": (OK, OK, OK, OK),
    "api_description": (OK, OK, OK, OK),
    "api_initiatives": (OK, OK, OK, OK),
    "api_initiative {pk}": (OK, OK, OK, OK),
    "api_evenements": (OK, OK, OK, OK),
    "api_evenement 999": (GONE, GONE, GONE, GONE),
    "api_territoires": (OK, OK, OK, OK),
    "api_territoire 35360": (OK, OK, OK, OK),
    "api_themes": (OK, OK, OK, OK),
    "api_chiffres": (GONE, GONE, GONE, GONE),
    "api_decisions": (OK, OK, OK, OK),
    "api_decision inconnue": (GONE, GONE, GONE, GONE),
    "api_mois": (OK, OK, OK, OK),
    "api_nowhere v1/rien": (GONE, GONE, GONE, GONE),
    "initiatives_feed": (OK, OK, OK, OK),
    "updates_feed {i}": (OK, OK, OK, OK),
    "discussion_feed {i}": (OK, OK, OK, OK),
    "events_feed": (OK, OK, OK, OK),
    "reports_feed": (OK, OK, OK, OK),
    "territory_feed 35360-vitre": (OK, OK, OK, OK),
    "decisions_feed": (OK, OK, OK, OK),
    "snapshots_feed": (OK, OK, OK, OK),
    "sitemap": (OK, OK, OK, OK),
    "sitemap_section pages": (OK, OK, OK, OK),
    "sitemap_part territoires 35": (OK, OK, OK, OK),
    "robots": (OK, OK, OK, OK),
    "initiatives": (OK, OK, OK, OK),
    "initiative_new": (DOOR, OK, OK, OK),
    "my_initiatives": (DOOR, OK, OK, OK),
    "my_supports": (OK, OK, OK, OK),
    "my_supports_sent": (OK, OK, OK, OK),
    "my_supports_link forged": (DEAD, DEAD, DEAD, DEAD),
    "initiative {i}": (OK, OK, OK, OK),
    "initiative_from {i} tract": (OK, OK, OK, OK),
    "initiative_from {i} inconnu": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "initiative_dashboard {i}": (DOOR, GONE, OK, GONE),
    "initiative_link_name {i}": (NO_GET, NO_GET, NO_GET, NO_GET),
    "initiative_link_drop {i} tract": (NO_GET, NO_GET, NO_GET, NO_GET),
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
    "my_data": (DOOR, OK, OK, OK),
    "my_data_copy": (DOOR, SURE, SURE, SURE),
    "my_data_leave": (DOOR, SURE, SURE, SURE),
    "my_data_gone": (OK, OK, OK, OK),
    "my_data_link forged": (DEAD, DEAD, DEAD, DEAD),
    "my_data_link_copy forged": (DEAD, DEAD, DEAD, DEAD),
    "my_data_link_leave forged": (DEAD, DEAD, DEAD, DEAD),
    "data_copy forged": (DEAD, DEAD, DEAD, DEAD),
    "departure forged": (DEAD, DEAD, DEAD, DEAD),
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
    "account_login": (OK, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_signup": (OK, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_confirm_login_code": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_inactive": (OK, OK, OK, OK),
    "account_logout": (ELSEWHERE, OK, OK, OK),
    "account_reauthenticate": (DOOR, OK, OK, OK),
    "mfa_authenticate": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mfa_login_webauthn": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mfa_reauthenticate": (DOOR, REFUSED, REFUSED, REFUSED),
    "mfa_reauthenticate_webauthn": (DOOR, REFUSED, REFUSED, REFUSED),
    "mfa_index": (DOOR, OK, OK, OK),
    "mfa_activate_totp": (DOOR, SURE, SURE, SURE),
    "mfa_deactivate_totp": (DOOR, SURE, SURE, SURE),
    "mfa_list_webauthn": (DOOR, OK, OK, OK),
    "mfa_add_webauthn": (DOOR, SURE, SURE, SURE),
    "mfa_edit_webauthn 1": (DOOR, SURE, SURE, SURE),
    "mfa_remove_webauthn 1": (DOOR, SURE, SURE, SURE),
    "mfa_view_recovery_codes": (DOOR, SURE, SURE, SURE),
    "mfa_generate_recovery_codes": (DOOR, SURE, SURE, SURE),
    "mfa_download_recovery_codes": (DOOR, SURE, SURE, SURE),
    "end_session 1": (NO_GET, NO_GET, NO_GET, NO_GET),
    "end_other_sessions": (NO_GET, NO_GET, NO_GET, NO_GET),
    "change_address": (DOOR, SURE, SURE, SURE),
    "change_address_code": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "undo_address_change forged": (DEAD, DEAD, DEAD, DEAD),
    "consents": (DOOR, OK, OK, OK),
    "consent_give party": (NO_GET, NO_GET, NO_GET, NO_GET),
    "consent_withdraw party": (NO_GET, NO_GET, NO_GET, NO_GET),
    "blocks": (DOOR, OK, OK, OK),
    "unblock 1": (NO_GET, NO_GET, NO_GET, NO_GET),
    "discussion_block {i} {c}": (DOOR, OK, OK, OK),
    "letter_block {i} 1": (DOOR, GONE, GONE, GONE),
    "event_letter_block {e} 1": (DOOR, GONE, GONE, GONE),
    "digest_keep forged": (GONE, GONE, GONE, GONE),
    "stop_messages forged": (GONE, GONE, GONE, GONE),
    "provider_told rien forged": (NO_GET, NO_GET, NO_GET, NO_GET),
    "device_enable": (DOOR, NO_GET, NO_GET, NO_GET),
    "device_renew": (NO_GET, NO_GET, NO_GET, NO_GET),
    "device_remove 1": (DOOR, NO_GET, NO_GET, NO_GET),
    "notification_open 1": (DOOR, GONE, GONE, GONE),
    "push_worker": (OK, OK, OK, OK),
    "manifest": (OK, OK, OK, OK),
}
#: What GET answers to who carries the initiative with its author, where it is not what it answers to the author.
CARRIES_WITH = {"merge_propose {i}": GONE}

#: Not the site's: the administration has its own tests (tests/members/test_staff.py, tests/moderation).
DEVELOPERS = "dev_"


POSTS = {
    # Name → what POST without a form answers to a visitor, a member, the author, a moderator: what is not here is only
    # read. A suspended member is stopped everywhere but at `OPEN_TO_THE_SUSPENDED`.
    "mute_person 999": (DOOR, GONE, GONE, GONE),
    "mute initiative {pk}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mute personne 1": (DOOR, GONE, GONE, GONE),
    "unmute initiative {pk}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "settings_messages": (DOOR, OK, OK, OK),
    "settings_messages_each soutiens": (DOOR, OK, OK, OK),
    "territory_follow 35360-vitre": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "territory_unfollow 35360-vitre": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "my_data_copy": (DOOR, SURE, SURE, SURE),
    "my_data_leave": (DOOR, SURE, SURE, SURE),
    "my_data_link_copy forged": (DEAD, DEAD, DEAD, DEAD),
    "my_data_link_leave forged": (DEAD, DEAD, DEAD, DEAD),
    "data_copy forged": (DEAD, DEAD, DEAD, DEAD),
    "departure forged": (DEAD, DEAD, DEAD, DEAD),
    "event_tick {e}": (DOOR, GONE, 302, GONE),
    "event_walk_in {e}": (DOOR, GONE, 302, GONE),
    "event_walk_in_undo {e}": (DOOR, GONE, 302, GONE),
    "event_check_in {e} 999": (DOOR, GONE, GONE, GONE),
    "event_check_in_undo {e} 999": (DOOR, GONE, GONE, GONE),
    "event_message_write {e}": (DOOR, GONE, OK, GONE),
    "event_letter_write {e}": (DOOR, 302, 302, 302),
    "event_exchange {e} 999": (DOOR, GONE, GONE, GONE),
    "event_report {e}": (DOOR, GONE, OK, GONE),
    "event_photo_add {e}": (DOOR, GONE, 302, GONE),
    "event_photo_remove {e} 999": (DOOR, GONE, GONE, GONE),
    "initiative_new": (DOOR, OK, OK, OK),
    "initiative_support {i}": (OK, 302, 302, 302),
    "initiative_link_name {i}": (DOOR, GONE, OK, GONE),
    "initiative_link_drop {i} tract": (DOOR, GONE, 302, GONE),
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
    "initiative_update_write {i}": (DOOR, GONE, OK, GONE),
    "initiative_update_edit {i} {u}": (DOOR, GONE, OK, GONE),
    "initiative_update_withdraw {i} {u}": (DOOR, GONE, 302, GONE),
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
    "initiative_exchange {i} 1": (DOOR, GONE, GONE, GONE),
    "discussion_write {i}": (DOOR, OK, OK, OK),
    "discussion_reply {i} {c}": (DOOR, OK, OK, OK),
    "discussion_edit {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_erase {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_vote {i} {c}": (DOOR, GONE, GONE, GONE),
    "discussion_unvote {i} {c}": (DOOR, 302, 302, 302),
    "discussion_pin {i} {c}": (DOOR, 302, 302, 302),
    "discussion_unpin {i} {c}": (DOOR, 302, 302, 302),
    "action_new {i}": (DOOR, GONE, OK, GONE),
    "action_commit {i} {a}": (DOOR, 302, 302, 302),
    "action_withdraw {i} {a}": (DOOR, 302, 302, 302),
    "action_edit {i} {a}": (DOOR, GONE, OK, GONE),
    "action_close {i} {a}": (DOOR, GONE, OK, GONE),
    "need_new {i}": (DOOR, GONE, OK, GONE),
    "need_edit {i} {n}": (DOOR, GONE, OK, GONE),
    "need_meet {i} {n}": (DOOR, GONE, 302, GONE),
    "need_drop {i} {n}": (DOOR, GONE, 302, GONE),
    "need_offer {i} {n}": (DOOR, OK, OK, OK),
    "offer_withdraw {i} {n}": (DOOR, 302, 302, 302),
    "offer_answer {i} {n} {o}": (DOOR, GONE, OK, GONE),
    "my_calendar_renew": (DOOR, 302, 302, 302),
    "my_calendar_stop": (DOOR, 302, 302, 302),
    "event_new": (DOOR, OK, OK, OK),
    "event_attend {e}": (OK, 302, 302, 302),
    "event_bring {e}": (DOOR, 302, 302, 302),
    "event_leave {e}": (DOOR, 302, 302, 302),
    "event_again {e}": (DOOR, GONE, OK, GONE),
    "event_edit {e}": (DOOR, GONE, OK, GONE),
    "event_cancel {e}": (DOOR, GONE, 302, GONE),
    "notice_report initiative {pk}": (OK, OK, OK, OK),
    "settings_messages_each rien": (DOOR, GONE, GONE, GONE),
    "favicon": (301, 301, 301, 301),
    "health": (OK, OK, OK, OK),
    "my_supports_link forged": (DEAD, DEAD, DEAD, DEAD),
    "support_link {i} forged": (DEAD, DEAD, DEAD, DEAD),
    "support_link_again {i} forged": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "support_link_withdraw {i} forged": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "merge_link {i} forged": (DEAD, DEAD, DEAD, DEAD),
    "team_invitation_decline forged": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "attendance {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_leave {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_still {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_bring {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "attendance_again {e} forged": (DEAD, DEAD, DEAD, DEAD),
    "settings": (DOOR, OK, OK, OK),
    "notice_report contribution {c}": (OK, OK, OK, OK),
    "notice_report rien {c}": (GONE, GONE, GONE, GONE),
    "notice forged": (DEAD, DEAD, DEAD, DEAD),
    "notice_contest forged": (GONE, GONE, GONE, GONE),
    "decision forged": (DEAD, DEAD, DEAD, DEAD),
    "account_login": (OK, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_signup": (OK, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_confirm_login_code": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_logout": (ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "account_reauthenticate": (DOOR, SURE, SURE, SURE),
    "mfa_authenticate": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mfa_login_webauthn": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "mfa_reauthenticate": (DOOR, REFUSED, REFUSED, REFUSED),
    "mfa_reauthenticate_webauthn": (DOOR, REFUSED, REFUSED, REFUSED),
    "mfa_index": (DOOR, NO_GET, NO_GET, NO_GET),
    "mfa_activate_totp": (DOOR, SURE, SURE, SURE),
    "mfa_deactivate_totp": (DOOR, SURE, SURE, SURE),
    "mfa_list_webauthn": (DOOR, NO_GET, NO_GET, NO_GET),
    "mfa_add_webauthn": (DOOR, SURE, SURE, SURE),
    "mfa_edit_webauthn 1": (DOOR, SURE, SURE, SURE),
    "mfa_remove_webauthn 1": (DOOR, SURE, SURE, SURE),
    "mfa_view_recovery_codes": (DOOR, SURE, SURE, SURE),
    "mfa_generate_recovery_codes": (DOOR, SURE, SURE, SURE),
    "mfa_download_recovery_codes": (DOOR, SURE, SURE, SURE),
    "end_session 1": (DOOR, GONE, GONE, GONE),
    "end_other_sessions": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "change_address": (DOOR, SURE, SURE, SURE),
    "change_address_code": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "undo_address_change forged": (DEAD, DEAD, DEAD, DEAD),
    "consents": (DOOR, NO_GET, NO_GET, NO_GET),
    "consent_give party": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "consent_withdraw party": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "consent_withdraw use": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "consent_give rien": (DOOR, GONE, GONE, GONE),
    "blocks": (DOOR, NO_GET, NO_GET, NO_GET),
    "unblock 1": (DOOR, GONE, GONE, GONE),
    "discussion_block {i} {c}": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "letter_block {i} 1": (DOOR, GONE, GONE, GONE),
    "event_letter_block {e} 1": (DOOR, GONE, GONE, GONE),
    "digest_keep forged": (GONE, GONE, GONE, GONE),
    "stop_messages forged": (GONE, GONE, GONE, GONE),
    "provider_told rien forged": (GONE, GONE, GONE, GONE),
    "device_enable": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "device_renew": (204, 204, 204, 204),
    "device_remove 1": (DOOR, ELSEWHERE, ELSEWHERE, ELSEWHERE),
    "notification_open 1": (DOOR, NO_GET, NO_GET, NO_GET),
}
#: What POST answers to who carries the initiative with its author, where it is not what it answers to the author.
CARRIES_WITH_BY_POST = {"initiative_launch {i}": GONE, "merge_propose {i}": GONE}
#: What a suspended member still does: leaving, taking back what they gave, being heard, protecting their account.
OPEN_TO_THE_SUSPENDED = {
    "account_logout",
    "account_reauthenticate",
    "action_withdraw",
    "attendance_leave",
    "change_address",
    "change_address_code",
    "consent_withdraw",
    "data_copy",
    "decision",
    "departure",
    "device_remove",
    "discussion_block",
    "discussion_erase",
    "discussion_unvote",
    "end_other_sessions",
    "end_session",
    "event_leave",
    "event_letter_block",
    "initiative_withdraw_support",
    "letter_block",
    "my_calendar_stop",
    "my_data_copy",
    "my_data_leave",
    "my_data_link_copy",
    "my_data_link_leave",
    "mute",
    "mute_person",
    "my_supports",
    "notice_contest",
    "notice_report",
    "offer_withdraw",
    "settings_messages",
    "settings_messages_each",
    "stop_messages",
    "support_link_withdraw",
    "team_leave",
    "territory_unfollow",
    "unblock",
    "undo_address_change",
    "unmute",
}

# --- The cast, made once for all these tests, and what each undoes ---------------------------------------------------


@dataclass
class World:
    """Everybody, with their session, and the addresses of what they made."""

    sessions: dict[str, str]
    made: dict[str, object]

    def client(self, role: str, **options) -> Client:
        client = Client(**options)
        if role in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client

    def address(self, key: str) -> str:
        name, *args = key.split()
        return reverse(name, args=[str(self.made.get(arg, arg)) for arg in args])

    def answers(self, ask: Callable[[Client], object]) -> dict[str, object]:
        """What each is answered, whatever the others did."""
        found = {}
        for role in ROLES:
            with transaction.atomic():
                found[role] = ask(self.client(role))
                transaction.set_rollback(True)
        return found


ROLES = ("visitor", "member", "author", "co-organiser", "moderator", "suspended", "gone")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield _made()
        transaction.set_rollback(True)


def _made() -> World:
    vitre = Commune.objects.get(code="35360")
    people = {
        "member": new_member("bob", home_commune=vitre),
        "author": new_member("alice", home_commune=vitre),
        "co-organiser": new_member("erin"),
        "moderator": new_member("chloé", is_staff=True),
        "suspended": new_member("fanny", restriction=Member.Restriction.SUSPENDED),
        "gone": new_member("gaël"),
    }
    people["moderator"].groups.add(Group.objects.get(name="Modérateurs"))
    sessions = {}
    for role, member in people.items():
        client = Client()
        client.force_login(member)
        sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    # Their session is still in their browser.
    Member.objects.filter(pk=people["gone"].pk).update(is_active=False)
    dan, alice = new_member("dan"), people["author"]
    initiative = new_initiative(alice, vitre)
    CoOrganiser.objects.create(initiative=initiative, member=people["co-organiser"])
    need = new_need(initiative)
    told, _is_public = updates.write(
        initiative, title="Du nouveau", text="Le terrain nous est prêté pour dix ans.", by=alice
    )
    return World(
        sessions,
        {
            "{i}": initiative.slug,
            "{pk}": initiative.pk,
            "{e}": new_event(alice, vitre, initiative=initiative).slug,
            "{c}": discussion.contribute(initiative, by=dan, text="Il y faut aussi des bancs.").pk,
            "{a}": new_action(initiative).pk,
            "{n}": need.pk,
            "{u}": told.pk,
            "{v}": initiative.versions.create(
                changes={"title": ["Avant", "Après"]}, support_count=25, is_shown=True
            ).pk,
            "{o}": need.offers.create(member=dan, message="J’en ai une.").pk,
        },
    )


def names(patterns) -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "admin":
            found |= names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            found.add(pattern.name)
    return found


# --- Who is answered what --------------------------------------------------------------------------------------------


def test_every_address_is_in_the_matrix():
    known = {key.split()[0] for key in MATRIX}
    unnamed_redirect_to_settings = {None}
    served = names(get_resolver().url_patterns) - unnamed_redirect_to_settings
    assert not {name for name in served if not name.startswith(DEVELOPERS)} - known
    assert not known - served


def test_what_is_not_read_is_posted_to():
    unread = {key.split()[0] for key in MATRIX if set(MATRIX[key]) == {NO_GET}}
    assert not unread - {key.split()[0] for key in POSTS}


def said(answer) -> int | str:
    """The status, or which of the site's two doors one is sent to."""
    if answer.status_code == 302:
        for word, name in ((DOOR, settings.LOGIN_URL), (SURE, "account_reauthenticate")):
            if answer.url.startswith(reverse(name)):
                return word
    return answer.status_code


@pytest.mark.parametrize("key", MATRIX)
def test_who_may_get_what(key, world):
    visitor, member, author, moderator = MATRIX[key]
    address = world.address(key)
    assert {role: said(answer) for role, answer in world.answers(lambda client: client.get(address)).items()} == {
        "visitor": visitor,
        "member": member,
        "author": author,
        "co-organiser": CARRIES_WITH.get(key, author),
        "moderator": moderator,
        "suspended": member,
        "gone": visitor,
    }


@pytest.mark.parametrize("key", dict.fromkeys([*MATRIX, *POSTS]))
def test_who_may_post_what(key, world):
    visitor, member, author, moderator = POSTS.get(key, (NO_GET,) * 4)
    address = world.address(key)
    assert {role: said(answer) for role, answer in world.answers(lambda client: client.post(address)).items()} == {
        "visitor": visitor,
        "member": member,
        "author": author,
        "co-organiser": CARRIES_WITH_BY_POST.get(key, author),
        "moderator": moderator,
        "suspended": member if key.split()[0] in OPEN_TO_THE_SUSPENDED else REFUSED,
        "gone": visitor,
    }


@pytest.mark.parametrize("key", [key for key in POSTS if "forged" not in key and key != "device_renew"])
def test_a_post_without_a_token_is_refused_in_a_page_of_ours(key, world):
    answer = world.client("member", enforce_csrf_checks=True).post(world.address(key))
    assert answer.status_code == 403
    assert "<h1" in answer.content.decode()


@pytest.mark.parametrize("name", ["initiative", "initiative_support", "event", "event_attend"])
def test_what_never_was_is_not_found(name, world):
    assert world.client("member").get(reverse(name, args=["rien-123456"])).status_code == 404


def test_the_administration_asks_staff_for_a_second_factor(world):
    for role, answer in world.answers(lambda client: client.get("/admin/")).items():
        assert answer.status_code == 302, role
