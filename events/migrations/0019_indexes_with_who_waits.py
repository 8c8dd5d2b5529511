"""A place that somebody waits for is not free: the indexes of the map say whether somebody does."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_ON_THE_MAP = models.Q(cancelled_at=None, published_at__isnull=False, withheld_at=None)
_NOT_OVER = _ON_THE_MAP & models.Q(left_map_at=None)
_COLUMNS = ("kind", "theme", "commune", "department", "capacity", "attendee_count", "held_count", "waiting_count")


def _anew(name: str, fields: list[str], include: tuple[str, ...]) -> list:
    """The index made again beside the former one, which serves until it is there."""
    index = models.Index(fields=fields, include=(*include, *_COLUMNS), condition=_NOT_OVER, name=f"{name}_anew")
    return [
        AddIndexConcurrently(model_name="event", index=index),
        RemoveIndexConcurrently(model_name="event", name=name),
        migrations.RenameIndex(model_name="event", new_name=name, old_name=f"{name}_anew"),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("events", "0018_labels_and_removals")]

    operations = [
        *_anew("event_box", ["latitude", "longitude"], ("id", "starts_at", "ends_at")),
        *_anew("event_days", ["starts_at", "id"], ("ends_at", "latitude", "longitude")),
    ]
