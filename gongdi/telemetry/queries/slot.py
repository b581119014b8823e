"""缺传解释：一个小时为什么是这个状态，证据、还能怎么补、到什么时候。"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from gongdi.telemetry.queries.connections import Connection, PlatformFaultWindow
from gongdi.telemetry.queries.states import SlotState, StateRun


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of 发生了什么: instant (or span), kind (sample / connection / platform / exemption / decided)."""

    at: datetime
    until: datetime | None
    kind: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cure:
    """还能怎么补: a way, who, until when; `open` False = 已过期."""

    code: str
    title: str
    who: str
    until: datetime
    open: bool
    detail: str


@dataclass(frozen=True, slots=True)
class HourEffect:
    """Effect on the device-day: valid hours and credit now and if this hour were valid."""

    valid_hours: int
    expected_hours: int
    needed_hours: int | None
    credit: Fraction | None
    credit_if_valid: Fraction | None


@dataclass(frozen=True, slots=True)
class SlotExplanation:
    """All facts of one hour of one device. `sentence` is the first line of the page, in Chinese."""

    device_id: int
    day: date
    hour: int
    state: SlotState | None
    sentence: str
    decided_at: datetime | None
    valid_minutes: int
    due_minutes: int
    needed_minutes: int
    minutes: tuple[SlotState | None, ...]
    runs: tuple[StateRun, ...]
    last_before: datetime | None
    first_after: datetime | None
    canary_minutes: int
    connections: tuple[Connection, ...]
    faults: tuple[PlatformFaultWindow, ...]
    evidence: tuple[Evidence, ...]
    cures: tuple[Cure, ...]
    effect: HourEffect
    previous_missing: int | None
    next_missing: int | None
    missing_hours_of_day: int


def explain_slot(device_id: int, day: date, hour: int, now: datetime) -> SlotExplanation:
    """Facts of the hour `hour` (0..23) of a Shanghai day (constant number of queries)."""
    raise NotImplementedError
