"""设备日的小时数：应传、有效、仅按时有效，供项目日取最好的 n 台。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from gongdi.telemetry.models import ObsHour
from gongdi.telemetry.terms import Terms


@dataclass(frozen=True, slots=True)
class DeviceHours:
    """Expected hours, valid hours, and valid by on-time samples alone, of one device-day."""

    expected: int
    valid: int
    on_time: int


def hours_of_devices(device_ids: Sequence[int], day: date, terms: Terms) -> dict[int, DeviceHours]:
    """Hours of many devices on one Shanghai day (1 query); a device without a row has no entry."""
    share = terms.of(day).hour_share
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.subject_id, c.expected_hours, c.valid_hours,"
            " CASE WHEN c.valid = c.valid & c.on_time THEN c.valid_hours ELSE h.valid_hours END"
            " FROM coverage_day c, coverage_hours(coverage_due(c.expected, c.received, c.exempt, c.fault),"
            " c.valid & c.on_time, %s, %s) AS h"
            " WHERE c.stream = 1 AND c.subject_id = ANY (%s) AND c.day = %s",
            [share.numerator, share.denominator, list(device_ids), day],
        )
        return {int(row[0]): DeviceHours(*row[1:]) for row in cursor.fetchall()}


def first_valid_days(device_ids: Sequence[int]) -> dict[int, date]:
    """The first Shanghai day with a valid hour of each device that has one (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, min(day) FROM coverage_day"
            " WHERE stream = 1 AND subject_id = ANY (%s) AND valid_hours > 0 GROUP BY subject_id",
            [list(device_ids)],
        )
        return {int(device): day for device, day in cursor.fetchall()}


def hour_values(
    device_ids: Sequence[int], starts: datetime, ends: datetime
) -> dict[int, list[tuple[datetime, float | None, float | None]]]:
    """(hour start, PM10 mean, equivalent noise level) of devices in [starts, ends), oldest first (1 query)."""
    rows = ObsHour.objects.filter(device_id__in=list(device_ids), ts__gte=starts, ts__lt=ends).order_by("ts")
    found: dict[int, list[tuple[datetime, float | None, float | None]]] = {}
    for device, ts, pm10, noise in rows.values_list("device_id", "ts", "pm10_avg", "noise_leq"):
        found.setdefault(device, []).append((ts, pm10, noise))
    return found
