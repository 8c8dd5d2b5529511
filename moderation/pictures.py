"""A picture that people send, moderated by what it is said to show; its files follow what may be seen of it."""

import logging
from typing import ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core import images
from moderation.models import ModeratedContent

logger = logging.getLogger(__name__)


class ModeratedPicture(ModeratedContent):
    """Re-encoded by us in three widths: no metadata, no position, no other format.

    `name` is what the files of its widths are called by; `core.images` says how. They are written where only the site
    reads them, and moved to where anyone does once it is public: what is withheld has no public file. A subclass says
    in which `FOLDER` they are, whether `is_housed`, and where who may see it finds a file that is not public
    (`private_address`).
    """

    #: In which folder their files are.
    FOLDER: ClassVar[str]

    screened_fields = ("alternative",)
    is_picture = True

    name = models.CharField(max_length=60, editable=False, unique=True)
    #: Pixels of the widest one.
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)
    alternative = models.CharField(_("ce que montre l’image"), max_length=200)
    #: Whether its files are where anyone reads them.
    is_open = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.alternative

    @property
    def is_housed(self) -> bool:
        """Whether what it belongs to may be read by anyone."""
        raise NotImplementedError

    def private_address(self, width: int) -> str:
        raise NotImplementedError

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
        """Once the transaction has ended well; a task does what failed (`place_files`)."""
        model, pk = type(self), self.pk

        def move() -> None:
            try:
                move_files(model, pk)
            except OSError:
                logger.exception("The files of %s %d could not be moved.", model.__name__, pk)

        transaction.on_commit(move)

    def address(self, width: int) -> str:
        """Where this reader finds it: the public file, else the page that asks who they are."""
        if self.is_open and self.is_public:
            return images.address(self.name, width)
        return self.private_address(width)

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
    def illustration(self) -> str:
        return self.narrowest


@transaction.atomic
def move_files(model: type[ModeratedPicture], pk: int) -> None:
    """Put the files of a picture where its state wants them. Harmless twice; the row is locked meanwhile."""
    picture = model.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if picture is None:
        return
    # Read after the lock, not with it: what is joined to a locked row is as it was before the wait.
    is_open = picture.is_public and picture.is_housed
    images.place(picture.name, picture.width, is_public=is_open)
    if picture.is_open != is_open:
        picture.is_open = is_open
        picture.save(update_fields=["is_open"])


def place_files(misplaced: models.QuerySet[ModeratedPicture]) -> int:
    """For a task: move the files that a failure left where they should not be. Returns how many pictures."""
    moved = 0
    for pk in misplaced.order_by("pk").values_list("pk", flat=True)[:200]:
        try:
            move_files(misplaced.model, pk)
            moved += 1
        except OSError:
            # The others do not wait for it.
            logger.exception("The files of %s %d could not be moved.", misplaced.model.__name__, pk)
    return moved


def forget_orphans(model: type[ModeratedPicture]) -> int:
    """For a task: erase old files of pictures that are gone, or never were. Returns how many files."""

    def known(names: set[str]) -> set[str]:
        return set(model.objects.filter(name__in=names).values_list("name", flat=True))

    return images.forget_orphans(model.FOLDER, known)
