"""Nobody looks for members by the beginning of an address or of a commune's code: two indexes less to write."""

from django.db import migrations

_INDEXES = ("members_member_email_156bbce1_like", "members_member_home_commune_id_dd15fcc6_like")


class Migration(migrations.Migration):
    dependencies = [("members", "0004_one_member_per_mailbox")]
    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", migrations.RunSQL.noop) for name in _INDEXES]
