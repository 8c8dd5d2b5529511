from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models import ModeratedContent


class Photo(ModeratedContent):
    """A picture of an initiative, re-encoded by us in three widths: no metadata, no position, no other format.

    `name` is what the files of its widths are called by; `core.images` says how.
    """

    class Use(models.TextChoices):
        COVER = "cover", _("en tête")
        TEXT = "text", _("dans la page")
        OUTCOME = "outcome", _("ce qui en est sorti")

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
