from django.db import migrations

# What was told before is dated by the day it was written, of which each initiative has one at most.
WRITTEN = "UPDATE initiatives_update SET told_on = day WHERE told_at IS NOT NULL AND told_on IS NULL"


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0028_one_update_told_a_day")]

    operations = [migrations.RunSQL(WRITTEN, migrations.RunSQL.noop)]
