"""The sessions that a member has open: they read them, and end them."""

from datetime import date, timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from members.models import Member, OpenSession


def see_session(member: Member, session_key: str, *, device: str, former_key: str = "") -> None:
    """The member uses this session today, with this device. Harmless twice, at the same moment too.

    `former_key` is the one it had before Django renewed it.
    """
    today = timezone.localdate()
    renewed = OpenSession.objects.filter(member=member, session_key=former_key) if former_key else None
    if renewed and renewed.update(session_key=session_key, device=device, last_used_on=today):
        return
    OpenSession.objects.bulk_create(
        [OpenSession(member=member, session_key=session_key, device=device)],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["member", "device", "last_used_on"],
    )


def sessions_of(member: Member) -> QuerySet[OpenSession]:
    """Those that may still be open, last used first."""
    return member.sessions.filter(last_used_on__gte=_oldest()).order_by("-last_used_on", "-opened_on", "-pk")


def end_session(session: OpenSession) -> None:
    """Whoever uses it is signed out at their next click. Harmless twice."""
    import_module(settings.SESSION_ENGINE).SessionStore().delete(session.session_key)
    session.delete()


def end_other_sessions(member: Member, *, but: str = "") -> None:
    """Every session of the member ends, also where nothing lists it. The caller renews its own
    (update_session_auth_hash), whose key is `but`.

    Sessions hold a digest of the password's column: nobody has a password, and its random filler changes.
    """
    member.set_unusable_password()
    member.save(update_fields=["password"])
    member.sessions.exclude(session_key=but).delete()


def forget_closed_session(session_key: str) -> None:
    """They signed out of it."""
    OpenSession.objects.filter(session_key=session_key).delete()


def forget_sessions() -> int:
    """Erase what is written of those that have ended by themselves. Returns how many. For a task."""
    count, _models = OpenSession.objects.filter(last_used_on__lt=_oldest()).delete()
    return count


def _oldest() -> date:
    """The first day on which a session that is still open may have been used: using it makes it last anew."""
    return timezone.localdate() - timedelta(seconds=settings.SESSION_COOKIE_AGE) - timedelta(days=1)
