"""How each number is counted: one statement for each topic, as the pages print it.

A statement gives one row, whose columns are the numbers. It counts for `day`, which ended at `ends` (the midnight of
France that follows), from rows alone: nothing is added up from what was published. Staff are left out everywhere, and
what they open or organise; the invented people of the demonstration too, unless `demonstration`.
"""
# ruff: noqa: S608 (statements are made of constants; what varies is a parameter)

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

import numpy as np
from django.db import connection
from django.utils import timezone

from figures.definitions import NUMBERS
from figures.nearness import how_many_are_near, on_sphere
from figures.suppression import LEAST
from territories.models import Commune, Department, Region

#: Kilometres from which an event is not near any more.
NEAR = 30
Counts = dict[str, int | None]

#: Those who are not counted, and the initiatives and events that are not.
_LEFT_OUT = """left_out AS MATERIALIZED (
    SELECT id, address_key FROM members_member WHERE is_staff OR is_demonstration AND NOT %(demonstration)s
)"""
_COUNTED = f"""{_LEFT_OUT}, counted AS (
    SELECT initiative.* FROM initiatives_initiative initiative
    WHERE coalesce(launched_at, published_at) < %(ends)s
        AND NOT EXISTS (SELECT FROM left_out WHERE left_out.id = author_id)
        -- Of what nobody carries any more, the first supporter says whether it was invented.
        AND (author_id IS NOT NULL OR %(demonstration)s OR NOT coalesce((
            SELECT member.is_demonstration
            FROM initiatives_support support JOIN members_member member ON member.id = support.member_id
            WHERE support.initiative_id = initiative.id ORDER BY support.created_at LIMIT 1
        ), false))
)"""
_HELD = f"""{_LEFT_OUT}, held AS (
    SELECT event.* FROM events_event event
    WHERE published_at < %(ends)s AND withheld_at IS NULL AND cancelled_at IS NULL AND ends_at < %(ends)s
        AND NOT EXISTS (SELECT FROM left_out WHERE left_out.id = author_id)
)"""
_SUPPORTS = f"""{_COUNTED}, invented AS MATERIALIZED (
    SELECT initiative.id FROM initiatives_initiative initiative JOIN members_member author ON author.id = author_id
    WHERE author.is_demonstration AND NOT %(demonstration)s
), given AS (
    SELECT initiative_id, commune_id, state, created_at, confirmed_at FROM initiatives_support support
    WHERE NOT EXISTS (SELECT FROM left_out WHERE left_out.id = member_id)
        -- What waits for a confirmation has an address and no member yet.
        AND NOT EXISTS (SELECT FROM left_out WHERE left_out.address_key = support.address_key)
        AND NOT EXISTS (SELECT FROM invented WHERE invented.id = initiative_id)
)"""

#: By the address of the topic.
STATEMENTS: Mapping[str, str] = {
    "membres": """SELECT count(*) AS members_registered,
    count(*) FILTER (WHERE active_on > %(day)s - 30) AS members_active
FROM members_member
WHERE joined_at < %(ends)s AND is_active AND restriction <> 'suspended' AND NOT is_staff
    AND (NOT is_demonstration OR %(demonstration)s)""",
    "initiatives": f"""WITH {_COUNTED}
SELECT count(*) AS initiatives_launched,
    count(*) FILTER (WHERE (published_at >= %(ends)s OR published_at IS NULL)
        AND (ended_at >= %(ends)s OR ended_at IS NULL)) AS initiatives_gathering,
    count(*) FILTER (WHERE published_at < %(ends)s AND (ended_at >= %(ends)s OR ended_at IS NULL))
        AS initiatives_running,
    count(*) FILTER (WHERE published_at < %(ends)s AND ended_at < %(ends)s) AS initiatives_ended,
    count(*) FILTER (WHERE published_at IS NULL AND ended_at < %(ends)s) AS initiatives_never_public,
    count(*) FILTER (WHERE withheld_at < %(ends)s) AS initiatives_withheld
FROM counted""",
    "issues": f"""WITH {_COUNTED}
SELECT count(*) FILTER (WHERE state = 'succeeded') AS initiatives_succeeded,
    count(*) FILTER (WHERE state = 'closed') AS initiatives_closed,
    count(*) FILTER (WHERE state = 'archived' AND merged_into_id IS NOT NULL) AS initiatives_merged,
    count(*) FILTER (WHERE state = 'archived' AND merged_into_id IS NULL) AS initiatives_archived
FROM counted WHERE published_at < %(ends)s AND ended_at < %(ends)s""",
    "paliers": f"""WITH {_SUPPORTS}, added AS (
    SELECT initiative_id, count(*) AS supports FROM given
    WHERE state = 'confirmed' AND confirmed_at < %(ends)s GROUP BY initiative_id
)
SELECT count(*) FILTER (WHERE supports >= 5) AS initiatives_above_5,
    count(*) FILTER (WHERE supports >= 25) AS initiatives_above_25,
    count(*) FILTER (WHERE coalesce(supports, 0) < 5) AS initiatives_below_5
FROM counted LEFT JOIN added ON added.initiative_id = counted.id""",
    "soutiens": f"""WITH {_SUPPORTS}
SELECT count(*) FILTER (WHERE state = 'confirmed' AND confirmed_at < %(ends)s) AS supports_confirmed,
    count(*) FILTER (WHERE state = 'pending' AND created_at < %(ends)s) AS supports_pending,
    (SELECT coalesce(sum(count), 0) FROM figures_withdrawal
     WHERE day <= %(day)s AND (NOT is_demonstration OR %(demonstration)s)) AS supports_withdrawn,
    count(*) FILTER (WHERE state = 'suspect' AND created_at < %(ends)s) AS supports_invalidated
FROM given""",
    "evenements": f"""WITH {_HELD}
SELECT count(*) AS events_held,
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM events_eventreport report
        WHERE report.event_id = held.id AND report.published_at < %(ends)s AND report.withheld_at IS NULL
    )) AS events_told,
    (SELECT count(*) FROM events_event event WHERE published_at < %(ends)s AND withheld_at IS NULL
     AND cancelled_at < %(ends)s AND starts_at < %(ends)s
     AND NOT EXISTS (SELECT FROM left_out WHERE left_out.id = author_id)) AS events_cancelled
FROM held""",
    "participations": f"""WITH {_HELD}, came AS (
    SELECT event_id, sum(1 + guests) AS people, sum(1 + guests) FILTER (WHERE checked_in_at IS NOT NULL) AS seen
    FROM events_attendance
    WHERE state = 'coming' AND NOT EXISTS (SELECT FROM left_out WHERE left_out.id = member_id) GROUP BY event_id
)
SELECT coalesce(sum(people), 0) AS attendances_announced,
    coalesce(sum(seen), 0) AS attendances_checked_in,
    coalesce(sum(walk_in_count), 0) AS attendances_walked_in,
    count(*) FILTER (WHERE seen > 0 OR walk_in_count > 0) AS events_ticked
FROM held LEFT JOIN came ON came.event_id = held.id""",
    "proximite": f"""WITH {_HELD}
SELECT DISTINCT round(latitude::numeric, 3)::float, round(longitude::numeric, 3)::float
FROM held WHERE ends_at >= %(ends)s - interval '30 days' AND latitude IS NOT NULL""",
    "promesses": f"""WITH {_COUNTED}
SELECT count(*) FILTER (WHERE kept_at < %(ends)s AND kept_at <= due_at) AS promises_kept,
    count(*) FILTER (WHERE kept_at < %(ends)s AND kept_at > due_at) AS promises_kept_late,
    count(*) FILTER (WHERE (kept_at >= %(ends)s OR kept_at IS NULL) AND due_at < %(ends)s) AS promises_late,
    count(*) FILTER (WHERE (kept_at >= %(ends)s OR kept_at IS NULL) AND due_at >= %(ends)s) AS promises_waiting
FROM initiatives_milestone milestone JOIN counted ON counted.id = initiative_id
WHERE promise <> '' AND reached_at < %(ends)s""",
    # Cases do not say of whom they are: as long as the demonstration is there, none of the others are counted alone.
    "moderation": f"""WITH decided AS (
    SELECT decision.made_at - opened_at AS waited
    FROM moderation_decision decision JOIN moderation_case ON moderation_case.id = case_id
    WHERE NOT automated AND made_at >= %(ends)s - interval '30 days' AND made_at < %(ends)s
        AND (NOT is_demonstration OR %(demonstration)s)
), waiting AS (
    SELECT opened_at FROM moderation_case
    WHERE opened_at < %(ends)s AND (closed_at >= %(ends)s OR closed_at IS NULL)
), known AS (
    SELECT %(demonstration)s OR NOT EXISTS (SELECT FROM members_member WHERE is_demonstration) AS is_known
)
SELECT (SELECT round(extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY waited)))
        FROM decided HAVING count(*) >= {LEAST}) AS moderation_median,
    (SELECT count(*) FROM decided) AS moderation_decided,
    CASE WHEN is_known THEN (SELECT count(*) FROM waiting) END AS moderation_waiting,
    CASE WHEN is_known THEN (SELECT count(*) FROM waiting WHERE opened_at < %(ends)s - interval '1 day') END
        AS moderation_overdue
FROM known""",
    "couts": """SELECT sum(amount) * 100 AS cost_year, count(DISTINCT month) AS cost_months
FROM figures_cost
WHERE month < date_trunc('month', %(day)s + 1) AND month >= date_trunc('month', %(day)s + 1) - interval '1 year'
    AND (NOT is_demonstration OR %(demonstration)s)""",
}

#: Region, département and commune of each thing, and how many there are.
_PLACES: Mapping[str, str] = {
    "supports_confirmed": f"""WITH {_SUPPORTS}
SELECT department.region_id, department.code, NULL, count(*)
FROM given JOIN territories_commune commune ON commune.code = commune_id
JOIN territories_department department ON department.code = commune.department_id
WHERE state = 'confirmed' AND confirmed_at < %(ends)s GROUP BY 1, 2""",
    "initiatives_running": f"""WITH {_COUNTED}
SELECT region_id, department_id, commune_id, count(*) FROM counted
WHERE published_at < %(ends)s AND (ended_at >= %(ends)s OR ended_at IS NULL) AND withheld_at IS NULL
    AND (region_id IS NOT NULL OR department_id IS NOT NULL)
GROUP BY 1, 2, 3""",
    "events_held": f"""WITH {_HELD}
SELECT department.region_id, department.code, commune_id, count(*)
FROM held JOIN territories_department department ON department.code = department_id GROUP BY 1, 2, 3""",
}


@dataclass(frozen=True)
class Country:
    """The places of France, read once for all the days that are counted."""

    #: From the least populated on: the order in which those are hidden that protect others.
    departments: tuple[tuple[str, str | None], ...]
    regions: tuple[str, ...]
    #: Arrondissements and their city.
    cities: Mapping[str, str]
    #: The place of each commune among all, by population.
    ranks: Mapping[str, int]
    #: Each commune on a sphere of radius 1.
    points: np.ndarray

    @classmethod
    def read(cls) -> "Country":
        by_population = ("population", "code")
        communes = Commune.objects.current().filter(kind=Commune.Kind.COMMUNE).order_by()
        return cls(
            departments=tuple(Department.objects.order_by(*by_population).values_list("code", "region_id")),
            regions=tuple(Region.objects.order_by(*by_population).values_list("code", flat=True)),
            ranks={
                code: rank
                for rank, code in enumerate(Commune.objects.order_by(*by_population).values_list("code", flat=True))
            },
            cities=dict(Commune.objects.exclude(parent=None).order_by().values_list("code", "parent_id")),
            points=on_sphere(np.array(communes.values_list("latitude", "longitude"), dtype=float)),
        )

    @cached_property
    def parts_of_france(self) -> list[str]:
        """Régions, and the collectivities that are in none, as snapshots name them."""
        return [f"d{code}" for code, region in self.departments if region is None] + [
            f"r{code}" for code in self.regions
        ]

    def nested(self, commune: str, department: str) -> Iterator[tuple[str, str]]:
        """This commune, and the city of which it is an arrondissement, each with what it is inside of."""
        city = self.cities.get(commune)
        if city:
            yield f"c{commune}", f"c{city}"
        yield f"c{city or commune}", f"d{department}"

    def rank(self, place: str) -> int:
        """Of a commune, as snapshots name it."""
        return self.ranks[place[1:]]

    @cached_property
    def departments_of(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {f"r{region}": [] for region in self.regions}
        for code, region in self.departments:
            if region:
                found[f"r{region}"].append(f"d{code}")
        return found


@dataclass(frozen=True)
class Day:
    """A day of France to count for."""

    day: date
    demonstration: bool = False

    @property
    def parameters(self) -> dict:
        midnight = datetime.combine(self.day + timedelta(days=1), time(), timezone.get_default_timezone())
        return {"day": self.day, "ends": midnight, "demonstration": self.demonstration}

    def numbers(self, country: Country) -> Counts:
        """Every number of the country; None is not known."""
        counts: Counts = {}
        for slug, statement in STATEMENTS.items():
            counts |= self._near(statement, country) if slug == "proximite" else self._row(statement)
        counts["cost_per_active"] = _per_head(counts)
        return {key: counts[key] for key in NUMBERS}

    def by_place(self, key: str) -> Iterator[tuple[str | None, str | None, str | None, int]]:
        """Region, département, commune and count."""
        with connection.cursor() as cursor:
            cursor.execute(_PLACES[key], self.parameters)
            yield from cursor

    def _row(self, statement: str) -> Counts:
        with connection.cursor() as cursor:
            cursor.execute(statement, self.parameters)
            columns = [column.name for column in cursor.description]
            (row,) = cursor.fetchall()
        return {name: None if value is None else int(value) for name, value in zip(columns, row, strict=True)}

    def _near(self, statement: str, country: Country) -> Counts:
        """Whether the nearest event of each commune is near, on a sphere; points are rounded to a hundred metres."""
        with connection.cursor() as cursor:
            cursor.execute(statement, self.parameters)
            points = np.array(cursor.fetchall(), dtype=float).reshape(-1, 2)
        near = how_many_are_near(country.points, on_sphere(points), NEAR)
        everywhere = len(country.points)
        return {"communes_near": near, "communes_far": everywhere - near, "communes_all": everywhere}


def _per_head(counts: Counts) -> int | None:
    spent, active = counts["cost_year"], counts["members_active"]
    return round(spent / active) if spent is not None and active else None
