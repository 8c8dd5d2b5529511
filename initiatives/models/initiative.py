from datetime import timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest, JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from core.converters import NumberedSlug, numbered_slug
from initiatives.models.merge import Merge
from initiatives.models.milestone import LADDER, Milestone, Promise, Scale, ladder_for, milestones_of
from initiatives.models.support import Support, SupportDelta
from initiatives.models.team import CoOrganiser
from initiatives.models.timeline import TimelineEntry
from initiatives.models.version import SHOWN_FROM
from moderation.models import Around, ModeratedContent, ModeratedQuerySet
from notifications.services import tell_many
from notifications.subjects import Topic
from territories.models import Commune, Department, Region

#: More than any score: what has a place in the first pages comes before all the rest.
_PLACED = 1_000_000.0
#: For so long, what was told may still wait in somebody's digest.
_UNREAD = timedelta(days=2)


class Tag(TagBase):
    """A word under which initiatives are found: the site's themes, in their order, and citizens' own."""

    theme_rank = models.PositiveSmallIntegerField(
        _("rang du thème"), null=True, blank=True, help_text=_("Vide pour un mot-clé libre.")
    )

    class Meta:
        verbose_name = _("thème ou mot-clé")
        verbose_name_plural = _("thèmes et mots-clés")
        ordering = ["theme_rank", "name"]


class TaggedInitiative(ItemBase):
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="uses")
    content_object = models.ForeignKey("Initiative", on_delete=models.CASCADE, related_name="tag_uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="tagged_once")]


#: The stems of a title and of its place: what titles are compared by (`initiatives.lookalikes`).
TITLE_STEMS = SearchVector("title", "place_label", config="french_unaccented")
#: Of a secret link: none that another looks like.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class InitiativeQuerySet(ModeratedQuerySet):
    def listed(self):
        """… that the lists show: public and alive."""
        return self.public().filter(state=Initiative.State.PUBLISHED)

    def succeeded(self):
        """… that reached what they were for, and that anyone may read."""
        return self.public().filter(state=Initiative.State.SUCCEEDED)

    def visible_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read: what is public, and what they carry.

        A moderator reads all but the drafts of others.
        """
        if not member.is_authenticated:
            return self.public()
        carried = Q(author=member) | Exists(CoOrganiser.objects.filter(initiative=OuterRef("pk"), member=member))
        if moderating:
            return self.filter(~Q(state=Initiative.State.DRAFT) | carried)
        return self.filter(Q(published_at__isnull=False, withheld_at=None) | carried)

    def reachable(self, slug: NumberedSlug):
        """… that whoever holds this address may read: what is public, and what its secret link shows before."""
        public = Q(published_at__isnull=False, withheld_at=None)
        if not slug.key:
            return self.filter(public, pk=slug.pk)
        by_link = Q(published_at=None, withheld_at=None, nursery_key=slug.key, state__in=Initiative.LINK_STATES)
        return self.filter(public | by_link, pk=slug.pk)

    def not_gathered(self, slug: NumberedSlug):
        """… that whoever holds this secret link could read, and that was archived before anyone else could."""
        stopped = Q(state=Initiative.State.ARCHIVED, published_at=None, withheld_at=None)
        return self.filter(stopped, pk=slug.pk, nursery_key=slug.key) if slug.key else self.none()

    def carried_by(self, member):
        """… that this member opened or helps to carry."""
        # Two indexes, each read for one person: an OR would read the whole table.
        opened = Initiative.objects.filter(author=member).order_by().values("pk")
        joined = CoOrganiser.objects.filter(member=member).order_by().values("initiative")
        return self.filter(pk__in=opened.union(joined, all=True))

    def in_territory(self, territory: Region | Department | Commune):
        """… that belong to this place or to one inside it."""
        if isinstance(territory, Commune) and territory.is_divided:
            return self.filter(commune__in=territory.with_arrondissements)
        return self.filter(**{territory._meta.model_name: territory})

    def for_cards(self):
        """… with what a card shows, in a fixed number of queries."""
        return self.select_related("author").prefetch_related("tags")

    def for_page(self, member):
        """… with what their page shows this member: `exact_count` and `is_supported` are those of this very moment;
        `team_shown` names the co-organisers, each with its `id`, `name` and `is_staff`; `has_mergers` under way.

        The number and its deltas are read by one statement: a folding between two would count them twice or never.
        """
        deltas = SupportDelta.objects.filter(initiative=OuterRef("pk")).order_by()
        waiting = Subquery(deltas.values("initiative").annotate(total=Sum("confirmed")).values("total"))
        supported = (
            Exists(Support.objects.given().filter(initiative=OuterRef("pk"), member=member))
            if member.is_authenticated
            else models.Value(False)
        )
        team = ArraySubquery(
            CoOrganiser.objects.filter(initiative=OuterRef("pk")).values(
                shown=JSONObject(id="member_id", name="member__display_name", is_staff="member__is_staff")
            )
        )
        # Two that are each one index: an OR would read the whole table.
        mergers = Merge.objects.under_way()
        is_leaving, is_joined = (Exists(mergers.filter(**{side: OuterRef("pk")})) for side in ("source", "target"))
        return (
            self.select_related("author", "commune__department", "department", "region")
            .prefetch_related("tags")
            .annotate(
                exact_count=F("support_count") + Coalesce(waiting, 0),
                is_supported=supported,
                team_shown=team,
                has_mergers=is_leaving | is_joined,
            )
        )


class Initiative(ModeratedContent, Topic):
    """The one object citizens create: a national project, a local project, or a debate."""

    class Kind(models.TextChoices):
        NATIONAL_PROJECT = "national_project", _("projet national")
        LOCAL_PROJECT = "local_project", _("projet local")
        DEBATE = "debate", _("débat")

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        PREPARING = "preparing", _("en préparation")
        SUBMITTED = "submitted", _("en attente de relecture")
        PUBLISHED = "published", _("en cours")
        SUCCEEDED = "succeeded", _("aboutie")
        CLOSED = "closed", _("close")
        ARCHIVED = "archived", _("archivée")

    #: States in which whoever holds its secret link may read it, before anyone may.
    LINK_STATES = (State.PREPARING, State.SUBMITTED)
    #: States in which anyone may read it, unless it is withheld.
    PUBLIC_STATES = (State.PUBLISHED, State.SUCCEEDED, State.CLOSED, State.ARCHIVED)

    notice_slug = "initiative"
    screened_fields = (
        "title",
        "summary",
        "problem",
        "proposal",
        "means",
        "keywords",
        "outcome",
        "proof",
        "lessons",
    )

    kind = models.CharField(_("sorte"), max_length=20, choices=Kind)
    title = models.CharField(_("titre"), max_length=120)
    summary = models.CharField(_("résumé"), max_length=300, blank=True)
    problem = models.TextField(_("le problème"), max_length=5000, blank=True)
    proposal = models.TextField(_("la proposition"), max_length=5000, blank=True)
    means = models.TextField(_("les moyens"), max_length=5000, blank=True)
    keywords = models.CharField(
        _("mots-clés"), max_length=300, blank=True, help_text=_("Le texte dont les thèmes et mots-clés sont tirés.")
    )
    tags = TaggableManager(_("thèmes"), through=TaggedInitiative, blank=True)
    # The place and all that contain it: France when the three are empty.
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    commune = models.ForeignKey(Commune, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    place_label = models.CharField(_("lieu"), max_length=160, default="France")
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.DRAFT)
    # Ends its address until it is published.
    nursery_key = models.CharField(max_length=10, blank=True, editable=False)
    launched_at = models.DateTimeField(_("lancement"), null=True, blank=True)
    # When its team was asked whether it still gathers its first five people: they have a week from then.
    nursery_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("soumission"), null=True, blank=True)
    # Nobody carries it any more: it is read, and nothing happens to it.
    frozen_at = models.DateTimeField(_("sans personne depuis"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", verbose_name=_("réunie à"), null=True, blank=True, on_delete=models.SET_NULL, related_name="merged"
    )
    # The numbers of supports at which something happens: set when it is published, never changed after.
    steps = ArrayField(models.PositiveIntegerField(), default=list, blank=True, editable=False)
    # The first of them that is not reached; None before it is launched and beyond the last.
    next_step = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # When somebody last did something for it, and how often its team was asked whether it sleeps.
    active_at = models.DateTimeField(_("dernière activité"), default=timezone.now)
    asked_if_asleep = models.PositiveSmallIntegerField(default=0, editable=False)
    asked_if_asleep_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Said by its team once it ended: what changed or why it stops, what proves it, what was learnt.
    outcome = models.TextField(_("ce qui en est sorti"), max_length=5000, blank=True)
    proof = models.TextField(_("ce qui le montre"), max_length=2000, blank=True)
    lessons = models.TextField(_("ce qu’on en a appris"), max_length=5000, blank=True)
    ended_at = models.DateTimeField(_("fin"), null=True, blank=True)
    # Its supporters are still to be told that it succeeded, or is closed.
    end_to_tell = models.BooleanField(default=False, editable=False)
    # Folded from the deltas by a task, never incremented in a request.
    support_count = models.IntegerField(_("soutiens"), default=0)
    suspect_count = models.IntegerField(_("soutiens suspects"), default=0)
    supports_counted_at = models.DateTimeField(_("dernier compte"), null=True, blank=True)
    supports_told = models.IntegerField(_("soutiens annoncés à l’auteur"), default=0)
    supports_told_at = models.DateTimeField(null=True, blank=True)
    # Where it is, for what is near: that of the smallest place it belongs to, None for France. Kept by a trigger.
    latitude = models.FloatField(null=True, blank=True, editable=False)
    longitude = models.FloatField(null=True, blank=True, editable=False)
    # In which order it is shown (initiatives.ranking): a task writes it, nobody else. What its score is made of lately,
    # for « pourquoi je vois ceci »; its place in the first pages over all of France, None beyond; when it last had a
    # place of the new ones; the day on which the score is to be computed again.
    rank_score = models.FloatField(default=0, db_default=0, editable=False)
    rank_parts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)
    rank_place = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    rank_shown_at = models.DateTimeField(null=True, blank=True, editable=False)
    rank_due_on = models.DateField(null=True, blank=True, editable=False)
    rank_order = models.GeneratedField(
        expression=Coalesce(models.Value(_PLACED) - F("rank_place"), F("rank_score"), output_field=models.FloatField()),
        output_field=models.FloatField(),
        db_persist=True,
    )

    objects = InitiativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="national_project") | Q(region=None, department=None, commune=None),
                name="national_project_belongs_to_france",
            ),
            models.CheckConstraint(
                condition=~Q(kind="local_project")
                | Q(state="draft")
                | Q(region__isnull=False)
                | Q(department__isnull=False),
                name="local_project_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(commune=None) | Q(department__isnull=False),
                name="initiative_commune_in_department",
            ),
            models.CheckConstraint(
                # An initiative that never gathered five people is archived without having been public.
                condition=Q(state__in=["published", "succeeded", "closed"], published_at__isnull=False)
                | Q(state__in=["draft", "preparing", "submitted"], published_at=None)
                | Q(state="archived"),
                name="public_states_have_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["succeeded", "closed", "archived"]) | Q(ended_at__isnull=False),
                name="what_ended_has_its_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="preparing") | ~Q(nursery_key=""), name="a_preparing_initiative_has_a_secret_link"
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(state="archived"), name="a_merged_initiative_is_archived"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-support_count", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_supported",
            ),
            models.Index(
                fields=["-published_at", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_recent",
            ),
            models.Index(
                fields=["commune", "-published_at", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_commune",
            ),
            models.Index(
                fields=["department", "-published_at", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_department",
            ),
            models.Index(
                fields=["region", "-published_at", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_region",
            ),
            models.Index(
                fields=["-ended_at", "-id"],
                condition=Q(state="succeeded", withheld_at=None),
                name="initiative_succeeded",
            ),
            # The pages of territories: what is of a whole département or région, and what succeeded around.
            models.Index(
                fields=["department", "-rank_score", "-id"],
                condition=Q(state="published", withheld_at=None, commune=None, department__isnull=False),
                name="initiative_wide_department",
            ),
            models.Index(
                fields=["region", "-rank_score", "-id"],
                condition=Q(state="published", withheld_at=None, department=None, region__isnull=False),
                name="initiative_wide_region",
            ),
            models.Index(
                fields=["-rank_order", "-id"],
                condition=Q(state="published", withheld_at=None, department=None, region=None),
                name="initiative_of_france",
            ),
            models.Index(
                fields=["commune", "-ended_at", "-id"],
                condition=Q(state="succeeded", withheld_at=None, commune__isnull=False),
                name="initiative_done_commune",
            ),
            models.Index(
                fields=["department", "-ended_at", "-id"],
                condition=Q(state="succeeded", withheld_at=None, department__isnull=False),
                name="initiative_done_department",
            ),
            GistIndex(
                models.Func("longitude", "latitude", function="point"),
                condition=Q(state="succeeded", withheld_at=None, latitude__isnull=False),
                name="initiative_done_nearest",
            ),
            # What changed lately, for those who follow from elsewhere.
            models.Index(
                Greatest("updated_at", "published_at", "ended_at"),
                "id",
                condition=Q(published_at__isnull=False, withheld_at=None),
                name="initiative_changed",
            ),
            models.Index(fields=["id"], condition=Q(end_to_tell=True), name="initiative_end_to_tell"),
            models.Index(fields=["author", "-id"], name="initiative_author"),
            models.Index(fields=["id"], condition=Q(support_count__gte=F("next_step")), name="initiative_step_reached"),
            models.Index(fields=["launched_at"], condition=Q(state="preparing"), name="initiative_preparing"),
            # Read from its end for those that may sleep.
            models.Index(
                fields=["-active_at", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_active",
            ),
            models.Index(
                fields=["-rank_order", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_ranked",
            ),
            models.Index(
                fields=["commune", "-rank_score", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_ranked_commune",
            ),
            models.Index(
                fields=["department", "-rank_score", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_ranked_department",
            ),
            models.Index(
                fields=["region", "-rank_score", "-id"],
                condition=Q(state="published", withheld_at=None),
                name="initiative_ranked_region",
            ),
            models.Index(
                fields=["rank_due_on", "id"], condition=Q(rank_due_on__isnull=False), name="initiative_to_rank"
            ),
            models.Index(fields=["id"], condition=Q(rank_place__isnull=False), name="initiative_placed"),
            GistIndex(
                models.Func("longitude", "latitude", function="point"),
                condition=Q(state="published", withheld_at=None, latitude__isnull=False),
                name="initiative_nearest",
            ),
            models.Index(fields=["id"], condition=Q(support_count__gt=F("supports_told")), name="initiative_to_tell"),
            # Its author is gone, and nobody has been found yet.
            models.Index(fields=["id"], condition=Q(author=None, frozen_at=None), name="initiative_orphan"),
            GinIndex(TITLE_STEMS, condition=Q(state="published", withheld_at=None), name="initiative_title_stems"),
            GinIndex(
                OpClass(models.Func("title", function="unaccented"), name="gin_trgm_ops"),
                name="initiative_title_trigrams",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def slug(self) -> NumberedSlug:
        return numbered_slug(self.title, self.pk, "" if self.published_at else self.nursery_key)

    def get_absolute_url(self) -> str:
        return reverse("initiative", args=[self.slug])

    def is_carried_by(self, member) -> bool:
        return self.author_id == member.pk or self.co_organisers.filter(member=member).exists()

    @property
    def as_around(self) -> Around:
        """As what stands around a content of it."""
        return Around(gettext("L’initiative"), self.title, self.get_absolute_url(), self.summary)

    @property
    def territory(self) -> Region | Department | Commune | None:
        """Where it belongs: the smallest place; None is France."""
        return self.commune or self.department or self.region

    @property
    def is_open(self) -> bool:
        """May be supported."""
        gathers = self.state in (self.State.PREPARING, self.State.PUBLISHED)
        return gathers and self.withheld_at is None and self.frozen_at is None

    @property
    def is_live(self) -> bool:
        """Published and under way: things may happen to it."""
        return self.state == self.State.PUBLISHED and self.withheld_at is None and self.frozen_at is None

    @property
    def is_asleep(self) -> bool:
        """Archived, and may wake: it joined no other."""
        return self.state == self.State.ARCHIVED and self.merged_into_id is None

    @property
    def can_be_read(self) -> bool:
        """By anyone, or by whoever holds its secret link."""
        return self.is_public or self.is_by_link

    def is_read_by(self, member, *, key: str = "") -> bool:
        """Also by whoever holds its secret link."""
        return self.is_public or (self.is_by_link and key == self.nursery_key)

    @property
    def report_address(self) -> str:
        address = super().report_address
        return address if self.is_public else f"{address}?cle={self.nursery_key}"

    @property
    def is_shown(self) -> bool:
        return self.can_be_read

    @property
    def is_by_link(self) -> bool:
        """Read by whoever holds its secret link, and by nobody else."""
        return bool(self.nursery_key) and self.state in self.LINK_STATES and self.withheld_at is None

    @property
    def is_known(self) -> bool:
        """Whoever supports it has read its title: it is public, or had a secret link, even if it stopped since."""
        return self.withheld_at is None and (self.published_at is not None or bool(self.nursery_key))

    def apply_edit(self, changes: dict[str, str]) -> None:
        self.keep_version({name: [getattr(self, name), text] for name, text in changes.items()})
        super().apply_edit(changes)
        if "keywords" in changes:
            self.tags.set([word for word in changes["keywords"].split(", ") if word])

    def keep_version(self, changes: dict[str, list[str]]) -> None:
        """Keep what an edit changes, [before, after] by field, once others have read it; many supporters see it.

        What came of it, written when it ends, is no edit; mending that is one.
        """
        said_first = {name for name in ("outcome", "proof", "lessons") if not changes.get(name, ["-"])[0]}
        changes = {name: both for name, both in changes.items() if both[0] != both[1] and name not in said_first}
        if not changes or self.state == self.State.DRAFT:
            return
        count = type(self).objects.values_list("support_count", flat=True).get(pk=self.pk)
        # What is mended while it is withheld is what nobody may read.
        is_shown = count >= SHOWN_FROM and self.withheld_at is None
        kept = self.versions.create(changes=changes, support_count=count, is_shown=is_shown)
        details = {"version": kept.pk, "fields": sorted(changes), "is_shown": kept.is_shown}
        self.timeline.create(kind=TimelineEntry.Kind.EDITED, details=details)

    @property
    def scale(self) -> str:
        """How large its place is."""
        return self.territory._meta.model_name if self.territory else Scale.COUNTRY

    def launch(self) -> None:
        """From now on it is read by whoever holds its secret link, until five people are behind it."""
        self.state = self.State.PREPARING
        self.nursery_key = get_random_string(10, _LETTERS)
        self.next_step = LADDER[0]
        self.launched_at = self.active_at = timezone.now()
        self.save(update_fields=["state", "nursery_key", "next_step", "launched_at", "active_at"])
        self.timeline.create(kind=TimelineEntry.Kind.LAUNCHED)

    def publish(self) -> None:
        """Anyone may read it; its steps and what is promised at each are written, once and for ever.

        Of a draft whose launch waited for a moderator, it is the launch.
        """
        if self.state == self.State.DRAFT:
            self.launch()
            return
        is_new = self.published_at is None
        self.state = self.State.PUBLISHED
        self.published_at = self.published_at or timezone.now()
        self.active_at = timezone.now()
        # At once: once it is public, its steps do not change.
        steps = self._set_steps() if is_new else []
        self.save(update_fields=["state", "published_at", "active_at", *steps])
        if is_new:
            promises = Promise.objects.for_initiative(kind=self.kind, scale=self.scale)
            Milestone.objects.bulk_create(milestones_of(self, promises, count=self._first_count))
            self._tell_first_supporters()
            waited = self.published_at - (self.submitted_at or self.published_at)
            self.timeline.create(
                kind=TimelineEntry.Kind.PUBLISHED,
                happened_at=self.published_at,
                details={"waited_seconds": round(waited.total_seconds())},
            )

    def _tell_first_supporters(self) -> None:
        """They made it public: whoever let it through, the filter or a moderator, they hear of it."""
        tell_many(
            self.supports.confirmed().exclude(member=self.author_id).values_list("member_id", flat=True),
            kind="initiative_public",
            key=f"public-{self.pk}",
            context={
                "title": self.title,
                "url": self.get_absolute_url(),
                "next_step": self.next_step,
            },
            about=self,
        )

    def _set_steps(self) -> list[str]:
        self.steps = ladder_for(self.territory.population if self.territory else None)
        self.next_step = next((step for step in self.steps if step > self._first_count), None)
        return ["steps", "next_step"]

    @property
    def _first_count(self) -> int:
        # The first step is there when the initiative is published; a task finds any other, and tells of it.
        return min(self.support_count, LADDER[0])

    def withhold(self) -> None:
        super().withhold()
        self.timeline.create(kind=TimelineEntry.Kind.WITHHELD)
        # What led to it may stand in any difference: each is shown again by whoever has read it.
        self.versions.filter(is_shown=True).update(
            is_shown=False, hidden_at=timezone.now(), hidden_reason=gettext("l’initiative a été retirée depuis.")
        )
        self._move_photos()
        # What its supporters were about to read of it is told once it is back.
        # One that is being told at this very moment is waited for.
        recent = Q(told_at=None) | Q(told_at__gte=timezone.now() - _UNREAD)
        for update in self.updates.public().filter(recent).select_for_update(no_key=True):
            if update.is_about_to_be_read:
                update.take_back()

    def restore(self) -> None:
        super().restore()
        self.timeline.create(kind=TimelineEntry.Kind.RESTORED)
        self._move_photos()

    def _move_photos(self) -> None:
        """A veil over the page is over its images: their files leave the public place, and come back to it."""
        for photo in self.photos.all():
            photo.move_files_after_commit()
