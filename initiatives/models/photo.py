from urllib.parse import urljoin

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from initiatives.models.traces import Traced
from moderation.models import Around, ModeratedQuerySet
from moderation.pictures import ModeratedPicture


class PhotoQuerySet(ModeratedQuerySet):
    def misplaced(self):
        """… whose files are not where they should be: public when they are withheld, or the other way."""
        public = Q(published_at__isnull=False, withheld_at=None, initiative__withheld_at=None)
        return self.filter(Q(public, is_open=False) | Q(~public, is_open=True))


class Photo(Traced, ModeratedPicture):
    """A picture of an initiative."""

    class Use(models.TextChoices):
        COVER = "cover", _("en tête")
        TEXT = "text", _("dans la page")
        OUTCOME = "outcome", _("ce qui en est sorti")

    notice_slug = "image"
    FOLDER = "initiatives"

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="photos", db_index=False
    )
    use = models.CharField(_("où"), max_length=8, choices=Use)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["initiative"], condition=Q(use="cover"), name="one_cover"),
            models.CheckConstraint(condition=~Q(alternative=""), name="a_photo_says_what_it_shows"),
        ]
        indexes = [models.Index(fields=["initiative", "use", "id"], name="photo_of_initiative")]

    def get_absolute_url(self) -> str:
        return self.initiative.get_absolute_url()

    def around(self) -> list[Around]:
        return [self.initiative.as_around]

    def is_read_by(self, member, *, key: str = "") -> bool:
        """As its initiative is."""
        return self.is_public and self.initiative.is_read_by(member, key=key)

    @property
    def author_address(self) -> str:
        """The page of pictures, as long as its author carries the initiative. One query at most."""
        by = self.author_id
        carries = self.initiative.author_id == by or self.initiative.co_organisers.filter(member=by).exists()
        return reverse("initiative_photos", args=[self.initiative.slug]) if carries else self.get_absolute_url()

    @property
    def is_housed(self) -> bool:
        return self.initiative.withheld_at is None

    def private_address(self, width: int) -> str:
        return reverse("initiative_photo_file", args=[self.initiative.slug, self.pk, width])

    @property
    def full_widest(self) -> str:
        """The widest one with the site's address: for networks on which a link to the page is shared."""
        return urljoin(settings.SITE_ADDRESS, self.widest)
