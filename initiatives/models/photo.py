import logging
from urllib.parse import urljoin

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import images
from moderation.models import ModeratedContent, ModeratedQuerySet

logger = logging.getLogger(__name__)


class PhotoQuerySet(ModeratedQuerySet):
    def misplaced(self):
        """… whose files are not where they should be: public when they are withheld, or the other way."""
        public = Q(published_at__isnull=False, withheld_at=None, initiative__withheld_at=None)
        return self.filter(Q(public, is_open=False) | Q(~public, is_open=True))


class Photo(ModeratedContent):
    """A picture of an initiative, re-encoded by us in three widths: no metadata, no position, no other format.

    `name` is what the files of its widths are called by; `core.images` says how. They are written where only the site
    reads them, and moved to where anyone does once it is public: what is withheld has no public file.
    """

    class Use(models.TextChoices):
        COVER = "cover", _("en tête")
        TEXT = "text", _("dans la page")
        OUTCOME = "outcome", _("ce qui en est sorti")

    #: In which folder their files are.
    FOLDER = "initiatives"

    screened_fields = ("alternative",)

    initiative = models.ForeignKey(
        "initiatives.Initiative", on_delete=models.CASCADE, related_name="photos", db_index=False
    )
    use = models.CharField(_("où"), max_length=8, choices=Use)
    name = models.CharField(max_length=60, editable=False, unique=True)
    #: Pixels of the widest one.
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)
    alternative = models.CharField(_("ce que montre l’image"), max_length=200)
    #: Whether its files are where anyone reads them.
    is_open = models.BooleanField(default=False, editable=False)

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

    def __str__(self) -> str:
        return self.alternative

    def get_absolute_url(self) -> str:
        return self.initiative.get_absolute_url()

    def publish(self) -> None:
        super().publish()
        self.move_files_after_commit()

    def withhold(self) -> None:
        super().withhold()
        self.move_files_after_commit()

    def restore(self) -> None:
        super().restore()
        self.move_files_after_commit()

    def move_files_after_commit(self) -> None:
        """Once the transaction has ended well; a task does what failed (`initiatives.tasks.place_photos`)."""
        pk = self.pk

        def move() -> None:
            try:
                move_files(pk)
            except OSError:
                logger.exception("The files of photo %d could not be moved.", pk)

        transaction.on_commit(move)

    def address(self, width: int) -> str:
        """Where this reader finds it: the public file, else the page that asks who they are."""
        if self.is_open and self.is_public:
            return images.address(self.name, width)
        return reverse("initiative_photo_file", args=[self.initiative.slug, self.pk, width])

    @property
    def narrowest(self) -> str:
        return self.address(images.widths_of(self.width)[0])

    @property
    def widest(self) -> str:
        return self.address(self.width)

    @property
    def srcset(self) -> str:
        """All its widths, as a browser chooses among them."""
        return ", ".join(f"{self.address(width)} {width}w" for width in images.widths_of(self.width))

    @property
    def full_widest(self) -> str:
        """The widest one with the site's address: for networks on which a link to the page is shared."""
        return urljoin(settings.SITE_ADDRESS, self.widest)

    @property
    def illustration(self) -> str:
        return self.narrowest


@transaction.atomic
def move_files(pk: int) -> None:
    """Put the files of a photo where its state wants them. Harmless twice; the row is locked meanwhile."""
    photo = Photo.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if photo is None:
        return
    # Read after the lock, not with it: what is joined to a locked row is as it was before the wait.
    is_open = photo.is_public and photo.initiative.withheld_at is None
    images.place(photo.name, photo.width, is_public=is_open)
    if photo.is_open != is_open:
        photo.is_open = is_open
        photo.save(update_fields=["is_open"])
