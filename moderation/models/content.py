"""What a content must offer to be moderated."""

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ModeratedQuerySet(models.QuerySet):
    def public(self):
        """… that anyone may read."""
        return self.filter(published_at__isnull=False, withheld_at=None)

    def visible_to(self, member, *, moderating: bool = False):
        """… that this member (or AnonymousUser) may read: what is public, and what is theirs.

        `moderating` reads all: see `moderation.access`, which asks for more than a permission.
        """
        if moderating:
            return self
        if not member.is_authenticated:
            return self.public()
        return self.filter(Q(published_at__isnull=False, withheld_at=None) | Q(author=member))


@dataclass(frozen=True)
class Around:
    """What stands around a content where it is read: what it answers, what it is about."""

    label: str
    title: str
    address: str
    text: str = ""


class ModeratedContent(models.Model):
    """A text that citizens write and others read.

    A subclass names its `screened_fields`, has an address and a title, and may extend `publish`. Withholding is a veil
    over whatever state the content is in: lifting it restores everything as it was.
    """

    screened_fields: ClassVar[tuple[str, ...]] = ()
    #: What names its sort in the address where it is reported; empty for what nobody else reads.
    notice_slug: ClassVar[str] = ""
    #: Read by two sides alone: moderators read it by itself, once it is reported, and no words of ours stand above it.
    is_private: ClassVar[bool] = False
    #: Messages speak of what is seen, not of a text that is read.
    is_picture: ClassVar[bool] = False

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("auteur"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="%(class)ss",
    )
    created_at = models.DateTimeField(_("création"), default=timezone.now)
    updated_at = models.DateTimeField(_("modification"), default=timezone.now)
    published_at = models.DateTimeField(_("publication"), null=True, blank=True)
    withheld_at = models.DateTimeField(_("retrait"), null=True, blank=True)
    #: Withheld for good: its author does not mend it any more.
    removed_at = models.DateTimeField(_("retrait définitif"), null=True, blank=True, editable=False)
    #: What a moderator says above it, to whoever reads it.
    label = models.CharField(_("mention"), max_length=200, blank=True, db_default="", default="", editable=False)

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    @property
    def author_address(self) -> str:
        """Where its author finds it, whatever a moderator decided."""
        return self.get_absolute_url()

    @property
    def full_address(self) -> str:
        """With the site's own, to share or to write in a message."""
        return f"{settings.SITE_ADDRESS}{self.get_absolute_url()}"

    @property
    def sort_name(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def is_public(self) -> bool:
        return self.published_at is not None and self.withheld_at is None

    def is_read_by(self, member, *, key: str = "") -> bool:
        """Whether this member (or AnonymousUser) reads it where it stands, and so may report it.

        `key` is what ends a secret address, for what is read by link.
        """
        return self.is_public

    @property
    def is_shown(self) -> bool:
        """Whether others than its author read it: anyone, or whoever holds its link."""
        return self.is_public

    @property
    def report_address(self) -> str:
        """Where it is reported."""
        return reverse("notice_report", args=[self.notice_slug, self.pk])

    @property
    def label_address(self) -> str:
        """Why there are words of ours above it."""
        return reverse("label_statement", args=[self.notice_slug, self.pk])

    def texts(self) -> dict[str, str]:
        """What the filter and the moderators read, by field name."""
        return {name: getattr(self, name) for name in self.screened_fields}

    @property
    def housing(self) -> "ModeratedContent | None":
        """What it belongs to: its initiative, or its event; None when it stands alone."""
        return getattr(self, "initiative", None) or getattr(self, "event", None)

    @property
    def department_code(self) -> str | None:
        """The département for whose people it is, its own or that of what it belongs to; None: for everyone."""
        own = getattr(self, "department_id", None)
        housing = None if own else self.housing
        return own or (housing.department_code if housing else None)

    def is_carried_by(self, member) -> bool:
        """Whether this member wrote it, or organises what it belongs to. A query or two."""
        return self.author_id == member.pk or (self.housing is not None and self.housing.is_carried_by(member))

    @property
    def illustration(self) -> str:
        """The address of a picture to be judged with the texts; empty for what has none."""
        return ""

    def around(self) -> list[Around]:
        """What a moderator has to read with it to understand it; a fixed number of queries."""
        return []

    @property
    def verdict_scope(self) -> str:
        """How much else a verdict on it decides, in words for whoever decides; empty when it is of itself alone."""
        return ""

    @property
    def edit_scope(self) -> str:
        """The same of an edit of it that is accepted."""
        return ""

    def hold(self) -> None:
        """Lock, just before its own row is, the other rows that a verdict on it changes; always in one same order."""

    def publish(self) -> None:
        """Anyone may read it from now on."""
        self.published_at = self.published_at or timezone.now()
        self.save(update_fields=["published_at"])

    def withhold(self) -> None:
        """Nobody but its author and the moderators reads it."""
        self.withheld_at = timezone.now()
        self.save(update_fields=["withheld_at"])

    def remove(self) -> None:
        """Withheld, and its author does not mend it any more."""
        if self.withheld_at is None:
            self.withhold()
        self.removed_at = timezone.now()
        self.save(update_fields=["removed_at"])

    def restore(self) -> None:
        """As it was before it was withheld."""
        self.withheld_at = self.removed_at = None
        self.save(update_fields=["withheld_at", "removed_at"])

    def say_above(self, label: str) -> None:
        """Its readers read this above it; nothing, once it is empty."""
        self.label = label
        self.save(update_fields=["label"])

    def apply_edit(self, changes: dict[str, str]) -> None:
        """Replace texts by their accepted version."""
        for name, text in changes.items():
            setattr(self, name, text)
        self.updated_at = timezone.now()
        self.save(update_fields=[*changes, "updated_at"])
