from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from initiatives.sources import LONGEST
from territories.models import Commune, Department


class SupportQuerySet(models.QuerySet):
    def confirmed(self):
        """Supports … that count: nothing else is ever added up, listed or written to."""
        return self.filter(state=Support.State.CONFIRMED)

    def pending(self):
        """Supports … whose address is not proved yet."""
        return self.filter(state=Support.State.PENDING)

    def given(self):
        """Supports … as the person who gave them sees them: one kept as suspect looks like any other."""
        return self.exclude(state=Support.State.PENDING)


class Support(models.Model):
    """One person behind one initiative. Withdrawn, the row is truly deleted: it reveals an opinion.

    A visitor's begins pending: what they typed waits here, without a member, until the link sent to their address is
    confirmed; it is then erased from the row. Several rows may wait for one address, so that asking takes one insert
    and tells nothing of who is known; one (initiative, member) is all that can be given.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("à confirmer")
        CONFIRMED = "confirmed", _("confirmé")
        SUSPECT = "suspect", _("suspect")

    class Suspicion(models.TextChoices):
        """Why a support was set aside although its address was proved. It stays as history once staff accept it."""

        ADDRESS = "address", _("trop de soutiens à la même adresse")
        NETWORK = "network", _("trop de soutiens du même réseau")
        INITIATIVE = "initiative", _("trop de soutiens à la fois")
        WAITED = "waited", _("trop de soutiens sans preuve de calcul")
        SUSPENDED = "suspended", _("compte suspendu")
        REVIEW = "review", _("retiré par l’équipe")

    # The index of the newest first begins with the initiative, and serves for it.
    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="supports", db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="supports",
        db_index=False,
    )
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.CONFIRMED)
    suspicion = models.CharField(_("soupçon"), max_length=10, choices=Suspicion, blank=True)
    # Communes are never deleted: nothing looks supports up by this column alone.
    commune = models.ForeignKey(
        Commune, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmation"), null=True, blank=True)

    # What a visitor typed: erased once confirmed.
    email = models.EmailField(_("adresse e-mail"), blank=True)
    first_name = models.CharField(_("prénom"), max_length=60, blank=True)
    address_key = models.BinaryField(max_length=32, null=True, editable=False)
    consent_version = models.CharField(max_length=20, blank=True, editable=False)
    # What was sent to them.
    written_at = models.DateTimeField(_("lien envoyé"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("rappel envoyé"), null=True, blank=True)

    # By which link they came, when it says so (initiatives.sources). Of the link, never of the person.
    source = models.CharField(_("lien suivi"), max_length=LONGEST, blank=True, default="", db_default="")
    # How it came. The hash of the network changes every day and is erased after thirty.
    domain = models.CharField(_("domaine de l’adresse"), max_length=253, blank=True)
    is_disposable = models.BooleanField(_("adresse jetable"), default=False)
    network = models.BinaryField(max_length=16, null=True, editable=False)
    # The reviews that moved it, undone or not, oldest first.
    reviews = ArrayField(models.BigIntegerField(), null=True, blank=True, editable=False)

    # What the person was told when it was counted: "vous êtes le 38e soutien, le 4e à Vitré".
    rank = models.PositiveIntegerField(null=True, editable=False)
    place_rank = models.PositiveIntegerField(null=True, editable=False)

    objects = SupportQuerySet.as_manager()

    class Meta:
        verbose_name = _("soutien")
        verbose_name_plural = _("soutiens")
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "member"], condition=Q(member__isnull=False), name="one_support_each"
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(email=""),
                    state="pending",
                    member=None,
                    confirmed_at=None,
                    address_key__isnull=False,
                )
                | Q(
                    ~Q(state="pending"),
                    member__isnull=False,
                    confirmed_at__isnull=False,
                    email="",
                    first_name="",
                    address_key=None,
                ),
                name="only_a_pending_support_holds_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(state="suspect") | ~Q(suspicion=""), name="a_suspect_support_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["initiative", "-created_at"], name="support_newest"),
            models.Index(fields=["member", "-created_at"], condition=Q(member__isnull=False), name="support_of_member"),
            models.Index(fields=["address_key"], condition=Q(state="pending"), name="support_of_address"),
            models.Index(fields=["created_at"], condition=Q(state="pending"), name="support_waiting"),
            models.Index(fields=["id"], condition=Q(state="pending", written_at=None), name="support_to_write_to"),
            models.Index(fields=["initiative"], condition=Q(reviews__isnull=False), name="support_reviewed"),
            # For the nightly erasing of networks: rows come in the order of their dates.
            BrinIndex(fields=["created_at"], name="support_dates", autosummarize=True),
        ]
        permissions = [("review_supports", _("peut examiner les soutiens et en écarter"))]

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.initiative_id})"

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING


class SupportDelta(models.Model):
    """A change of an initiative's numbers, not yet folded into the numbers shown.

    A trigger writes it for every row of supports that begins or ceases to count, whatever did it. Without foreign keys
    in the database: thousands of rows a second for one popular initiative would each lock its row.
    """

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    commune = models.ForeignKey(
        Commune, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    #: The day here on which the support was confirmed.
    day = models.DateField(null=True)
    source = models.CharField(max_length=LONGEST, default="", db_default="")
    confirmed = models.SmallIntegerField(default=0)
    suspect = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(confirmed=0, suspect=0), name="delta_changes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.confirmed:+d} {self.suspect:+d} ({self.initiative_id})"


class SupportTally(models.Model):
    """How many confirmed supports an initiative has in one département, and in one commune of it. Folded."""

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="tallies", db_index=False
    )
    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="+", db_index=False)
    # None is the whole département.
    commune = models.ForeignKey(Commune, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "commune", "department"], nulls_distinct=False, name="one_tally_each"
            )
        ]
        indexes = [
            models.Index(fields=["initiative", "-count"], condition=Q(commune=None), name="tally_departments"),
        ]

    def __str__(self) -> str:
        return f"{self.count} ({self.initiative_id}, {self.commune_id or self.department_id})"


class SupportLimits(models.Model):
    """How many supports are taken without suspicion, and when a proof of work is asked. One row, edited by staff."""

    class Proof(models.TextChoices):
        NEVER = "never", _("jamais")
        AUTO = "auto", _("quand une initiative reçoit trop de demandes")
        ALWAYS = "always", _("toujours")

    per_address_a_day = models.PositiveIntegerField(_("par adresse et par jour"), default=20)
    per_network_an_hour = models.PositiveIntegerField(
        _("par réseau et par heure"),
        default=300,
        help_text=_("Un réseau peut être une mairie, un lycée, ou une antenne de téléphonie : des milliers de gens."),
    )
    per_initiative_a_minute = models.PositiveIntegerField(_("par initiative et par minute"), default=6000)
    without_proof_an_hour = models.PositiveIntegerField(
        _("par réseau et par heure, sans preuve de calcul"),
        default=10,
        help_text=_("Pour qui attend parce que son navigateur n’exécute pas JavaScript, quand la preuve est demandée."),
    )
    proof = models.CharField(_("preuve de calcul"), max_length=10, choices=Proof, default=Proof.AUTO)
    proof_from_a_minute = models.PositiveIntegerField(
        _("demandée à partir de, par initiative et par minute"), default=600
    )
    messages_per_address_a_day = models.PositiveIntegerField(
        _("messages par adresse et par jour"),
        default=6,
        help_text=_("Pour que personne ne remplisse la boîte d’un autre."),
    )
    messages_per_network_an_hour = models.PositiveIntegerField(
        _("messages par réseau et par heure"),
        default=300,
        help_text=_("Pour que personne ne fasse écrire le site à des inconnus. Au-delà, rien ne part."),
    )

    class Meta:
        verbose_name = _("limites des soutiens")
        verbose_name_plural = _("limites des soutiens")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_row_of_limits")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class SupportReview(models.Model):
    """What staff did with a part of an initiative's supports: removed or accepted, why, and whether it was undone.

    It names nobody: conditions and counts alone. A support keeps the numbers of the reviews that moved it.
    """

    class Act(models.TextChoices):
        REMOVE = "remove", _("écarter des soutiens comptés")
        ACCEPT = "accept", _("compter des soutiens suspects")

    initiative = models.ForeignKey("initiatives.Initiative", on_delete=models.CASCADE, related_name="support_reviews")
    act = models.CharField(_("acte"), max_length=10, choices=Act)
    # The condition; an empty part is not asked.
    domain = models.CharField(_("domaine"), max_length=253, blank=True)
    network = models.BinaryField(max_length=16, null=True, blank=True)
    suspicion = models.CharField(_("soupçon"), max_length=10, choices=Support.Suspicion, blank=True)
    only_disposable = models.BooleanField(_("adresses jetables seulement"), default=False)
    since = models.DateTimeField(_("depuis"), null=True, blank=True)
    until = models.DateTimeField(_("jusqu’à"), null=True, blank=True)

    reason = models.CharField(_("raison, lue par tous"), max_length=200)
    count = models.PositiveIntegerField(_("nombre"), default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("par")
    )
    created_at = models.DateTimeField(_("date"), default=timezone.now)
    undone_at = models.DateTimeField(_("annulée le"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("annulée par")
    )

    class Meta:
        verbose_name = _("examen de soutiens")
        verbose_name_plural = _("examens de soutiens")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=models.F("since")), name="review_window_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(domain="")
                | Q(network__isnull=False)
                | ~Q(suspicion="")
                | Q(only_disposable=True)
                | Q(since__isnull=False)
                | Q(until__isnull=False),
                name="review_has_a_condition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} ({self.count})"
