"""How alive each département is: a young one hears of itself every day, the others every week."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

#: Whoever was there since is active.
ACTIVE = timedelta(days=30)

_COUNT = """
INSERT INTO pages_departmentactivity (code, members, counted_at)
SELECT department.code, count(member.id), %(now)s::timestamptz
FROM (SELECT code FROM territories_department UNION ALL SELECT '') department
LEFT JOIN (
    SELECT member.id, COALESCE(home.department_id, '') AS code
    FROM members_member member LEFT JOIN territories_commune home ON home.code = member.home_commune_id
    WHERE active_on > %(since)s::date AND is_active AND NOT is_staff AND NOT is_demonstration
) member USING (code)
GROUP BY department.code
ON CONFLICT (code) DO UPDATE SET members = excluded.members, counted_at = excluded.counted_at
"""


def count(now: datetime | None = None) -> int:
    """Count the active members of every département, staff and the invented left out. Returns how many départements."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"now": now, "since": timezone.localdate(now) - ACTIVE})
        return cursor.rowcount
