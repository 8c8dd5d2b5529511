"""The Celery application: tasks make sooner what the tables already say is due.

Without REDIS_URL every task runs where it is called (CELERY_TASK_ALWAYS_EAGER), after commit;
`celery -A possibles beat` then runs the schedule in its own process.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "possibles.settings")

app = Celery("possibles")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
