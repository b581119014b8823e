"""多台设备近几天的缺口：每天应传、缺、平台故障、免传各多少分钟，一次读出。"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection


@dataclass(frozen=True, slots=True)
class DayGap:
    """Minutes of one closed day: expected, missing with no excuse, lost to the platform, exempt."""

    day: date
    expected: int
    missing: int
    fault: int
    exempt: int

    @property
    def level(self) -> str:
        """`none` nothing expected, `full` nothing missing, `some`, `all` more than half missing."""
        if self.expected <= self.exempt:
            return "none"
        if not self.missing:
            return "full"
        return "all" if 2 * self.missing > self.expected else "some"


def week_gaps(device_ids: Sequence[int], today: date, days: int = 7) -> Mapping[int, tuple[DayGap, ...]]:
    """The last closed days of many devices, oldest first; a day without a row expects nothing (1 query)."""
    first = today - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, day, bit_count(expected), bit_count(expected & ~received & ~exempt & ~fault),"
            " bit_count(expected & ~received & ~exempt & fault), bit_count(expected & exempt)"
            " FROM coverage_day WHERE stream = 1 AND subject_id = ANY (%s) AND day >= %s AND day < %s",
            [list(device_ids), first, today],
        )
        rows = {(row[0], row[1]): DayGap(*row[1:]) for row in cursor.fetchall()}
    wanted = [first + timedelta(days=n) for n in range(days)]
    return {
        one: tuple(rows.get((one, day)) or DayGap(day, 0, 0, 0, 0) for day in wanted) for one in device_ids
    }
