"""What exists on French ground: régions, départements, communes and their postcodes.

Rows come from the files of ``territories/data`` (see ``docs/territories.md``) and are never edited by hand.
Codes are those of INSEE's Code officiel géographique, kept as text: "2A", "01", "97411".
"""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Place(models.Model):
    """What a région, a département and a commune have in common: a name that fits in a sentence, and a box.

    Coordinates are WGS84 degrees. The centre of a département or région is that of its outline's box;
    that of a commune is a point inside it.
    """

    name = models.CharField(_("nom"), max_length=80)
    name_in = models.CharField(_("nom avec « à »"), max_length=90, help_text=_("« au Mans », « en Bretagne »"))
    name_of = models.CharField(_("nom avec « de »"), max_length=90, help_text=_("« du Mans », « de Bretagne »"))
    slug = models.SlugField(_("nom dans l’adresse"), max_length=80, db_index=False)
    sort_name = models.CharField(_("nom pour le tri"), max_length=80)
    population = models.PositiveIntegerField(_("population"), default=0)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    south = models.FloatField(_("sud"))
    west = models.FloatField(_("ouest"))
    north = models.FloatField(_("nord"))
    east = models.FloatField(_("est"))

    class Meta:
        abstract = True
        ordering = ["sort_name", "code"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("territory", kwargs={"territory": self.path})

    @property
    def said_in(self) -> str:
        """« à Vitré », « en Bretagne »; "in Vitré" on a site in English."""
        return f"in {self.name}" if settings.LANGUAGE_CODE == "en" else self.name_in

    @property
    def said_of(self) -> str:
        """« de Vitré », « du Mans », as after « autour »; "Vitré" on a site in English."""
        return self.name if settings.LANGUAGE_CODE == "en" else self.name_of

    @property
    def path(self) -> str:
        """The last part of its address, « 35360-vitre »; ``lookup.from_path`` reads it back."""
        return f"{self.code}-{self.slug}"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north, east."""
        return self.south, self.west, self.north, self.east


class Region(Place):
    """One of the eighteen régions."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)

    class Meta(Place.Meta):
        verbose_name = _("région")
        verbose_name_plural = _("régions")

    @property
    def path(self) -> str:
        """« r53-bretagne »: the r tells région 53 from département 53."""
        return f"r{super().path}"

    @property
    def label(self) -> str:
        return gettext("%(name)s (région)") % {"name": self.name}


class Department(Place):
    """A département, or an overseas collectivity, which belongs to no région."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("département")
        COLLECTIVITY = "collectivity", _("collectivité d’outre-mer")

    code = models.CharField(_("code"), max_length=3, primary_key=True)
    kind = models.CharField(_("genre"), max_length=12, choices=Kind, default=Kind.DEPARTMENT)
    region = models.ForeignKey(
        Region,
        verbose_name=_("région"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="departments",
    )
    time_zone = models.CharField(_("fuseau horaire"), max_length=40, default="Europe/Paris")

    class Meta(Place.Meta):
        verbose_name = _("département")
        verbose_name_plural = _("départements")

    @property
    def label(self) -> str:
        if self.kind == self.Kind.COLLECTIVITY:
            return gettext("%(name)s (collectivité)") % {"name": self.name}
        return gettext("%(name)s (département)") % {"name": self.name}

    @property
    def zone(self) -> ZoneInfo:
        """The clock on the wall there."""
        return ZoneInfo(self.time_zone)


#: Paris, Lyon, Marseille: their arrondissements are places of their own.
DIVIDED = ("75056", "69123", "13055")


class CommuneQuerySet(models.QuerySet):
    def current(self):
        """Communes … that still exist."""
        return self.filter(ended_on__isnull=True)


class Commune(Place):
    """A commune, or an arrondissement of Paris, Lyon or Marseille, whose parent is the city.

    A commune that a new edition of the data no longer has keeps its row, since things happened there: it gets
    ``ended_on`` and, when it is known, the commune that took it in as ``successor``.
    """

    class Kind(models.TextChoices):
        COMMUNE = "commune", _("commune")
        ARRONDISSEMENT = "arrondissement", _("arrondissement")

    code = models.CharField(_("code"), max_length=5, primary_key=True)
    kind = models.CharField(_("genre"), max_length=14, choices=Kind, default=Kind.COMMUNE)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("ville"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="arrondissements",
    )
    department = models.ForeignKey(
        Department, verbose_name=_("département"), on_delete=models.PROTECT, related_name="communes"
    )
    time_zone = models.CharField(
        _("fuseau horaire"), max_length=40, blank=True, help_text=_("Vide : celui du département.")
    )
    ended_on = models.DateField(_("disparue le"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        verbose_name=_("remplacée par"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="predecessors",
    )

    objects = CommuneQuerySet.as_manager()

    class Meta(Place.Meta):
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        indexes = [
            models.Index(fields=["sort_name"], name="commune_prefix", opclasses=["text_pattern_ops"]),
            GinIndex(fields=["sort_name"], name="commune_trigram", opclasses=["gin_trgm_ops"]),
            GistIndex(Func(F("longitude"), F("latitude"), function="point"), name="commune_point"),
            models.Index(fields=["latitude", "longitude"], name="commune_box"),
        ]

    @property
    def label(self) -> str:
        """« Vitré (Ille-et-Vilaine) », so that the 1,400 shared names can be told apart. Reads the département."""
        same = self.department.kind == Department.Kind.COLLECTIVITY and self.department.name == self.name
        if same or self.department_id == "75":
            return self.name
        return f"{self.name} ({self.department.name})"

    @property
    def is_divided(self) -> bool:
        """Whether arrondissements are inside."""
        return self.code in DIVIDED

    @property
    def with_arrondissements(self) -> CommuneQuerySet:
        """The city and the arrondissements inside it."""
        return Commune.objects.filter(Q(pk=self.pk) | Q(parent=self))

    @property
    def zone(self) -> ZoneInfo:
        """The clock on the wall there; reads the département unless the commune has its own."""
        return ZoneInfo(self.time_zone or self.department.time_zone)


class Postcode(models.Model):
    """One postcode of one commune: a commune may have several, a postcode may serve several communes."""

    code = models.CharField(_("code postal"), max_length=5)
    commune = models.ForeignKey(Commune, verbose_name=_("commune"), on_delete=models.CASCADE, related_name="postcodes")

    class Meta:
        verbose_name = _("code postal")
        verbose_name_plural = _("codes postaux")
        ordering = ["code", "commune"]
        constraints = [models.UniqueConstraint(fields=["code", "commune"], name="postcode_once")]
        indexes = [models.Index(fields=["code"], name="postcode_prefix", opclasses=["text_pattern_ops"])]

    def __str__(self) -> str:
        return self.code


class DataLoad(models.Model):
    """An edition of the data files that was loaded; the newest tells the loader that nothing is left to do."""

    digest = models.CharField(_("empreinte"), max_length=64)
    loaded_at = models.DateTimeField(_("chargée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("chargement")
        verbose_name_plural = _("chargements")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.digest


class ElectionWindow(models.Model):
    """A vote, around which the team of the site puts nothing forward (Code électoral, art. L. 49).

    `territories.elections` says from when to when, on the clocks of each place.
    """

    name = models.CharField(_("élection"), max_length=120)
    day = models.DateField(_("jour du vote"))
    departments = models.ManyToManyField(
        Department, verbose_name=_("départements"), blank=True, help_text=_("Aucun : toute la France.")
    )
    votes_early_overseas = models.BooleanField(
        _("la veille en Amérique et en Polynésie"),
        default=True,
        help_text=_("Aux élections nationales, ces territoires votent le samedi."),
    )

    class Meta:
        verbose_name = _("période électorale")
        verbose_name_plural = _("périodes électorales")
        ordering = ["-day", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="one_window_per_vote")]

    def __str__(self) -> str:
        return f"{self.name} ({self.day:%d/%m/%Y})"


class OpeningQuerySet(models.QuerySet):
    def waiting(self):
        """Openings … still to come."""
        return self.filter(opened_at=None)

    def to_tell(self):
        """… that happened, and that some of those who waited do not know yet."""
        return self.filter(opened_at__isnull=False, told_at=None)


class Opening(models.Model):
    """A département that opens once enough people want it: until then only the team of the site prepares things there.

    A département without a row is open. `gathered` is counted by a task, from those who follow the département and
    those who live there; it is never shown: a page says how many are missing.
    """

    department = models.OneToOneField(
        Department, verbose_name=_("département"), primary_key=True, on_delete=models.PROTECT, related_name="opening"
    )
    wanted = models.PositiveIntegerField(
        _("personnes à réunir"), default=50, validators=[MinValueValidator(5)], help_text=_("Cinq au moins.")
    )
    text = models.TextField(
        _("mot d’accueil"),
        max_length=2000,
        blank=True,
        help_text=_("Ce qui se prépare, et ce que l’on fera ensemble le premier jour."),
    )
    animators = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("animateurs"),
        blank=True,
        limit_choices_to={"is_staff": True, "is_active": True},
        related_name="+",
        help_text=_("Leur nom affiché est montré sur la page."),
    )
    gathered = models.PositiveIntegerField(_("personnes réunies"), default=0, editable=False)
    counted_at = models.DateTimeField(_("comptées"), null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("ouvert le"), null=True, blank=True, editable=False)
    # Those who waited are told by slices, in the order of their numbers.
    told_after = models.BigIntegerField(default=0, editable=False)
    told_at = models.DateTimeField(_("annoncé à tous"), null=True, blank=True, editable=False)

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("ouverture d’un département")
        verbose_name_plural = _("ouvertures de départements")
        ordering = ["department"]
        constraints = [
            models.CheckConstraint(condition=Q(wanted__gte=5), name="an_opening_wants_people"),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(opened_at__isnull=False), name="what_is_not_open_is_not_told"
            ),
        ]

    def __str__(self) -> str:
        return str(self.department)

    @property
    def is_waiting(self) -> bool:
        return self.opened_at is None

    @property
    def missing(self) -> int:
        """How many people it still wants, as last counted."""
        return max(self.wanted - self.gathered, 0)


class Referent(models.Model):
    """Who answers for the operator in a département or a région: a name and an address that anybody reads.

    Staff write it, once that person agreed; it goes as soon as they do not any more.
    """

    department = models.OneToOneField(
        Department, verbose_name=_("département"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    region = models.OneToOneField(
        Region, verbose_name=_("région"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("nom affiché"), max_length=80)
    role = models.CharField(_("rôle"), max_length=120, help_text=_("« Animatrice pour la Bretagne »"))
    email = models.EmailField(_("adresse publique"), blank=True, help_text=_("Vide : celle de l’équipe du site."))
    agreed_on = models.DateField(
        _("accord du"), help_text=_("Le jour où cette personne a accepté que son nom et cette adresse soient publics.")
    )

    class Meta:
        verbose_name = _("référent")
        verbose_name_plural = _("référents")
        ordering = ["region", "department"]
        constraints = [
            models.CheckConstraint(
                condition=Q(department__isnull=False, region=None) | Q(department=None, region__isnull=False),
                name="a_referent_has_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.department or self.region})"
