"""Who read something private is written once, and erased after a year, not before: triggers hold it, whoever asks."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION members_keep_reading() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed members_accessrecord;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        allowed := OLD;
        -- Its reader has left.
        allowed.by_id := NULL;
        IF NEW IS NOT DISTINCT FROM allowed OR NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' AND OLD.at < now() - interval '365 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a reading is written once, and kept for a year'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER reading_is_written_once BEFORE UPDATE OR DELETE ON members_accessrecord
    FOR EACH ROW EXECUTE FUNCTION members_keep_reading();
CREATE TRIGGER readings_are_never_emptied BEFORE TRUNCATE ON members_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION members_keep_reading();
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER readings_are_never_emptied ON members_accessrecord;
DROP TRIGGER reading_is_written_once ON members_accessrecord;
DROP FUNCTION members_keep_reading();
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0008_readings")]
    operations = [migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS)]
