"""What a support that begins or ceases to count says of the link it came by, by the trigger of supports."""

from django.db import migrations

WITH_SOURCE = """
CREATE OR REPLACE FUNCTION initiatives_write_support_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.initiative_id, OLD.commune_id) IS NOT DISTINCT FROM (NEW.initiative_id, NEW.commune_id)
    THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, source, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id,
            (coalesce(NEW.confirmed_at, OLD.confirmed_at) AT TIME ZONE 'Europe/Paris')::date, NEW.source,
            (NEW.state = 'confirmed')::int - (OLD.state = 'confirmed')::int,
            (NEW.state = 'suspect')::int - (OLD.state = 'suspect')::int
        );
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, source, confirmed, suspect)
        VALUES (
            OLD.initiative_id, OLD.commune_id, (OLD.confirmed_at AT TIME ZONE 'Europe/Paris')::date, OLD.source,
            -(OLD.state = 'confirmed')::int, -(OLD.state = 'suspect')::int
        );
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, source, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id, (NEW.confirmed_at AT TIME ZONE 'Europe/Paris')::date, NEW.source,
            (NEW.state = 'confirmed')::int, (NEW.state = 'suspect')::int
        );
    END IF;
    RETURN NULL;
END $$;
"""

WITHOUT_SOURCE = """
CREATE OR REPLACE FUNCTION initiatives_write_support_delta() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.initiative_id, OLD.commune_id) IS NOT DISTINCT FROM (NEW.initiative_id, NEW.commune_id)
    THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id,
            (coalesce(NEW.confirmed_at, OLD.confirmed_at) AT TIME ZONE 'Europe/Paris')::date,
            (NEW.state = 'confirmed')::int - (OLD.state = 'confirmed')::int,
            (NEW.state = 'suspect')::int - (OLD.state = 'suspect')::int
        );
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            OLD.initiative_id, OLD.commune_id, (OLD.confirmed_at AT TIME ZONE 'Europe/Paris')::date,
            -(OLD.state = 'confirmed')::int, -(OLD.state = 'suspect')::int
        );
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'pending' THEN
        INSERT INTO initiatives_supportdelta (initiative_id, commune_id, day, confirmed, suspect)
        VALUES (
            NEW.initiative_id, NEW.commune_id, (NEW.confirmed_at AT TIME ZONE 'Europe/Paris')::date,
            (NEW.state = 'confirmed')::int, (NEW.state = 'suspect')::int
        );
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0047_where_supports_come_from")]
    operations = [migrations.RunSQL(WITH_SOURCE, WITHOUT_SOURCE)]
