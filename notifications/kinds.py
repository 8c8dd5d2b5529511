"""The one table of what people may be told: which message, and why this person gets it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.mail import on_one_line
from members.models import Member
from notifications.models import Mail


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    `why` ends the sentence "Vous recevez ce message parce que …"; `{names}` are taken from the context. `group` names
    what a person will turn on or off together. `days` are the entries of the context that hold a day in ISO form, and
    that the templates get as dates; `varying` those that are each reader's own (`core.mail.send`). `mail` is how it is
    told by mail to whoever chose nothing: at once, in the next digest, or never. `despite_mute` are told even of what
    the reader muted, for coming to what is not held is worse than a message; `without_texts` say nothing of what
    somebody wrote, and are read on the site even once that was withheld.

    What waited for too long is not said any more: `life` after it was written, or once the moment, or the day, is over
    that the context holds as `ends`: a link that is dead by then, a date that is past.

    Those with `no_reply` carry what somebody wrote and is answered on the site, where neither gives their address:
    their template says so.

    The templates are `templates/notifications/<name>_subject.txt`, `.txt` and `.html`. What is told in the digest by
    default has its line there too, `<name>_line.txt` and `<name>_line.html`; the line of any other is its subject.
    """

    name: str
    group: str
    why: str | Promise
    days: tuple[str, ...] = ()
    mail: str = Mail.NOW
    varying: tuple[str, ...] = ("recipient",)
    despite_mute: bool = False
    without_texts: bool = False
    no_reply: bool = False
    life: timedelta | None = None
    ends: str = ""

    @property
    def essential(self) -> bool:
        """Told whatever one prefers, at any hour: decisions on what is one's own, one's account, what one asked for."""
        return self.group in ESSENTIAL

    @property
    def is_counted(self) -> bool:
        """Among the few messages of a day (`pace.MOST`)."""
        return self.group not in ESSENTIAL | OWN

    @property
    def bell(self) -> bool:
        """Shown on the site; what one could do there stands on its pages."""
        return self.group not in (DOOR, NEAR)

    @property
    def push(self) -> bool:
        """May be sent to the devices of whoever asked for it."""
        return self.bell and not self.essential

    @property
    def is_pushed_by_default(self) -> bool:
        """To the devices that one turned on, as long as one chose nothing else: what would be a message of its own."""
        return self.push and self.mail == Mail.NOW

    @property
    def keys(self) -> tuple[str, ...]:
        """The entries of the context that open something of the reader's own, without a session."""
        return tuple(name for name in self.varying if name.endswith("_url"))

    @property
    def template(self) -> str:
        return f"notifications/{self.name}"

    @property
    def has_own_line(self) -> bool:
        return self.mail == Mail.DIGEST

    @property
    def line_template(self) -> str:
        return f"{self.template}_line" if self.has_own_line else "notifications/_line"

    def headline(self, filled: dict) -> str:
        """What is said of it in one line: on the site, in a digest, on a device. `filled` by `fill`."""
        return on_one_line(render_to_string(f"{self.template}_subject.txt", filled))

    def is_stale(self, context: dict, *, written_at: datetime, now: datetime) -> bool:
        """Whether it is too late to say it."""
        if self.life and written_at + self.life <= now:
            return True
        return bool(context.get(self.ends)) and _end(context[self.ends]) <= now

    def because(self, context: dict) -> str:
        """The reason, about this very object; a context may hold its own, as `why`."""
        return context.get("why") or str(self.why).format_map(_Blank(context))

    def fill(self, context: dict, recipient: Member | None) -> dict:
        """What the templates of this kind may name, besides the site. Whoever has no account has no name."""
        return (
            context
            | {name: _day(context[name]) for name in self.days if name in context}
            | {"why": self.because(context), "recipient": recipient.display_name if recipient else ""}
            | ({"no_reply": True} if self.no_reply else {})
        )


def _day(written: str) -> date:
    """2026-12-01, or the day here of a moment that says its zone."""
    moment = datetime.fromisoformat(written)
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()


def _end(written: str) -> datetime:
    """The moment, or the end of the day here."""
    moment = datetime.fromisoformat(written)
    if timezone.is_aware(moment):
        return moment
    return timezone.make_aware(datetime.combine(moment.date() + timedelta(days=1), time.min))


class _Blank(dict):
    def __missing__(self, name: str) -> str:
        return "…"


DECISIONS = "decisions"
STAFF = "staff"
ORGANISED = "organised"
SUPPORTED = "supported"
ATTENDED = "attended"
#: Where one lives, and what one could do there.
NEAR = "near"
#: The territories that one waits for.
PLACES = "places"
#: What somebody has just asked for, by typing an address that may have no account.
DOOR = "door"
#: The way into one's account: addresses, keys, sessions.
SECURITY = "security"

#: What cannot be turned off nor muted, waits for no morning, and counts for nothing.
ESSENTIAL = frozenset([DECISIONS, STAFF, DOOR, SECURITY])
#: What comes of one's own engagements, however much: it can be turned off, and counts for nothing.
OWN = frozenset([ORGANISED, ATTENDED])

#: The message that gathers the lines of those that are told in a digest, with what moves near home.
DIGEST = "digest"

_MODERATES = _("vous modérez ce site")
_AUTHOR = _("vous avez écrit « {title} »")
_MEMBER = _("vous avez un compte sur ce site")
_JOINED = _("vous avez dit « je viens » à « {event_title} »")
_AWAITS = _("vous attendez une place à « {event_title} »")
_AWAITED = _("vous attendiez une place à « {event_title} »")
_ENGAGED = _("vous avez dit « je m’engage » à « {action_title} »")
_OFFERED = _("vous avez proposé votre aide à « {title} »")
_TYPED = _("cette adresse a été donnée pour soutenir « {title} »")
_TYPED_TO_COME = _("cette adresse a été donnée pour venir à « {event_title} »")
_ASKED = _("cette adresse a été donnée pour retrouver des soutiens")
_ASKED_FOR_DATA = _("cette adresse a été donnée pour un compte dont une copie est demandée")
_LEFT = _("cette adresse a été donnée pour un compte qui vient d’être fermé")
_NOTIFIED = _("cette adresse a été donnée pour signaler « {title} »")
_CONTESTS = _("vous contestez une décision sur « {title} »")
_CARRIES = _("vous portez l’initiative « {title} »")
_ORGANISES = _("vous organisez « {event_title} »")
_CARRIED = _("vous avez porté l’initiative « {title} »")
_JUST_CAME = _("vous venez de vous inscrire sur ce site")

#: What differs for each, in a message with a link to go on hearing.
_TO_KEEP = ("recipient", "keep_url")
#: What differs for each, in a message about a decision that its reader may contest by a link.
_CONTESTABLE = ("recipient", "contest_url")
#: What differs for each, in a message with links to one's own attendance.
_OWN_LINKS = ("recipient", "mine_url", "leave_url", "still_url")

KINDS = {
    kind.name: kind
    for kind in [
        Kind("content_published", DECISIONS, _AUTHOR),
        Kind("content_withheld", DECISIONS, _AUTHOR, days=("until",), varying=_CONTESTABLE),
        Kind("content_removed", DECISIONS, _AUTHOR, varying=_CONTESTABLE),
        Kind("content_labelled", DECISIONS, _AUTHOR, days=("until",), varying=_CONTESTABLE),
        Kind("label_lifted", DECISIONS, _AUTHOR),
        Kind("cases_waiting", STAFF, _MODERATES, life=timedelta(days=1)),
        Kind("cases_late", STAFF, _MODERATES, life=timedelta(days=1)),
        Kind("log_broken", STAFF, _MODERATES),
        Kind("rule_alert", STAFF, _MODERATES, life=timedelta(days=1)),
        Kind("content_restored", DECISIONS, _AUTHOR),
        Kind("edit_published", DECISIONS, _AUTHOR),
        Kind("edit_rejected", DECISIONS, _AUTHOR, varying=_CONTESTABLE),
        Kind("appeal_received", DECISIONS, _CONTESTS, varying=("recipient", "follow_url")),
        Kind("appeal_decided", DECISIONS, _CONTESTS, varying=("recipient", "follow_url")),
        Kind("account_warned", DECISIONS, _MEMBER, varying=_CONTESTABLE),
        Kind("account_silenced", DECISIONS, _MEMBER, days=("until",), varying=_CONTESTABLE),
        Kind("account_suspended", DECISIONS, _MEMBER, days=("until",), varying=_CONTESTABLE),
        Kind("account_given_back", DECISIONS, _MEMBER),
        Kind("initiative_supported", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("initiative_gathered", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("initiative_waits", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind(
            "initiative_gathers_slowly",
            ORGANISED,
            _("vous avez ouvert l’initiative « {title} »"),
            days=("ends_at",),
            ends="ends_at",
        ),
        Kind("initiative_archived", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("initiative_not_gathered", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("step_reached_author", ORGANISED, _("vous avez ouvert l’initiative « {title} »"), days=("due",)),
        Kind("initiative_public", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("step_reached", SUPPORTED, _("vous soutenez « {title} »"), days=("due",)),
        Kind("promise_kept_author", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("promise_kept", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("update_published", SUPPORTED, _("vous soutenez « {title} »"), mail=Mail.DIGEST),
        Kind(DIGEST, NEAR, _("vous soutenez ce dont il parle"), varying=_TO_KEEP),
        Kind("digest_question", NEAR, _("vous recevez les résumés de ce site"), varying=_TO_KEEP),
        Kind("welcome_share", NEAR, _JUST_CAME),
        Kind("welcome_come", NEAR, _JUST_CAME),
        Kind("welcome_follow", NEAR, _JUST_CAME),
        Kind("department_opened", PLACES, _("vous suivez ce territoire, ou vous y habitez")),
        Kind("team_joined", ORGANISED, _CARRIES),
        Kind("team_left", ORGANISED, _CARRIES),
        Kind("team_dismissed", ORGANISED, _CARRIED),
        Kind("team_offered", ORGANISED, _CARRIES),
        Kind("team_offer_declined", ORGANISED, _CARRIES),
        Kind("team_taken_over", ORGANISED, _CARRIED),
        Kind("team_inherited", ORGANISED, _CARRIES),
        Kind("initiative_frozen", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("initiative_adopted", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("adoption_accepted", ORGANISED, _("vous avez demandé à reprendre « {title} »")),
        Kind("adoption_refused", ORGANISED, _("vous avez demandé à reprendre « {title} »")),
        Kind("letter_received", ORGANISED, _CARRIES, no_reply=True),
        Kind("letter_answered", ORGANISED, _("vous avez écrit à l’équipe de « {title} »"), no_reply=True),
        Kind("initiative_succeeded", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("initiative_closed", SUPPORTED, _("vous soutenez « {title} »")),
        Kind(
            "initiative_sleeps", ORGANISED, _("vous portez l’initiative « {title} »"), days=("ends_at",), ends="ends_at"
        ),
        Kind("merge_proposed", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("merge_agreed", ORGANISED, _("vous avez ouvert l’initiative « {title} »"), days=("until",)),
        Kind(
            "merge_announced", SUPPORTED, _("vous soutenez « {title} »"), days=("until",), varying=("recipient", "url")
        ),
        Kind("merge_dropped", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("merge_done", SUPPORTED, _("vous soutenez « {title} »")),
        Kind("merge_done_author", ORGANISED, _("vous avez ouvert l’initiative « {title} »")),
        Kind("action_committed", ORGANISED, _CARRIES),
        Kind("action_joined", ATTENDED, _ENGAGED),
        Kind("action_changed", ATTENDED, _ENGAGED),
        Kind("action_done", ATTENDED, _ENGAGED),
        Kind("action_given_up", ATTENDED, _ENGAGED),
        Kind("action_suspended", ATTENDED, _ENGAGED),
        Kind("action_resumed", ATTENDED, _ENGAGED),
        Kind("offer_received", ORGANISED, _CARRIES),
        Kind("offer_accepted", ATTENDED, _OFFERED),
        Kind("offer_declined", ATTENDED, _OFFERED),
        Kind("offer_late", ATTENDED, _OFFERED),
        Kind("event_attended", ORGANISED, _ORGANISES),
        Kind("event_announced", SUPPORTED, _("vous soutenez « {initiative_title} »")),
        Kind("event_report_asked", ORGANISED, _ORGANISES),
        Kind("event_report_published", SUPPORTED, _("vous soutenez « {title} »"), mail=Mail.DIGEST),
        Kind("event_reported", ATTENDED, _JOINED),
        Kind("event_message", ATTENDED, _JOINED, no_reply=True),
        Kind("event_joined", ATTENDED, _JOINED, varying=_OWN_LINKS),
        Kind("event_tomorrow", ATTENDED, _JOINED, varying=_OWN_LINKS),
        Kind("event_waiting", ATTENDED, _AWAITS, varying=_OWN_LINKS),
        Kind("event_offered", ATTENDED, _AWAITS, varying=_OWN_LINKS),
        Kind("event_offer_ended", ATTENDED, _AWAITED, varying=_OWN_LINKS),
        Kind("event_last_places", ATTENDED, _AWAITS, varying=_OWN_LINKS),
        Kind("event_cancelled", ATTENDED, _JOINED, despite_mute=True),
        Kind("event_moved", ATTENDED, _JOINED, varying=_OWN_LINKS, despite_mute=True),
        Kind("event_letter_received", ORGANISED, _ORGANISES, no_reply=True),
        Kind("event_letter_answered", ORGANISED, _("vous avez écrit au sujet de « {event_title} »"), no_reply=True),
        Kind("event_team_cancelled", ORGANISED, _ORGANISES),
        Kind("event_team_moved", ORGANISED, _ORGANISES),
        Kind("event_withheld", ATTENDED, _JOINED, without_texts=True),
        Kind("event_back", ATTENDED, _JOINED),
        Kind("event_not_found_on_map", ORGANISED, _ORGANISES),
        Kind("event_inherited", ORGANISED, _ORGANISES),
        Kind("data_copy_ready", DOOR, _ASKED_FOR_DATA, days=("until",), ends="until", varying=("url",)),
        Kind("departure", DOOR, _LEFT, days=("until",), varying=("url",)),
        Kind("team_invitation", DOOR, _("cette adresse a été donnée pour vous inviter"), days=("until",), ends="until"),
        Kind("support_link", DOOR, _TYPED, days=("until",), ends="until", varying=("url",)),
        Kind("support_reminder", DOOR, _TYPED, days=("until",), ends="until", varying=("url",)),
        Kind("support_already", DOOR, _TYPED, days=("until",), ends="until", varying=("recipient", "mine_url")),
        Kind("attend_link", DOOR, _TYPED_TO_COME, days=("until",), ends="until", varying=("url",)),
        Kind("attend_already", DOOR, _TYPED_TO_COME, varying=_OWN_LINKS),
        Kind("notice_received", DOOR, _NOTIFIED, varying=("reference", "url")),
        Kind("notice_completed", DOOR, _NOTIFIED, varying=("reference", "url")),
        Kind("notice_answered", DOOR, _NOTIFIED, varying=("reference", "url")),
        Kind("notice_warning", DOOR, _NOTIFIED, varying=("reference", "url")),
        Kind("notice_contested", DOOR, _NOTIFIED, varying=("reference", "url", "appeal")),
        Kind("notice_judged", DOOR, _NOTIFIED, varying=("reference", "url", "appeal")),
        Kind("notice_reviewed", DOOR, _NOTIFIED, varying=("reference", "url")),
        Kind("supports_list", DOOR, _ASKED, days=("until",), ends="until"),
        Kind("supports_none", DOOR, _ASKED),
    ]
}

#: The entries of any context that open something of the reader's own: kept nowhere but in a box.
KEYS = sorted({name for kind in KINDS.values() for name in kind.keys})
