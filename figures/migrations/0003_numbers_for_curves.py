"""Beside each text, its numbers without places: a curve of a year does not read a year of places."""

from django.db import migrations, models


WITH_SUMMARY = """
CREATE FUNCTION figures_sum_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.summary := NEW.body::jsonb - 'places';
    RETURN NEW;
END $$;

CREATE TRIGGER snapshot_is_summed_up BEFORE INSERT ON figures_snapshot
    FOR EACH ROW EXECUTE FUNCTION figures_sum_up();
"""

WITHOUT_SUMMARY = """
DROP TRIGGER snapshot_is_summed_up ON figures_snapshot;
DROP FUNCTION figures_sum_up();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('figures', '0002_written_once_and_chained'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='summary',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.RunSQL(WITH_SUMMARY, WITHOUT_SUMMARY),
    ]
