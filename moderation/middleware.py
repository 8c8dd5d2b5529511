"""What a suspended account may still do."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from members.models import Member

#: Acts that stay open, by the names of their addresses: to leave, to take back what one gave, to be heard, to protect
#: one's account and oneself.
OPEN_TO_ALL = frozenset(
    {
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
        "mfa_reauthenticate",
        "mute",
        "mute_person",
        "my_calendar_stop",
        "my_data_copy",
        "my_data_leave",
        "my_data_link_copy",
        "my_data_link_leave",
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
)


class Suspension:
    """A suspended member reads as anyone, and acts on nothing but `OPEN_TO_ALL`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        # Whoever has no session is nobody's member: their acts are not slowed by the question.
        if request.method in ("GET", "HEAD", "OPTIONS") or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if not request.user.is_authenticated or request.user.restricted_to != Member.Restriction.SUSPENDED:
            return None
        if request.resolver_match.url_name in OPEN_TO_ALL:
            return None
        return render(request, "moderation/suspended.html", status=403)
