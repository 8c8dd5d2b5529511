from celery import shared_task

from opendata import files


@shared_task
def make_files() -> None:
    """The files of all rows are of this night; those before are erased."""
    files.make_due()
