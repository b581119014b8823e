"""月结果背后的清单：逐日四个数，以及按时、实传、有效各差在哪些时段。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from gongdi.kernel.clock import SHANGHAI, day_start, shanghai_day
from gongdi.monitor.queries.month import passed
from gongdi.telemetry.queries.coverage import device_days
from gongdi.telemetry.queries.states import StateRun, joined, runs_of
from gongdi.telemetry.rules.hours import day_credit
from gongdi.telemetry.rules.minutes import effective_expected
from gongdi.telemetry.terms import load_terms

LACKING = ("on_time", "received", "valid")


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One day of the month: samples due, in time, arrived, valid; counted hours; credit (None = not counted)."""

    day: date
    due: int
    on_time: int
    received: int
    valid: int
    valid_hours: int
    expected_hours: int
    credit: Fraction | None


@dataclass(frozen=True, slots=True)
class MonthDays:
    """The days behind the month card; `lacking[name]` are the minutes due that are not in time, arrived or valid."""

    until: datetime
    days: tuple[DayCounts, ...]
    lacking: dict[str, tuple[StateRun, ...]]


def month_days(device_id: int, month: date, now: datetime) -> MonthDays:
    """Days of the month that contains `month` up to the last closed hour, as `month_counts` sums them (3 queries)."""
    terms, first = load_terms(), month.replace(day=1)
    end = day_start((first + timedelta(days=32)).replace(day=1))
    until = min(now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0), end)
    found = device_days(device_id, first, shanghai_day(until - timedelta(seconds=1)))
    days: list[DayCounts] = []
    runs: dict[str, list[StateRun]] = {name: [] for name in LACKING}
    for day, maps in sorted(found.maps.items()):
        due = effective_expected(maps.expected & passed(day, until), maps.exempt, maps.fault, maps.received)
        own = {name: due & int(getattr(maps, name)) for name in LACKING}
        n = {name: bits.bit_count() // found.interval for name, bits in own.items()}
        hours, good = found.hours[day]
        over = until >= day_start(day + timedelta(days=1))
        credit = day_credit(hours, good, terms.of(day).day_hours).credit if over else None
        days.append(
            DayCounts(
                day,
                due.bit_count() // found.interval,
                n["on_time"],
                n["received"],
                n["valid"],
                good,
                hours,
                credit,
            )
        )
        for name, bits in own.items():
            runs[name] += [_run(day, begin, stop, found.interval) for begin, stop in runs_of(due & ~bits)]
    return MonthDays(until, tuple(days), {name: tuple(joined(many)) for name, many in runs.items()})


def _run(day: date, begin: int, end: int, interval: int) -> StateRun:
    start, minute = day_start(day), timedelta(minutes=1)
    samples = -(-(end - begin) // interval)
    return StateRun(start + begin * minute, start + end * minute, None, end - begin, samples, "", None)
