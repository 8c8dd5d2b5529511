"""The files that anyone may take away, made by several at once, on real connections."""

from opendata import files
from opendata.columns import TABLES
from opendata.models import DataFile


def test_two_tasks_at_once_make_them_once(at_once, vitre_committed):
    done = at_once(lambda _: files.make_due(), range(3))
    # Whoever comes after the first has made some finds them made, or being made.
    assert sum(done) == len(TABLES)
    assert DataFile.objects.count() == sum(len(table.forms) for table in TABLES)
