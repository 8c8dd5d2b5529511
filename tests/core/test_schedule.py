"""What the schedule asks of workers."""

from django.conf import settings


def test_workers_that_were_away_find_no_pile_of_tasks():
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert 0 < entry["options"]["expires"] <= max(10, entry["schedule"]), name


def test_a_task_that_hangs_is_ended_before_the_broker_gives_it_to_another():
    """Redis gives a task again after an hour without an answer."""
    assert 0 < settings.CELERY_TASK_TIME_LIMIT < 60 * 60
