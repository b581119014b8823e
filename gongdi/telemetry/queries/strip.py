"""30 日 × 24 小时的到达格：每格六态之一，列下是有效小时与应传小时。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gongdi.telemetry.queries.states import SlotState


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
    """Columns oldest first and the number of hours per state for the legend."""

    days: tuple[StripDay, ...]
    totals: Mapping[SlotState, int]


def hour_strip(device_id: int, now: datetime, days: int = 30) -> Strip:
    """States of the last `days` days by hour (1 query)."""
    raise NotImplementedError
