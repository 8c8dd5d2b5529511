"""The newest entries that hold a word are found in the index alone; how many hold it is counted as the index does."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

# Numbers by two thousand, even, and by thirty thousand, odd: any range of numbers is a few of them.
_AGES = """
CREATE FUNCTION search_ages(id bigint) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY[(id >> 11) * 2, (id >> 15) * 2 + 1];
"""
_WITHOUT_AGES = "DROP FUNCTION search_ages(bigint)"
_COUNT = """
INSERT INTO search_stem (stem, entries, titles)
SELECT word, said.ndoc, coalesce(titles.ndoc, 0)
FROM ts_stat('SELECT vector FROM search_entry') said LEFT JOIN ts_stat('SELECT heading FROM search_entry') titles
    USING (word)
WHERE length(word) <= 60
"""
_FORGET = "DELETE FROM search_stem"


class Migration(migrations.Migration):
    dependencies = [("search", "0005_many_rows_at_once")]
    operations = [
        migrations.RunSQL(_AGES, _WITHOUT_AGES),
        migrations.RemoveIndex("entry", "search_words"),
        migrations.RemoveIndex("entry", "search_titles"),
        migrations.AddIndex(
            "entry",
            GinIndex(
                "vector", "marks", models.Func("id", function="search_ages"), name="search_words", fastupdate=False
            ),
        ),
        migrations.AddIndex(
            "entry",
            GinIndex(
                "heading", "marks", models.Func("id", function="search_ages"), name="search_titles", fastupdate=False
            ),
        ),
        migrations.CreateModel(
            "Stem",
            [
                ("stem", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("entries", models.PositiveIntegerField()),
                ("titles", models.PositiveIntegerField()),
            ],
            options={"verbose_name": "racine de la recherche", "verbose_name_plural": "racines de la recherche"},
        ),
        migrations.RunSQL(_COUNT, _FORGET),
        migrations.RemoveIndex("word", "search_word_stem"),
        migrations.RemoveField("word", "stem"),
    ]
