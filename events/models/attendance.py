from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, Count, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models.event import Event

#: Somebody brings so many people with them at most.
MOST_GUESTS = 9


class AttendanceQuerySet(models.QuerySet):
    def coming(self):
        """… of those who have a place."""
        return self.filter(state=Attendance.State.COMING)

    def holding(self):
        """… that take places: those who come, and those to whom one is kept until they answer."""
        return self.filter(state__in=[Attendance.State.COMING, Attendance.State.OFFERED])

    def waiting(self):
        """… of those who wait for a place, in their order."""
        return self.filter(state=Attendance.State.WAITING).order_by("queue_number")

    def given(self):
        """… of people whose address is proved."""
        return self.exclude(state=Attendance.State.PENDING)

    def pending(self):
        """… of visitors whose address is not proved yet."""
        return self.filter(state=Attendance.State.PENDING)

    def standing(self, event: Event, member) -> "Attendance | None":
        """Where this member (or AnonymousUser) stands: theirs, with its `turn` when they wait."""
        if not member.is_authenticated:
            return None
        return self.with_turn().filter(event=event, member=member).first()

    def with_turn(self):
        """… with the `turn` of those who wait: 1 for the first of their event."""
        before = (
            Attendance.objects.filter(
                event=OuterRef("event"), state=Attendance.State.WAITING, queue_number__lt=OuterRef("queue_number")
            )
            .order_by()
            .values("event")
            .annotate(people=Count("*"))
            .values("people")
        )
        return self.annotate(
            turn=Case(When(state=Attendance.State.WAITING, then=Coalesce(Subquery(before), 0) + 1), default=None)
        )


class Attendance(models.Model):
    """ "Je viens": one person at one event, and the guests they bring. Given back, the row is truly deleted.

    A visitor's begins pending, as a support does: what they typed waits here, without a member and without a place,
    until the link sent to their address is confirmed; it is then erased from the row. One (event, member) is all that
    can be given. When no place is left a person waits: each has a number, and a place that is given back is kept for
    the first of them until `offer_ends_at`.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("à confirmer")
        COMING = "coming", _("vient")
        WAITING = "waiting", _("attend une place")
        OFFERED = "offered", _("une place lui est proposée")

    # The index of the unique pair begins with the event, and serves for it.
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="attendances", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="attendances",
        db_index=False,
    )
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.COMING)
    guests = models.PositiveSmallIntegerField(
        _("accompagnants"), default=0, validators=[MaxValueValidator(MOST_GUESTS)]
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    # Their turn on the waiting list, given under the event's row lock; kept while a place is offered.
    queue_number = models.PositiveBigIntegerField(_("numéro d’attente"), null=True, blank=True)
    offer_ends_at = models.DateTimeField(_("place gardée jusqu’à"), null=True, blank=True)

    # When somebody who waits was told that the last places go to the first who come.
    called_at = models.DateTimeField(_("dernières places annoncées"), null=True, blank=True)

    # What a visitor typed: erased once confirmed.
    email = models.EmailField(_("adresse e-mail"), blank=True)
    first_name = models.CharField(_("prénom"), max_length=60, blank=True)
    address_key = models.BinaryField(max_length=32, null=True, editable=False)
    consent_version = models.CharField(max_length=20, blank=True, editable=False)
    written_at = models.DateTimeField(_("lien envoyé"), null=True, blank=True)

    answered_at = models.DateTimeField(_("réponse au rappel"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("pointage"), null=True, blank=True)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "member"], condition=Q(member__isnull=False), name="one_attendance_each"
            ),
            models.UniqueConstraint(
                fields=["event", "queue_number"], condition=Q(queue_number__isnull=False), name="one_turn_each"
            ),
            models.CheckConstraint(
                condition=Q(~Q(email=""), state="pending", member=None, address_key__isnull=False)
                | Q(
                    ~Q(state="pending"),
                    member__isnull=False,
                    email="",
                    first_name="",
                    address_key=None,
                ),
                name="only_a_pending_attendance_holds_an_address",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", queue_number__isnull=False, offer_ends_at=None)
                | Q(state="offered", queue_number__isnull=False, offer_ends_at__isnull=False)
                | Q(state__in=["pending", "coming"], queue_number=None, offer_ends_at=None),
                name="who_waits_has_a_turn",
            ),
            models.CheckConstraint(condition=Q(guests__lte=MOST_GUESTS), name="a_few_guests"),
        ]
        indexes = [
            models.Index(fields=["event", "state", "id"], name="attendance_event"),
            models.Index(fields=["member", "-created_at"], name="attendance_member"),
            models.Index(fields=["event", "queue_number"], condition=Q(state="waiting"), name="attendance_queue"),
            models.Index(fields=["offer_ends_at"], condition=Q(state="offered"), name="attendance_offers"),
            models.Index(fields=["address_key"], condition=Q(state="pending"), name="attendance_of_address"),
            models.Index(fields=["created_at"], condition=Q(state="pending"), name="attendance_pending"),
            models.Index(fields=["id"], condition=Q(state="pending", written_at=None), name="attendance_to_write_to"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.event_id})"

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING

    @property
    def is_coming(self) -> bool:
        return self.state == self.State.COMING

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_offered(self) -> bool:
        return self.state == self.State.OFFERED

    @property
    def people(self) -> int:
        """The places it takes."""
        return 1 + self.guests
