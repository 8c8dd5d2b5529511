from django.db import migrations

#: Of whoever was there before it was noted: the day they last signed in, or joined.
_FILL = """
UPDATE members_member
SET active_on = (greatest(last_login, joined_at) AT TIME ZONE 'Europe/Paris')::date
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0012_last_day_of_a_visit")]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
