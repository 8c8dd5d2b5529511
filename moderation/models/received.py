"""What was lately received, in short: who writes the same thing from many accounts, or too much at once."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Member


class ReceivedText(models.Model):
    """What a content looked like when it was received (moderation.likeness): numbers alone, erased after 30 days."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    author = models.ForeignKey(Member, verbose_name=_("auteur"), on_delete=models.CASCADE, related_name="+")
    signature = ArrayField(models.IntegerField())
    #: What is equal in two texts that look alike; none for a short text, which looks like too many.
    keys = ArrayField(models.IntegerField())
    received_at = models.DateTimeField(_("réception"), default=timezone.now)

    class Meta:
        verbose_name = _("texte reçu")
        verbose_name_plural = _("textes reçus")
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id"], name="one_received_text_per_content")
        ]
        indexes = [
            GinIndex(fields=["keys"], name="received_text_keys"),
            models.Index(fields=["author", "-received_at"], name="received_text_of_author"),
            models.Index(fields=["received_at"], name="received_text_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
