"""一个月的全部项目直接从位图的小时数合计：择优 n 台、日得分的 SQL 孪生，供压测、试算和整省复核。"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import connection

from gongdi.telemetry.rules.hours import CREDIT_UNIT

# Of each device: one packed integer (days, counted days and full days in ten bits each: a group of aggregates costs
# twice as much) and the credits of the few days that are not full. At most 1,023 days, see SPAN.
DEVICES = """
SELECT c.subject_id,
       sum(CASE WHEN c.expected_hours = 0 THEN 1
                WHEN c.valid_hours * %(hours_d)s >= c.expected_hours * %(hours_n)s THEN 1049601 ELSE 1025 END),
       (sum(%(unit)s / c.expected_hours * c.valid_hours)
        FILTER (WHERE c.expected_hours > 0 AND c.valid_hours * %(hours_d)s < c.expected_hours * %(hours_n)s))::bigint
FROM coverage_day c WHERE c.stream = 1 AND c.day >= %(first)s AND c.day <= %(last)s
GROUP BY c.subject_id
"""
SPAN = 1_023
# Owners with more devices than n rank their device-days (rules.devices.n_best): credit 1 first, then days
# without an expected hour, then smaller credits from high to low.
RANKED = """
SELECT owner_id, sum(units)::bigint, count(*) FILTER (WHERE expected_hours > 0), count(*)
FROM (
    SELECT o.owner_id, o.n, c.expected_hours, u.units,
           row_number() OVER (PARTITION BY o.owner_id, c.day ORDER BY
               CASE WHEN c.expected_hours = 0 THEN 1 WHEN u.units = %(unit)s THEN 0 ELSE 2 END, u.units DESC) AS place
    FROM coverage_day c
    JOIN unnest(%(devices)s::integer[], %(owners)s::bigint[], %(required)s::integer[]) AS o(device_id, owner_id, n)
        ON o.device_id = c.subject_id,
    LATERAL (SELECT CASE WHEN c.expected_hours = 0 THEN 0
                         WHEN c.valid_hours * %(hours_d)s >= c.expected_hours * %(hours_n)s THEN %(unit)s
                         ELSE %(unit)s / c.expected_hours * c.valid_hours END AS units) AS u
    WHERE c.stream = 1 AND c.day >= %(first)s AND c.day <= %(last)s AND c.subject_id = ANY (%(devices)s)
) AS ranked WHERE place <= n GROUP BY owner_id
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
    """Totals of many projects over the days first..last, straight from the hours of the maps (2 queries).

    For projects whose devices and n hold on all these days; a missing device is a device-day with credit 0.
    """
    values: dict[str, Any] = {
        "first": first,
        "last": last,
        "unit": CREDIT_UNIT,
        "hours_n": day_hours.numerator,
        "hours_d": day_hours.denominator,
    }
    span, found = (last - first).days + 1, {}
    if span > SPAN:
        raise ValueError(f"一次至多合计 {SPAN} 天")
    per_device = _per_device(values)
    choosing = [owner for owner in owners if len(owner.devices) > owner.required]
    ranked = _ranked(choosing, values) if choosing else {}
    nothing = (0, 0, 0)
    for owner in owners:
        if len(owner.devices) > owner.required:
            units, counted, days = ranked.get(owner.id, nothing)
        elif len(owner.devices) == 1:
            units, counted, days = per_device.get(owner.devices[0], nothing)
        else:
            own = [per_device.get(device, nothing) for device in owner.devices]
            units, counted, days = (sum(one[n] for one in own) for n in range(3))
        found[owner.id] = Total(units, counted + owner.required * span - days)
    return found


def _per_device(values: dict[str, Any]) -> dict[int, tuple[int, int, int]]:
    """Units, counted days and days of every device."""
    with connection.cursor() as cursor:
        cursor.execute(DEVICES, values)
        return {
            device: ((packed >> 20) * CREDIT_UNIT + (rest or 0), packed >> 10 & SPAN, packed & SPAN)
            for device, packed, rest in cursor.fetchall()
        }


def _ranked(owners: list[Owner], values: dict[str, Any]) -> dict[int, tuple[int, int, int]]:
    """Units, counted and chosen device-days of owners that have more devices than n."""
    pairs = [(device, owner) for owner in owners for device in owner.devices]
    values = values | {
        "devices": [device for device, _ in pairs],
        "owners": [owner.id for _, owner in pairs],
        "required": [owner.required for _, owner in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(RANKED, values)
        return {row[0]: row[1:] for row in cursor.fetchall()}
