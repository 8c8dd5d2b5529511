from django.db import migrations

# What the database refuses, whoever asks: a decision on what one wrote or reported. Closing what is erased decides
# nothing. Only new rows are asked: what was decided before stays in the log.
JUDGE = """
CREATE FUNCTION moderation_decider() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_id = NEW.author_id OR EXISTS (
        SELECT FROM moderation_notice
        WHERE member_id = NEW.by_id AND content_type_id = NEW.content_type_id AND object_id = NEW.object_id
    ) THEN
        RAISE EXCEPTION 'nobody decides upon what they have a part in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moderation_decider BEFORE INSERT ON moderation_decision
    FOR EACH ROW WHEN (NEW.by_id IS NOT NULL AND NEW.verb <> 'close') EXECUTE FUNCTION moderation_decider();
"""
NO_JUDGE = """
DROP TRIGGER moderation_decider ON moderation_decision;
DROP FUNCTION moderation_decider();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0021_received_texts")]

    operations = [migrations.RunSQL(JUDGE, NO_JUDGE)]
