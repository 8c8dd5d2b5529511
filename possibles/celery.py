"""The Celery application: tasks make sooner what the tables already say is due.

Without REDIS_URL every task runs where it is called (CELERY_TASK_ALWAYS_EAGER), after commit;
`celery -A possibles beat` then runs the schedule in its own process.
"""

import os

from celery import Celery, Task
from celery.signals import task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "possibles.settings")

app = Celery("possibles")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@task_prerun.connect
def begin_as_a_request_does(sender: Task, **_about) -> None:
    """A worker keeps its connection (CELERY_DB_REUSE_MAX): as a request does, a task leaves one that broke."""
    if not sender.request.is_eager:
        close_old_connections()
