"""Writing many entries reads indexes alone, and two transactions that write the same ones wait in turn.

Rows that came in this very transaction are unknown to the planner's statistics: thinking the tables small, it would read
the whole of one for each row of another.
"""

from django.db import migrations

_KINDS = {"initiatives": "initiative", "events": "event", "discussions": "discussion"}
_IN_ORDER = "".join(
    f"""
ALTER FUNCTION search_index_{name}(bigint[]) RENAME TO search_write_{name};
CREATE FUNCTION search_index_{name}(numbers bigint[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- Locked by their numbers, whichever statement brought them: no two transactions wait for each other.
    PERFORM FROM search_entry WHERE kind = '{kind}' AND object_id = ANY(numbers) ORDER BY object_id FOR UPDATE;
    PERFORM search_write_{name}(numbers);
END $$;
"""
    for name, kind in _KINDS.items()
)
_AS_IT_COMES = "".join(
    f"""
DROP FUNCTION search_index_{name}(bigint[]);
ALTER FUNCTION search_write_{name}(bigint[]) RENAME TO search_index_{name};
"""
    for name in _KINDS
)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_words_as_they_are_written")]
    operations = [migrations.RunSQL(_IN_ORDER, _AS_IT_COMES)]
