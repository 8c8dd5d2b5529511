"""The supports of members were all confirmed: their dates, their places, and the changes that waited to be folded."""

from django.db import migrations

FOLD = """
WITH taken AS (
    DELETE FROM initiatives_supportdelta RETURNING initiative_id, amount
), totals AS (
    SELECT initiative_id, sum(amount) AS total FROM taken GROUP BY initiative_id
)
UPDATE initiatives_initiative SET support_count = support_count + totals.total
FROM totals WHERE initiatives_initiative.id = totals.initiative_id
"""

CONFIRM = """
UPDATE initiatives_support SET confirmed_at = created_at, domain = lower(split_part(member.email, '@', 2))
FROM members_member member WHERE member.id = member_id
"""

TALLY = """
INSERT INTO initiatives_supporttally (initiative_id, department_id, commune_id, count)
SELECT support.initiative_id, commune.department_id, commune.code, count(*)
FROM initiatives_support support JOIN territories_commune commune ON commune.code = support.commune_id
GROUP BY GROUPING SETS (
    (support.initiative_id, commune.department_id, commune.code), (support.initiative_id, commune.department_id)
)
"""


class Migration(migrations.Migration):
    dependencies = [("initiatives", "0007_supports_without_account"), ("members", "0001_initial")]
    operations = [migrations.RunSQL([FOLD, CONFIRM, TALLY], migrations.RunSQL.noop)]
