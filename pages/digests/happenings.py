"""What moves near homes is kept as references and places, brought up to date before each round of digests."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from pages.models import Happening

#: For so long after it moved, something is news; an event is until it begins.
NEWS = timedelta(days=31)
#: An event that begins sooner than that is over for whoever reads of it in the evening.
SOON = timedelta(hours=3)
#: What is not told any more may come back: its number is kept, so that nobody reads of it twice.
KEPT = timedelta(days=60)

# One statement: what is there is found, what is not any more is hidden, what is new is added. The dates of a series are
# one: the next of them.
_REFRESH = """
WITH found AS (
    SELECT 'initiative' AS kind, 'initiative-' || initiative.id AS key, initiative.id AS initiative_id,
        NULL::bigint AS event_id, NULL::bigint AS action_id, commune.latitude, commune.longitude,
        COALESCE(initiative.department_id, '') AS department, COALESCE(initiative.region_id, '') AS region,
        initiative.published_at AS moved_at, false AS is_partners
    FROM initiatives_initiative initiative LEFT JOIN territories_commune commune ON commune.code = commune_id
    WHERE state = 'published' AND withheld_at IS NULL AND frozen_at IS NULL
        AND published_at > %(news)s::timestamptz
        AND (initiative.department_id IS NOT NULL OR initiative.region_id IS NOT NULL)
    UNION ALL
    SELECT 'success', 'success-' || initiative.id, initiative.id, NULL, NULL, commune.latitude, commune.longitude,
        COALESCE(initiative.department_id, ''), COALESCE(initiative.region_id, ''), ended_at, false
    FROM initiatives_initiative initiative LEFT JOIN territories_commune commune ON commune.code = commune_id
    WHERE state = 'succeeded' AND withheld_at IS NULL AND published_at IS NOT NULL
        AND ended_at > %(news)s::timestamptz
        AND (initiative.department_id IS NOT NULL OR initiative.region_id IS NOT NULL)
    UNION ALL
    SELECT 'action', 'action-' || action.id, initiative.id, NULL, action.id, commune.latitude, commune.longitude,
        COALESCE(initiative.department_id, ''), COALESCE(initiative.region_id, ''), action.published_at, false
    FROM initiatives_action action JOIN initiatives_initiative initiative ON initiative.id = action.initiative_id
        LEFT JOIN territories_commune commune ON commune.code = initiative.commune_id
    WHERE action.published_at > %(news)s::timestamptz AND action.withheld_at IS NULL AND action.closed_at IS NULL
        AND action.taken < action.places
        AND COALESCE(action.ends_at, action.starts_at, 'infinity') > %(soon)s::timestamptz
        AND initiative.state = 'published' AND initiative.withheld_at IS NULL AND initiative.frozen_at IS NULL
        AND (initiative.department_id IS NOT NULL OR initiative.region_id IS NOT NULL)
    UNION ALL
    SELECT 'report', 'report-' || report.id, event.initiative_id, event.id, NULL, event.latitude, event.longitude,
        COALESCE(event.department_id, ''), '', report.published_at, false
    FROM events_eventreport report JOIN events_event event ON event.id = report.event_id
    WHERE report.published_at > %(news)s::timestamptz AND report.withheld_at IS NULL
        AND event.published_at IS NOT NULL AND event.withheld_at IS NULL AND event.latitude IS NOT NULL
    UNION ALL
    SELECT * FROM (
        SELECT DISTINCT ON (COALESCE('series-' || series_id, 'event-' || id))
            'event', COALESCE('series-' || series_id, 'event-' || id), initiative_id, id, NULL::bigint, latitude,
            longitude, COALESCE(department_id, ''), '', published_at, source_id IS NOT NULL
        FROM events_event
        WHERE published_at IS NOT NULL AND withheld_at IS NULL AND cancelled_at IS NULL AND latitude IS NOT NULL
            AND starts_at > %(soon)s::timestamptz
        ORDER BY COALESCE('series-' || series_id, 'event-' || id), starts_at, id
    ) coming
), gone AS (
    UPDATE pages_happening SET is_shown = false, hidden_at = %(now)s::timestamptz
    WHERE is_shown AND NOT EXISTS (SELECT FROM found WHERE found.key = pages_happening.key)
)
INSERT INTO pages_happening AS kept (
    kind, key, initiative_id, event_id, action_id, latitude, longitude, department, region, moved_at, is_partners,
    is_shown
)
SELECT *, true FROM found
WHERE NOT EXISTS (
    SELECT FROM pages_happening same
    WHERE same.key = found.key AND same.is_shown AND same.event_id IS NOT DISTINCT FROM found.event_id
        AND same.latitude IS NOT DISTINCT FROM found.latitude AND same.longitude IS NOT DISTINCT FROM found.longitude
        AND same.department = found.department AND same.region = found.region
        AND same.initiative_id IS NOT DISTINCT FROM found.initiative_id
)
ON CONFLICT (key) DO UPDATE SET
    event_id = excluded.event_id, initiative_id = excluded.initiative_id, latitude = excluded.latitude,
    longitude = excluded.longitude, department = excluded.department, region = excluded.region,
    moved_at = excluded.moved_at, is_shown = true, hidden_at = NULL
"""


@transaction.atomic
def refresh(now: datetime | None = None) -> int:
    """What may be told near homes from now on. Returns how many are new, moved or came back.

    Two at once wait for each other: the second finds nothing to do.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('pages.happenings', 0))")
        cursor.execute(_REFRESH, {"now": now, "news": now - NEWS, "soon": now + SOON})
        return cursor.rowcount


def forget(now: datetime | None = None) -> int:
    """Erase what has not been told for two months. Returns how many."""
    count, _models = Happening.objects.filter(is_shown=False, hidden_at__lt=(now or timezone.now()) - KEPT).delete()
    return count
