from django.db import migrations

# Who answered was there; who wrote first is the member whose exchange it is.
FILL = """
UPDATE initiatives_letter SET created_at = sent_at, updated_at = sent_at, published_at = sent_at,
    author_id = CASE WHEN is_answer THEN author_id ELSE member_id END
"""
EMPTY = "UPDATE initiatives_letter SET author_id = NULL WHERE NOT is_answer"


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0039_letters_are_moderated")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
