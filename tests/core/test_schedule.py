"""What the schedule asks of workers."""

from celery.schedules import crontab
from django.conf import settings


def test_workers_that_were_away_find_no_pile_of_tasks():
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        every_night = isinstance(entry["schedule"], crontab)
        seconds = 24 * 60 * 60 if every_night else entry["schedule"]
        assert 0 < entry["options"]["expires"] <= max(10, seconds), name


def test_a_task_that_hangs_is_ended_before_the_broker_gives_it_to_another():
    """Redis gives a task again after an hour without an answer."""
    assert 0 < settings.CELERY_TASK_TIME_LIMIT < 60 * 60
