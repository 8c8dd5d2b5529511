"""The log is written once, and each decision is sealed to the one before it: triggers hold it, whoever writes.

    INSERT decision    says whether it is of the demonstration (then it is not part of the log)
    COMMIT             1. each decision gets its link, with the digests of what may be erased one day
                       2. each link takes the lock of the log, reads the last one, gets its number and its hash

The second step is queued by the first, while the transaction ends: what other rows still wait for (foreign keys) is done
before, so that nobody who holds this lock waits for anything else. The lock goes once the rows can be read.

`moderation.chain` writes the same lines in Python, and compares.
"""

from django.db import migrations, transaction

BATCH = 10_000

FUNCTIONS = """
-- Values as one text that no other values make: 3:abc,-,0:, for abc, NULL and an empty one.
CREATE FUNCTION moderation_joined(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(CASE WHEN part IS NULL THEN '-,' ELSE octet_length(part) || ':' || part || ',' END, ''
                      ORDER BY place)
    FROM unnest(parts) WITH ORDINALITY AS given(part, place)
$$;

CREATE FUNCTION moderation_digest(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(moderation_joined(VARIADIC parts), 'UTF8')), 'hex')
$$;

CREATE FUNCTION moderation_moment(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
$$;

CREATE FUNCTION moderation_open_link(decided bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    d moderation_decision;
    by_salt uuid := gen_random_uuid();
    author_salt uuid := gen_random_uuid();
    texts_salt uuid := gen_random_uuid();
BEGIN
    SELECT * INTO STRICT d FROM moderation_decision WHERE id = decided;
    INSERT INTO moderation_link
        (decision_id, hash, salt, by_salt, by_digest, author_salt, author_digest, texts_salt, texts_digest)
    VALUES (
        d.id, '', gen_random_uuid(),
        by_salt, moderation_digest(by_salt::text, d.by_id::text),
        author_salt, moderation_digest(author_salt::text, d.author_id::text),
        texts_salt, moderation_digest(texts_salt::text, d.texts::text)
    );
END $$;

-- A plan made while the table was small would read all of it for its last row, for as long as a connection lives.
CREATE FUNCTION moderation_close_link(decided bigint) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    d moderation_decision;
    l moderation_link;
    last_sequence bigint;
    last_hash text;
    stated text;
    record text;
    line text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('moderation/log', 0));
    SELECT sequence, hash INTO last_sequence, last_hash FROM moderation_link
        WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1;
    SELECT * INTO STRICT d FROM moderation_decision WHERE id = decided;
    SELECT * INTO STRICT l FROM moderation_link WHERE decision_id = decided;
    SELECT fields::text INTO stated FROM moderation_statement WHERE decision_id = decided;
    record := moderation_digest(
        l.salt::text, d.id::text, d.case_id::text, d.content_type_id::text, d.object_id::text, d.rule, d.rule_version,
        d.reason, d.facts, d.reverses_id::text, moderation_moment(d.made_at), moderation_moment(d.until),
        l.by_digest, l.author_digest, l.texts_digest, stated
    );
    last_sequence := coalesce(last_sequence, 0) + 1;
    line := moderation_joined(
        '1', last_sequence::text, to_char(d.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), d.verb, d.ground, d.source,
        d.automated::text, record
    );
    UPDATE moderation_link
        SET sequence = last_sequence, hash = moderation_digest(coalesce(last_hash, ''), line)
        WHERE decision_id = decided;
END $$;

CREATE FUNCTION moderation_seal(decided bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM moderation_open_link(decided);
    PERFORM moderation_close_link(decided);
END $$;

CREATE FUNCTION moderation_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION moderation_know_demonstration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_demonstration := coalesce(
        (SELECT is_demonstration FROM members_member WHERE id = NEW.author_id), false
    );
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_begin_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM moderation_open_link(NEW.id);
    RETURN NULL;
END $$;

CREATE FUNCTION moderation_end_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM moderation_close_link(NEW.decision_id);
    RETURN NULL;
END $$;

-- Who decided, who wrote and the texts may be emptied: their salts go with them, and nothing else changes.
CREATE FUNCTION moderation_keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed moderation_decision := OLD;
BEGIN
    IF NEW.by_id IS NULL THEN allowed.by_id := NULL; END IF;
    IF NEW.author_id IS NULL THEN allowed.author_id := NULL; END IF;
    IF NEW.texts = '{}' THEN allowed.texts := '{}'; END IF;
    IF NEW IS DISTINCT FROM allowed THEN
        RAISE EXCEPTION 'a decision is written once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        UPDATE moderation_link SET
            by_salt = CASE WHEN NEW.by_id IS DISTINCT FROM OLD.by_id THEN NULL ELSE by_salt END,
            author_salt = CASE WHEN NEW.author_id IS DISTINCT FROM OLD.author_id THEN NULL ELSE author_salt END,
            texts_salt = CASE WHEN NEW.texts IS DISTINCT FROM OLD.texts THEN NULL ELSE texts_salt END
            WHERE decision_id = NEW.id;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION moderation_goes_with_demonstration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM moderation_decision WHERE id = OLD.decision_id AND is_demonstration) THEN
        RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;

-- Evidence is emptied at its date, held or let go; what it is of never changes.
CREATE FUNCTION moderation_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed moderation_evidence := OLD;
BEGIN
    allowed.held_at := NEW.held_at;
    allowed.held_reason := NEW.held_reason;
    IF NEW.sealed_by_id IS NULL THEN allowed.sealed_by_id := NULL; END IF;
    IF OLD.destroyed_at IS NULL AND NEW.destroyed_at IS NOT NULL THEN
        IF OLD.held_at IS NOT NULL OR OLD.destroy_on > (now() AT TIME ZONE 'Europe/Paris')::date THEN
            RAISE EXCEPTION 'evidence is kept until its date, and while it is held'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        allowed.sealed := NULL;
        allowed.destroyed_at := NEW.destroyed_at;
        -- The address may name a person.
        allowed.address := '';
    END IF;
    IF NEW IS DISTINCT FROM allowed THEN
        RAISE EXCEPTION 'evidence is sealed once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

WITHOUT_FUNCTIONS = """
DROP FUNCTION moderation_keep_evidence();
DROP FUNCTION moderation_goes_with_demonstration();
DROP FUNCTION moderation_keep_decision();
DROP FUNCTION moderation_end_link();
DROP FUNCTION moderation_begin_link();
DROP FUNCTION moderation_know_demonstration();
DROP FUNCTION moderation_refuse();
DROP FUNCTION moderation_seal(bigint);
DROP FUNCTION moderation_close_link(bigint);
DROP FUNCTION moderation_open_link(bigint);
DROP FUNCTION moderation_moment(timestamptz);
DROP FUNCTION moderation_digest(VARIADIC text[]);
DROP FUNCTION moderation_joined(VARIADIC text[]);
"""

TRIGGERS = """
CREATE TRIGGER decision_knows_demonstration BEFORE INSERT ON moderation_decision
    FOR EACH ROW EXECUTE FUNCTION moderation_know_demonstration();
CREATE CONSTRAINT TRIGGER decision_gets_its_link AFTER INSERT ON moderation_decision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NOT NEW.is_demonstration)
    EXECUTE FUNCTION moderation_begin_link();
CREATE CONSTRAINT TRIGGER link_is_sealed AFTER INSERT ON moderation_link
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moderation_end_link();

CREATE TRIGGER decision_is_written_once BEFORE UPDATE ON moderation_decision
    FOR EACH ROW EXECUTE FUNCTION moderation_keep_decision();
CREATE TRIGGER decision_is_never_erased BEFORE DELETE ON moderation_decision
    FOR EACH ROW WHEN (NOT OLD.is_demonstration) EXECUTE FUNCTION moderation_refuse('a decision is never erased');
CREATE TRIGGER log_is_never_emptied BEFORE TRUNCATE ON moderation_decision
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_refuse('the log is never emptied');

-- The other triggers write it, and nobody else: theirs are one level deeper.
CREATE TRIGGER link_is_written_once BEFORE UPDATE ON moderation_link
    FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION moderation_refuse('a link is written once');
CREATE TRIGGER link_is_written_by_triggers BEFORE INSERT ON moderation_link
    FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION moderation_refuse('a link is written by its decision');
CREATE TRIGGER link_is_never_erased BEFORE DELETE ON moderation_link
    FOR EACH ROW EXECUTE FUNCTION moderation_refuse('a link is never erased');
CREATE TRIGGER chain_is_never_emptied BEFORE TRUNCATE ON moderation_link
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_refuse('the chain is never emptied');

CREATE TRIGGER anchor_is_written_once BEFORE UPDATE OR DELETE ON moderation_anchor
    FOR EACH ROW EXECUTE FUNCTION moderation_refuse('an anchor is written once');
CREATE TRIGGER anchors_are_never_emptied BEFORE TRUNCATE ON moderation_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_refuse('anchors are never emptied');

CREATE TRIGGER statement_is_written_once BEFORE UPDATE ON moderation_statement
    FOR EACH ROW EXECUTE FUNCTION moderation_refuse('a statement is written once');
CREATE TRIGGER statement_is_never_erased BEFORE DELETE ON moderation_statement
    FOR EACH ROW EXECUTE FUNCTION moderation_goes_with_demonstration('a statement is never erased');
CREATE TRIGGER statements_are_never_emptied BEFORE TRUNCATE ON moderation_statement
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_refuse('statements are never emptied');

CREATE TRIGGER evidence_is_sealed_once BEFORE UPDATE ON moderation_evidence
    FOR EACH ROW EXECUTE FUNCTION moderation_keep_evidence();
CREATE TRIGGER evidence_is_never_erased BEFORE DELETE ON moderation_evidence
    FOR EACH ROW EXECUTE FUNCTION moderation_goes_with_demonstration('evidence is destroyed at its date');
CREATE TRIGGER evidence_is_never_emptied BEFORE TRUNCATE ON moderation_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_refuse('evidence is destroyed at its date');
"""

WITHOUT_TRIGGERS = """
DROP TRIGGER evidence_is_never_emptied ON moderation_evidence;
DROP TRIGGER evidence_is_never_erased ON moderation_evidence;
DROP TRIGGER evidence_is_sealed_once ON moderation_evidence;
DROP TRIGGER statements_are_never_emptied ON moderation_statement;
DROP TRIGGER statement_is_never_erased ON moderation_statement;
DROP TRIGGER statement_is_written_once ON moderation_statement;
DROP TRIGGER anchors_are_never_emptied ON moderation_anchor;
DROP TRIGGER anchor_is_written_once ON moderation_anchor;
DROP TRIGGER chain_is_never_emptied ON moderation_link;
DROP TRIGGER link_is_never_erased ON moderation_link;
DROP TRIGGER link_is_written_by_triggers ON moderation_link;
DROP TRIGGER link_is_written_once ON moderation_link;
DROP TRIGGER log_is_never_emptied ON moderation_decision;
DROP TRIGGER decision_is_never_erased ON moderation_decision;
DROP TRIGGER decision_is_written_once ON moderation_decision;
DROP TRIGGER link_is_sealed ON moderation_link;
DROP TRIGGER decision_gets_its_link ON moderation_decision;
DROP TRIGGER decision_knows_demonstration ON moderation_decision;
"""

KNOW_DEMONSTRATION = """
UPDATE moderation_decision SET is_demonstration = true
WHERE author_id IN (SELECT id FROM members_member WHERE is_demonstration) AND NOT is_demonstration
"""

#: The oldest that have no link yet, in the order in which they were written.
SEAL_SOME = """
SELECT max(id) FROM (
    SELECT id FROM moderation_decision AS d
    WHERE NOT is_demonstration AND id > %s AND NOT EXISTS (SELECT FROM moderation_link WHERE decision_id = d.id)
    ORDER BY id LIMIT %s
) AS oldest, LATERAL (SELECT moderation_seal(id)) AS sealed
"""
LAST_SEALED = "SELECT coalesce(max(decision_id), 0) FROM moderation_link"


def seal_what_was(apps, schema_editor):
    """In batches, each committed: a million rows take minutes, and the site goes on meanwhile."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(KNOW_DEMONSTRATION)
        cursor.execute(LAST_SEALED)
        after = cursor.fetchone()[0]
        while last := _seal_some(cursor, after=after):
            after = last
            cursor.execute("ANALYZE moderation_link")


def _seal_some(cursor, *, after):
    """The number of the last one sealed, None when there was none."""
    cursor.execute(SEAL_SOME, [after, BATCH])
    return cursor.fetchone()[0]


def begin_to_seal(apps, schema_editor):
    """Nobody writes while the last rows are sealed and the triggers made: none is left between the two."""
    connection = schema_editor.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE moderation_decision IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(KNOW_DEMONSTRATION)
        # From the first one: a row of a transaction that took long has a smaller number than the last one sealed.
        while _seal_some(cursor, after=0):
            pass
        cursor.execute(TRIGGERS)


def forget_links(apps, schema_editor):
    connection = schema_editor.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(WITHOUT_TRIGGERS)
        cursor.execute("TRUNCATE moderation_link")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("moderation", "0009_notices_and_appeals"), ("members", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, WITHOUT_FUNCTIONS),
        migrations.RunPython(seal_what_was, migrations.RunPython.noop),
        migrations.RunPython(begin_to_seal, forget_links),
    ]
