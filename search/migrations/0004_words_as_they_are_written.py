"""A word is offered with its accents; all are counted again within the night."""

from django.db import migrations, models

_FORGET = "DELETE FROM search_word"
_DROP = "DROP TEXT SEARCH CONFIGURATION words_unaccented"
_MAKE = """
CREATE TEXT SEARCH CONFIGURATION words_unaccented (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words_unaccented ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0003_what_was_there_is_found")]
    operations = [
        migrations.RunSQL(_FORGET, _FORGET),
        migrations.RunSQL(_DROP, _MAKE),
        migrations.AddField("word", "shown", models.CharField(default="", max_length=30), preserve_default=False),
    ]
