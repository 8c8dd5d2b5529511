from django.http import HttpRequest

from members.identity import gave_second_factor

MAY_DECIDE = "moderation.add_decision"
#: Senior moderators: what waits too long is theirs, and what was removed for good.
MAY_OVERSEE = "moderation.oversee_case"


def is_moderating(request: HttpRequest) -> bool:
    """True for a moderator who gave their second factor in this session: the mailbox alone opens nothing hidden."""
    # Asked of staff alone: reading somebody's permissions costs two queries.
    return request.user.is_staff and request.user.has_perm(MAY_DECIDE) and gave_second_factor(request)
