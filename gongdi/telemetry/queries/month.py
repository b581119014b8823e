"""一台设备一个月的四个数：应传、按时、实传、有效，各带 n/N 和差。"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from gongdi.telemetry.queries.states import StateRun


@dataclass(frozen=True, slots=True)
class Count:
    """n of N samples; `difference` = N - n; percent truncated to two decimals, None when N is 0."""

    n: int
    total: int
    difference: int
    percent: str | None


@dataclass(frozen=True, slots=True)
class ShortDay:
    """A day that misses its 20/24: valid of expected hours, hours needed."""

    day: date
    valid_hours: int
    expected_hours: int
    needed_hours: int


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """Samples of the month up to `until` (the last closed minute); credit of the device's own days."""

    month: date
    until: datetime
    locked: bool
    expected_hours: int
    expected: int
    exempt: int
    platform_fault: int
    on_time: Count
    received: Count
    valid: Count
    credit: Fraction | None
    credit_text: str | None
    days_counted: int
    days_full: int
    short_days: tuple[ShortDay, ...]
    pending: tuple[StateRun, ...]
    missing: tuple[StateRun, ...]
    not_counted: tuple[StateRun, ...]


def month_counts(device_id: int, month: date, now: datetime) -> MonthCounts:
    """Counts of one device in the month that contains `month` (2 queries)."""
    raise NotImplementedError
