"""What every room asks of PostgreSQL: extensions, a French search without accents, and the shared cache's table."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# unaccent() itself is only STABLE, since its dictionary could change: ours never does, so that it may be indexed.
UNACCENTED = """
CREATE FUNCTION unaccented(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1));
"""

FRENCH_UNACCENTED = """
CREATE TEXT SEARCH CONFIGURATION french_unaccented (COPY = french);
ALTER TEXT SEARCH CONFIGURATION french_unaccented
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
"""

CACHE = """
CREATE TABLE core_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX core_cache_expires ON core_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(UNACCENTED, "DROP FUNCTION unaccented(text)"),
        migrations.RunSQL(FRENCH_UNACCENTED, "DROP TEXT SEARCH CONFIGURATION french_unaccented"),
        migrations.RunSQL(CACHE, "DROP TABLE core_cache"),
    ]
