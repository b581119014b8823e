"""一个月的全部项目直接从位图的小时数合计：择优 n 台、日得分的 SQL 孪生，供压测、试算和整省复核。"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db import connection

from gongdi.telemetry.rules.hours import CREDIT_UNIT

# Owners with at most n devices need no choice: sum and count. Only the others rank their device-days:
# credit 1, then days without an expected hour, then smaller credits from high to low (rules.devices.n_best).
TOTALS = """
WITH owned AS MATERIALIZED (
    SELECT o.device_id, o.owner_id, o.n, count(*) OVER (PARTITION BY o.owner_id) > o.n AS chooses
    FROM unnest(%(devices)s::integer[], %(owners)s::bigint[], %(required)s::integer[]) AS o(device_id, owner_id, n)
), plain AS (
    SELECT o.owner_id,
           sum(d.units) AS units, sum(d.counted) AS counted, sum(d.days) AS days
    FROM (SELECT c.subject_id,
                 sum(CASE WHEN c.expected_hours = 0 THEN 0
                          WHEN c.valid_hours * %(hours_d)s >= c.expected_hours * %(hours_n)s THEN %(unit)s
                          ELSE %(unit)s / c.expected_hours * c.valid_hours END)::bigint AS units,
                 count(*) FILTER (WHERE c.expected_hours > 0) AS counted, count(*) AS days
          FROM coverage_day c WHERE c.stream = 1 AND c.day >= %(first)s AND c.day <= %(last)s
          GROUP BY c.subject_id) AS d
    JOIN owned o ON o.device_id = d.subject_id AND NOT o.chooses
    GROUP BY o.owner_id
), ranked AS (
    SELECT o.owner_id, o.n, c.expected_hours,
           CASE WHEN c.expected_hours = 0 THEN 0
                WHEN c.valid_hours * %(hours_d)s >= c.expected_hours * %(hours_n)s THEN %(unit)s
                ELSE %(unit)s / c.expected_hours * c.valid_hours END AS units,
           row_number() OVER (PARTITION BY o.owner_id, c.day ORDER BY
               CASE WHEN c.expected_hours = 0 THEN 1
                    WHEN c.valid_hours * %(hours_d)s >= c.expected_hours * %(hours_n)s THEN 0 ELSE 2 END,
               CASE WHEN c.expected_hours = 0 THEN 0 ELSE -c.valid_hours::float8 / c.expected_hours END) AS place
    FROM owned o JOIN coverage_day c ON c.stream = 1 AND c.subject_id = o.device_id
        AND c.day >= %(first)s AND c.day <= %(last)s
    WHERE o.chooses
)
SELECT owner_id, units::bigint, counted::integer, days::integer FROM plain
UNION ALL
SELECT owner_id, sum(units)::bigint, (count(*) FILTER (WHERE expected_hours > 0))::integer, count(*)::integer
FROM ranked WHERE place <= n GROUP BY owner_id
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """A project with its devices (gateway ids) and n (应装台数)."""

    id: int
    devices: tuple[int, ...]
    required: int


@dataclass(frozen=True, slots=True)
class Total:
    """Credit units and counted device-days of a project over the days."""

    units: int
    counted: int


def totals(owners: list[Owner], first: date, last: date, day_hours: Fraction) -> dict[int, Total]:
    """Totals of many projects over the days first..last, straight from the hours of the maps (1 query).

    For projects whose devices and n hold on all these days; a missing device is a device-day with credit 0.
    """
    pairs = [(device, owner) for owner in owners for device in owner.devices]
    with connection.cursor() as cursor:
        cursor.execute(
            TOTALS,
            {
                "devices": [device for device, _ in pairs],
                "owners": [owner.id for _, owner in pairs],
                "required": [owner.required for _, owner in pairs],
                "first": first,
                "last": last,
                "unit": CREDIT_UNIT,
                "hours_n": day_hours.numerator,
                "hours_d": day_hours.denominator,
            },
        )
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    span = (last - first).days + 1
    found = {}
    for owner in owners:
        units, counted, days = rows.get(owner.id, (0, 0, 0))
        found[owner.id] = Total(units, counted + owner.required * span - days)
    return found
