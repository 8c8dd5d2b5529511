"""The schedule, in production: Celery's own, whose health can be asked from outside."""

from pathlib import Path

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Touches `<schedule>.alive` at each of its turns, at most five minutes apart."""

    def tick(self, *args, **kwargs) -> float:
        Path(f"{self.schedule_filename}.alive").touch()
        return super().tick(*args, **kwargs)
