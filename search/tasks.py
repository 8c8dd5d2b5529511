from celery import shared_task

from search import words
from search.services import mend


@shared_task
def add_words() -> int:
    """New words become known to whoever mistypes them within minutes."""
    return words.add_words()


@shared_task
def look_after_entries() -> int:
    """Each night: entries that two crossing transactions left behind, then the words, counted anew."""
    mended = mend()
    words.count_words()
    return mended
