from django.db import migrations


class Migration(migrations.Migration):
    """What is held tomorrow is found by the index of the agenda: an event that was moved is reminded of again."""

    dependencies = [("events", "0014_squares_by_place")]
    operations = [migrations.RemoveIndex(model_name="event", name="event_to_remind")]
