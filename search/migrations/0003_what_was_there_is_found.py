"""What anyone may read already gets its entry."""

from django.db import migrations

_ALL = """
SELECT search_index_initiatives(ARRAY(SELECT id FROM initiatives_initiative WHERE published_at IS NOT NULL));
SELECT search_index_events(ARRAY(SELECT id FROM events_event WHERE published_at IS NOT NULL));
SELECT search_index_discussions(ARRAY(SELECT id FROM initiatives_contribution WHERE parent_id IS NULL));
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0002_kept_by_the_database")]
    operations = [migrations.RunSQL(_ALL, "DELETE FROM search_entry")]
