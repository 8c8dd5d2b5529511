"""Squares are counted for each kind and theme where a place is left, too: all of them once more."""

from django.db import migrations

_AGAIN = """
INSERT INTO events_stalecell (x, y, noted_at) SELECT x, y, now() FROM events_mapcell WHERE zoom = 8 AND facet = ''
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0016_who_looks_after_partners")]
    operations = [migrations.RunSQL(_AGAIN, migrations.RunSQL.noop)]
