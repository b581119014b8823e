"""一台设备若干天的位图，页面上的状态、条带和计数都由它得出。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from gongdi.telemetry.rules.minutes import DayMaps
from gongdi.telemetry.rules.states import SlotClock
from gongdi.telemetry.terms import Terms


@dataclass(frozen=True, slots=True)
class DeviceDays:
    """Maps and hours of the days that have a row, and the interval k in minutes."""

    interval: int
    maps: Mapping[date, DayMaps]
    hours: Mapping[date, tuple[int, int]]

    def of(self, day: date) -> DayMaps:
        """Maps of a day; nothing expected without a row."""
        return self.maps.get(day) or DayMaps()

    def clock(self, day: date, terms: Terms) -> SlotClock:
        """Clocks of the device-day."""
        return terms.of(day).clock(self.interval)


def device_days(device_id: int, first: date, last: date) -> DeviceDays:
    """Coverage of one device on the Shanghai days first..last (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.interval_min, c.day, c.expected_hours, c.valid_hours, c.expected::text, c.received::text,"
            " c.on_time::text, c.valid::text, c.exempt::text, c.fault::text FROM gateway_device d"
            " LEFT JOIN coverage_day c ON c.stream = 1 AND c.subject_id = d.id AND c.day BETWEEN %s AND %s"
            " WHERE d.id = %s ORDER BY c.day",
            [first, last, device_id],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    kept = [row for row in rows if row[1] is not None]
    return DeviceDays(
        interval=rows[0][0] if rows else 1,
        maps={row[1]: DayMaps(*(int(text, 2) for text in row[4:])) for row in kept},
        hours={row[1]: (row[2], row[3]) for row in kept},
    )
