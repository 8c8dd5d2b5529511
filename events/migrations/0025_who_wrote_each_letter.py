from django.db import migrations

# Who answered was there; who wrote first is the member whose exchange it is.
FILL = """
UPDATE events_eventletter SET created_at = sent_at, updated_at = sent_at, published_at = sent_at,
    author_id = CASE WHEN is_answer THEN author_id ELSE member_id END
"""
EMPTY = "UPDATE events_eventletter SET author_id = NULL WHERE NOT is_answer"


class Migration(migrations.Migration):
    dependencies = [("events", "0024_letters_are_moderated")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
