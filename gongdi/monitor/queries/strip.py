"""30 日 × 24 小时的到达格：每格六态之一，列下是有效小时与应传小时。"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gongdi.kernel.clock import shanghai_day
from gongdi.telemetry.queries.coverage import DeviceDays, device_days
from gongdi.telemetry.queries.states import SlotState
from gongdi.telemetry.rules.hours import day_credit
from gongdi.telemetry.rules.minutes import effective_expected, hour_slice
from gongdi.telemetry.rules.states import hour_states
from gongdi.telemetry.terms import Terms, load_terms


@dataclass(frozen=True, slots=True)
class HourCell:
    """One hour: state (None = not expected or not begun), counted valid minutes of the due minutes."""

    hour: int
    state: SlotState | None
    valid_minutes: int
    due_minutes: int
    in_progress: bool


@dataclass(frozen=True, slots=True)
class StripDay:
    """One column. `met` is None while the day is open or has no expected hour."""

    day: date
    cells: tuple[HourCell, ...]
    valid_hours: int
    expected_hours: int
    needed_hours: int | None
    met: bool | None
    locked: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """Columns oldest first, hours per state for the legend, lock instant of each month by its first day."""

    days: tuple[StripDay, ...]
    totals: Mapping[SlotState, int]
    locks: Mapping[date, datetime] = field(default_factory=dict)


def hour_strip(device_id: int, now: datetime, days: int = 30) -> Strip:
    """States of the last `days` days by hour (3 queries)."""
    terms, today = load_terms(), shanghai_day(now)
    first = today - timedelta(days=days - 1)
    found = device_days(device_id, first, today)
    columns = tuple(strip_day(found, first + timedelta(days=n), terms, now) for n in range(days))
    totals = dict.fromkeys(SlotState, 0)
    for column in columns:
        for cell in column.cells:
            if cell.state is not None and not cell.in_progress:
                totals[cell.state] += 1
    locks = {column.day.replace(day=1): terms.lock_of(column.day) for column in columns}
    return Strip(columns, totals, locks)


def strip_day(found: DeviceDays, day: date, terms: Terms, now: datetime) -> StripDay:
    """One column; hours that have not begun have no state, hours not over yet are in progress."""
    maps, held = found.of(day), terms.of(day)
    states = hour_states(maps, found.clock(day, terms), now, held.hour_share)
    due = effective_expected(maps.expected, maps.exempt, maps.fault, maps.received)
    closed = 24 if now >= held.start + timedelta(days=1) else int((now - held.start) / timedelta(hours=1))
    cells = []
    for hour in range(24):
        owed = hour_slice(due, hour)
        valid = (owed & hour_slice(maps.valid, hour)).bit_count()
        begun = hour < closed or (hour == closed and now > held.start + timedelta(hours=hour))
        state = SlotState.of(states[hour]) if begun else None
        cells.append(HourCell(hour, state, valid, owed.bit_count() if begun else 0, begun and hour >= closed))
    over = [cell for cell in cells[:closed] if cell.due_minutes]
    good = sum(cell.state in (SlotState.ON_TIME, SlotState.BACK_FILLED) for cell in over)
    credit = day_credit(len(over), good, held.day_hours)
    met = None if closed < 24 or credit.credit is None else credit.credit == 1
    return StripDay(day, tuple(cells), good, len(over), credit.needed, met, held.lock <= now)
