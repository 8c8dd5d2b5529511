from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from notifications.services import take_back


class AnnouncementQuerySet(models.QuerySet):
    def to_tell(self):
        """… of what may be read: what a moderator withheld meanwhile is told once it is restored."""
        return self.filter(initiative__withheld_at=None)

    def take_back(self, key: str) -> None:
        """Nobody is told any more what has not left yet. A slice that is being told is waited for."""
        self.filter(key=key).delete()
        take_back(key)


class Announcement(models.Model):
    """What the supporters of an initiative are being told, written with the act itself and erased once all know.

    They are told in the order of their numbers, by slices: `after` is the last one who was.
    """

    initiative = models.ForeignKey("initiatives.Initiative", on_delete=models.CASCADE, related_name="announcements")
    #: As `notifications.services.tell_many` takes them.
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    context = models.JSONField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    #: The numbers of those who know.
    but = ArrayField(models.BigIntegerField(), default=list)
    after = models.BigIntegerField(default=0)

    objects = AnnouncementQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key
