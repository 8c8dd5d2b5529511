"""The tables of a database of the tests."""

from django.db import connection, transaction

#: Bytes of a table that a DELETE empties.
_SMALL = 256 * 1024


def empty_tables(*, anew: bool = False) -> None:
    """Every table but those that migrations and loading filled; numbers begin again.

    A TRUNCATE makes anew each table, each index and each sequence, half a second in all: the few small tables that a
    test filled are emptied by a DELETE. Where one has grown, its statistics are to go too. `anew` truncates all: where
    a table was analysed while a DELETE had emptied it, the planner believes it empty however much is then written.
    """
    kept = (
        "territories_region",
        "territories_department",
        "territories_commune",
        "territories_postcode",
        "territories_dataload",
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "auth_group",
        "initiatives_tag",
        "initiatives_promise",
        "moderation_reasontemplate",
    )
    assert connection.settings_dict["NAME"].startswith("test_"), "only a database of the tests is emptied"
    with transaction.atomic(), connection.cursor() as cursor:
        tables = {name for name in connection.introspection.table_names(cursor) if not name.startswith(kept)}
        tables = sorted(tables | {"initiatives_taggedinitiative"})
        # No trigger speaks: neither those of foreign keys, nor those of a log that refuses to be emptied.
        cursor.execute("SET LOCAL session_replication_role = replica")
        sizes = " UNION ALL ".join(
            f"SELECT '{name}', pg_relation_size('{name}') WHERE EXISTS (SELECT FROM {name})" for name in tables
        )
        cursor.execute(sizes)
        filled = dict(cursor.fetchall())
        if anew or max(filled.values(), default=0) > _SMALL:
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
            return
        for name in filled:
            cursor.execute(f"DELETE FROM {name}")
        cursor.execute(
            "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence JOIN pg_depend ON objid = seqrelid"
            " WHERE refobjid = ANY(%s::regclass[]::oid[]) AND deptype IN ('a', 'i')",
            [list(filled)],
        )
