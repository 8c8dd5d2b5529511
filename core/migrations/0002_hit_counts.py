"""Counts of what happens in windows of time. The table is not journalled: what it holds may be lost in a crash."""

from django.db import migrations, models

# Half of each page stays free, so that counting again rewrites the row in its page and touches no index. A hot row
# leaves thousands of dead versions a minute: autovacuum comes for a fixed number of them, whatever the table's size.
TABLE = """
CREATE UNLOGGED TABLE core_hitcount (
    key text PRIMARY KEY,
    hits integer NOT NULL,
    ends_at timestamp with time zone NOT NULL
) WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_postgresql")]
    operations = [
        migrations.RunSQL(
            TABLE,
            "DROP TABLE core_hitcount",
            state_operations=[
                migrations.CreateModel(
                    name="HitCount",
                    fields=[
                        ("key", models.TextField(primary_key=True, serialize=False)),
                        ("hits", models.IntegerField()),
                        ("ends_at", models.DateTimeField()),
                    ],
                ),
            ],
        ),
    ]
