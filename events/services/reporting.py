"""What happened: the organiser is asked, tells it with pictures, and those who came and the supporters read it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core import images
from core.images import Picture
from core.jobs import each
from events.access import organisers_of
from events.models import Attendance, Event, EventPhoto, EventReport
from events.services.refusals import ReportRefused
from initiatives.models import Support
from members.models import Member
from moderation import pictures
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import tell, tell_many

#: The organiser is asked so long after the end, once more so long after that, and no more.
ASK_AFTER = timedelta(hours=1)
ASK_AGAIN_AFTER = timedelta(days=3)
#: What was over for longer when the task could run at last is let go.
ASK_WITHIN = timedelta(days=14)
MOST_PHOTOS = 6
#: Words that those who came read in their message.
_EXCERPT = 60
_BATCH = 200


# --- What organisers do ----------------------------------------------------------------------------------------------


def refusal(event: Event) -> str:
    """Why nothing can be told of it now; empty when it can."""
    if not event.is_public:
        return _("Cet événement n’est pas en ligne : on ne peut pas en faire le compte rendu.")
    if event.cancelled_at is not None:
        return _("Cet événement a été annulé : il n’y a rien à raconter.")
    if not event.is_over:
        return _("L’événement n’est pas terminé : revenez raconter ce qui s’est passé.")
    return ""


@transaction.atomic
def write(event: Event, *, text: str, turnout: int | None, by: Member) -> tuple[EventReport, Outcome]:
    """Tell what happened: read by anyone at once, or once a moderator read it. Raises ReportRefused.

    There is one for each event: a second one is refused, whoever of the organisers writes it.
    """
    event = Event.objects.select_related("initiative").get(pk=event.pk)
    if why := refusal(event):
        raise ReportRefused(why)
    report = EventReport(event=event, text=text, turnout=turnout, author=by)
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError as error:
        raise ReportRefused(_("Le compte rendu de cet événement est déjà écrit : modifiez-le plutôt.")) from error
    return report, moderation.receive(report, by=by)


@transaction.atomic
def edit(report: EventReport, texts: Mapping[str, str], *, turnout: int | None, by: Member) -> Outcome:
    """Another number holds at once; another text is screened, and the former one stays while it waits."""
    # It locks the case before the report, as a moderator who decides does.
    outcome = moderation.receive_edit(report, texts, by=by)
    EventReport.objects.filter(pk=report.pk).update(turnout=turnout)
    return outcome


def add_photo(report: EventReport, picture: Picture, *, alternative: str, by: Member) -> tuple[EventPhoto, Outcome]:
    """Show one more picture; QUEUE means that a moderator reads what it is said to show before anyone sees it.

    Raises ReportRefused when there are enough; nothing is kept then.
    """
    name = images.keep(picture, folder=EventPhoto.FOLDER)
    try:
        return _add_photo(report, picture, name=name, alternative=alternative, by=by)
    except Exception:
        images.forget(name, picture.width)
        raise


@transaction.atomic
def _add_photo(
    report: EventReport, picture: Picture, *, name: str, alternative: str, by: Member
) -> tuple[EventPhoto, Outcome]:
    # Locked: those who add pictures at once are counted one after another.
    report = EventReport.objects.select_for_update(of=("self",), no_key=True).get(pk=report.pk)
    if report.photos.count() >= MOST_PHOTOS:
        raise ReportRefused(
            _("Il y a déjà %(most)d photos : retirez-en une avant d’en ajouter une autre.") % {"most": MOST_PHOTOS}
        )
    photo = report.photos.create(
        name=name, width=picture.width, height=picture.height, alternative=alternative, author=by
    )
    return photo, moderation.receive(photo, by=by)


@transaction.atomic
def remove_photo(photo: EventPhoto) -> None:
    """Take it away, with its files. Harmless twice."""
    name, width = photo.name, photo.width
    EventPhoto.objects.filter(pk=photo.pk).delete()
    transaction.on_commit(lambda: images.forget(name, width))


# --- What tasks do ---------------------------------------------------------------------------------------------------


def ask_organisers() -> int:
    """Ask "combien étiez-vous ?" an hour after the end, once more three days later. Returns how many were asked."""
    now = timezone.now()
    first, again = _to_ask(now).order_by("ends_at", "pk"), _to_ask_again(now).order_by("report_asked_at", "pk")
    return each(first, _ask, now, most=_BATCH) + each(again, _ask_again, now, most=_BATCH)


def _to_ask(now: datetime):
    over = Event.objects.public().filter(ends_at__lte=now - ASK_AFTER, ends_at__gt=now - ASK_WITHIN)
    return over.filter(cancelled_at=None, report_asked_at=None)


def _to_ask_again(now: datetime):
    asked = Event.objects.public().filter(
        report_asked_at__lte=now - ASK_AGAIN_AFTER, report_asked_at__gt=now - ASK_WITHIN
    )
    return asked.filter(cancelled_at=None, report_asked_again_at=None)


@transaction.atomic
def _ask(pk: int, now: datetime) -> bool:
    return bool(_to_ask(now).filter(pk=pk).update(report_asked_at=now)) and _tell_organiser(pk, again=False)


@transaction.atomic
def _ask_again(pk: int, now: datetime) -> bool:
    return bool(_to_ask_again(now).filter(pk=pk).update(report_asked_again_at=now)) and _tell_organiser(pk, again=True)


def _tell_organiser(pk: int, *, again: bool) -> bool:
    """Whoever posted it is asked, else the first who carries its initiative. False when it is told, or nobody is."""
    event = Event.objects.for_cards().get(pk=pk)
    organisers = organisers_of(event)
    if not organisers or EventReport.objects.filter(event=event).exists():
        return False
    tell(
        organisers[0],
        kind="event_report_asked",
        key=f"report-asked-{'again-' if again else ''}{event.pk}",
        context=event.message_context
        | {"again": again, "count": event.attendee_count, "report_url": reverse("event_report", args=[event.slug])},
    )
    return True


def tell_untold() -> int:
    """Tell of each new report those who came, and the supporters in their digest, once. For a task."""
    return each(EventReport.objects.to_tell().order_by("pk"), _tell, most=_BATCH)


@transaction.atomic
def _tell(pk: int) -> bool:
    report = (
        EventReport.objects.to_tell()
        .filter(pk=pk)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .first()
    )
    # What is joined to a locked row is read after the lock.
    event = Event.objects.public().for_cards().filter(pk=report.event_id).first() if report else None
    if event is None:
        return False
    report.told_at = timezone.now()
    report.save(update_fields=["told_at"])
    came = Attendance.objects.coming().filter(event=event).exclude(member=report.author_id)
    context = event.message_context | {
        "url": report.get_absolute_url(),
        "excerpt": Truncator(" ".join(report.text.split())).words(_EXCERPT),
        "turnout": report.turnout or 0,
    }
    said = {"key": report.key, "by": report.author_id}
    tell_many(came.values_list("member_id", flat=True), kind="event_reported", context=context, **said)
    initiative = event.shown_initiative
    if initiative is not None:
        others = Support.objects.confirmed().filter(initiative=initiative).exclude(member=report.author_id)
        others = others.exclude(member__in=came.values("member"))
        tell_many(
            others.values_list("member_id", flat=True),
            kind="event_report_published",
            context=context | {"title": initiative.title},
            about=initiative,
            **said,
        )
    return True


def place_photos() -> int:
    """Move the files that a failure left where they should not be. Returns how many photos. For a task."""
    return pictures.place_files(EventPhoto.objects.misplaced())


def forget_photos() -> int:
    """Erase old files of photos that are gone, or never were. Returns how many files. For a task."""
    return pictures.forget_orphans(EventPhoto)
