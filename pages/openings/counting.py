"""How many people wait for each département: who follows it or a commune of it, and who lives there."""

from django.db import connection

# Each once, whatever they follow; without the team of the site.
_COUNT = """
WITH waiting AS (
    SELECT department_id FROM territories_opening WHERE opened_at IS NULL
), communes AS (
    SELECT department_id, code FROM waiting JOIN territories_commune USING (department_id)
), people AS (
    SELECT department_id, member_id FROM waiting JOIN notifications_follow USING (department_id)
    UNION
    SELECT communes.department_id, member_id FROM communes JOIN notifications_follow ON commune_id = communes.code
    UNION
    SELECT communes.department_id, member.id
    FROM communes JOIN members_member member ON COALESCE(home_commune_id, '') = communes.code
), counted AS (
    SELECT department_id, count(*) AS gathered FROM people JOIN members_member member ON member.id = member_id
    WHERE is_active AND NOT is_staff GROUP BY department_id
)
UPDATE territories_opening SET gathered = COALESCE(counted.gathered, 0), counted_at = statement_timestamp()
FROM waiting LEFT JOIN counted USING (department_id)
WHERE territories_opening.department_id = waiting.department_id AND opened_at IS NULL
"""


def count() -> int:
    """Count those who wait, everywhere at once. Returns how many départements wait. For a task."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return cursor.rowcount
