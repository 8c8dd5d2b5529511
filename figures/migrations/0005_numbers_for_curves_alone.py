"""What is beside each text, for curves, is without what it says of moderation too."""

from django.db import migrations

_SUMMARY = """
CREATE OR REPLACE FUNCTION figures_sum_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.summary := NEW.body::jsonb - %s;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("figures", "0004_a_merger_withdraws_nothing")]
    operations = [
        migrations.RunSQL(_SUMMARY % "'{places,moderation}'::text[]", _SUMMARY % "'places'"),
    ]
