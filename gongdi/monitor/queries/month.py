"""一台设备一个月的四个数：应传、按时、实传、有效，各带 n/N 和差。"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db import connection

from gongdi.kernel.clock import SHANGHAI, day_start, shanghai_day
from gongdi.kernel.exact import fraction_text, percent_text, ratio
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState, StateRun, joined, state_runs
from gongdi.telemetry.rules.hours import day_credit
from gongdi.telemetry.rules.minutes import effective_expected, hour_slice, window
from gongdi.telemetry.terms import Terms, load_terms


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


CAUSES = """
SELECT 'exempt', starts, ends, code || ' ' || reason FROM telemetry_exemption
WHERE status = 'approved' AND starts < %(ends)s AND ends > %(starts)s AND device_id = %(device)s
UNION ALL
SELECT 'exempt', e.starts, e.ends, e.code || ' ' || e.reason FROM telemetry_exemption e
WHERE e.status = 'approved' AND e.starts < %(ends)s AND e.ends > %(starts)s AND e.device_id IS NULL
  AND e.project_id = (SELECT project_id FROM equipment_device WHERE gateway_device_id = %(device)s)
UNION ALL
SELECT 'platform_fault', starts - interval '1 hour', ends, cause FROM platform_fault
WHERE starts < %(ends)s + interval '1 hour' AND ends > %(starts)s
"""


def month_counts(device_id: int, month: date, now: datetime) -> MonthCounts:
    """Counts of one device in the month that contains `month`, up to the last closed hour (4 queries)."""
    terms, first = load_terms(), month.replace(day=1)
    end = day_start((first + timedelta(days=32)).replace(day=1))
    until = min(now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0), end)
    last = shanghai_day(until - timedelta(seconds=1))
    found = device_days(device_id, first, last)
    sums = _sums(found, until, terms)
    runs = joined([run for day in sorted(found.maps) for run in _runs(found, day, until, now, terms)])
    runs = _with_causes(runs, device_id, day_start(first), until)
    credit, short = _credits(found, last if until < day_start(last + timedelta(days=1)) else None, terms)
    days_counted, days_full, total = credit
    expected, k = sums["due"], found.interval
    return MonthCounts(
        month=first,
        until=until,
        locked=terms.lock_of(first) <= now,
        expected_hours=sums["hours"],
        expected=expected // k,
        exempt=sums["exempt"] // k,
        platform_fault=sums["fault"] // k,
        on_time=_count(sums["on_time"] // k, expected // k),
        received=_count(sums["received"] // k, expected // k),
        valid=_count(sums["valid"] // k, expected // k),
        credit=total if days_counted else None,
        credit_text=_mixed(total) if days_counted else None,
        days_counted=days_counted,
        days_full=days_full,
        short_days=short,
        pending=_of(runs, SlotState.PENDING),
        missing=_of(runs, SlotState.MISSING),
        not_counted=_of(runs, SlotState.EXEMPT, SlotState.PLATFORM_FAULT),
    )


def _count(n: int, total: int) -> Count:
    return Count(n, total, total - n, percent_text(ratio(n, total)))


def _mixed(value: Fraction) -> str:
    """20 又 19/24."""
    whole, rest = divmod(value.numerator, value.denominator)
    if not rest:
        return str(whole)
    part = fraction_text(Fraction(rest, value.denominator)) or ""
    return f"{whole} 又 {part}" if whole else part


def _of(runs: list[StateRun], *states: SlotState) -> tuple[StateRun, ...]:
    return tuple(run for run in runs if run.state in states)


def passed(day: date, until: datetime) -> int:
    """Map of the minutes of a Shanghai day that begin before `until`."""
    minutes = int((until - day_start(day)) / timedelta(minutes=1))
    return window(0, max(0, min(1440, minutes)))


def _sums(found: DeviceDays, until: datetime, terms: Terms) -> dict[str, int]:
    """Minutes of the month up to `until`: due, arrived in time, arrived, valid, and what was taken off."""
    sums = dict.fromkeys(("due", "on_time", "received", "valid", "exempt", "fault", "hours"), 0)
    for day, maps in found.maps.items():
        begun = passed(day, until)
        owed = maps.expected & begun
        due = effective_expected(owed, maps.exempt, maps.fault, maps.received)
        sums["due"] += due.bit_count()
        sums["on_time"] += (due & maps.on_time).bit_count()
        sums["received"] += (due & maps.received).bit_count()
        sums["valid"] += (due & maps.valid).bit_count()
        sums["exempt"] += (owed & maps.exempt).bit_count()
        sums["fault"] += (owed & ~maps.exempt & ~due).bit_count()
        sums["hours"] += sum(1 for hour in range(24) if hour_slice(owed, hour))
    return sums


def _runs(found: DeviceDays, day: date, until: datetime, now: datetime, terms: Terms) -> list[StateRun]:
    runs = state_runs(found.of(day), found.clock(day, terms), now)
    return [run for run in runs if run.starts < until and run.state is not SlotState.ON_TIME]


def _credits(
    found: DeviceDays, open_day: date | None, terms: Terms
) -> tuple[tuple[int, int, Fraction], tuple[ShortDay, ...]]:
    """Counted closed days, full ones, sum of credits; the days below their 20/24."""
    counted = full = 0
    total, short = Fraction(0), []
    for day, (expected, valid) in sorted(found.hours.items()):
        credit = day_credit(expected, valid, terms.of(day).day_hours)
        if day == open_day or credit.credit is None or credit.needed is None:
            continue
        counted += 1
        total += credit.credit
        if credit.credit == 1:
            full += 1
        else:
            short.append(ShortDay(day, valid, expected, credit.needed))
    return (counted, full, total), tuple(short)


def _with_causes(runs: list[StateRun], device_id: int, starts: datetime, ends: datetime) -> list[StateRun]:
    """Name the exemption or the platform fault that excuses a run."""
    with connection.cursor() as cursor:
        cursor.execute(CAUSES, {"device": device_id, "starts": starts, "ends": ends})
        causes = cursor.fetchall()

    def cause(run: StateRun) -> str:
        for kind, begins, stops, text in causes:
            if run.state == kind and begins < run.ends and run.starts < stops:
                return str(text)
        return ""

    return [replace(run, cause=cause(run)) for run in runs]
