"""时段六态及其连续区间：到达轨、到达格和缺传清单共用。"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gongdi.kernel.obligation import ObligationState
from gongdi.telemetry.rules.minutes import MINUTES, DayMaps, to_text, window
from gongdi.telemetry.rules.states import SlotClock


class SlotState(StrEnum):
    """六态 of a slot (minute or hour); `label` is the word on the page."""

    ON_TIME = "on_time"
    BACK_FILLED = "back_filled"
    PENDING = "pending"
    EXEMPT = "exempt"
    PLATFORM_FAULT = "platform_fault"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """Chinese word of the state as shown (按时, 补传, 应传未到, 免传, 平台故障, 缺传)."""
        return ObligationState[self.name].value

    @staticmethod
    def of(state: ObligationState | None) -> "SlotState | None":
        """The page's token of a state of the rules."""
        return None if state is None else SlotState[state.name]


ONES = re.compile("1+")


@dataclass(frozen=True, slots=True)
class StateRun:
    """Consecutive minutes [starts, ends) of one state (None = not expected); samples = minutes / interval."""

    starts: datetime
    ends: datetime
    state: SlotState | None
    minutes: int
    samples: int
    cause: str
    cure_until: datetime | None


def state_masks(maps: DayMaps, clock: SlotClock, now: datetime) -> Mapping[SlotState, int]:
    """Minutes of each state as maps; the same decisions as `rules.states.minute_state`, a day at once.

    Minutes whose period has not ended at `now` are in none of them.
    """
    owed = maps.expected & ended(clock, now)
    exempt = owed & maps.exempt
    fault = owed & ~exempt & maps.fault & ~maps.received
    left = owed & ~exempt & ~fault
    good = left & maps.valid
    pending = left & ~good & ~maps.received & clock.curable(now)
    return {
        SlotState.ON_TIME: good & maps.on_time,
        SlotState.BACK_FILLED: good & ~maps.on_time,
        SlotState.PENDING: pending,
        SlotState.EXEMPT: exempt,
        SlotState.PLATFORM_FAULT: fault,
        SlotState.MISSING: left & ~good & ~pending,
    }


def ended(clock: SlotClock, now: datetime) -> int:
    """Minutes of the day whose period has ended at `now`."""
    passed = int((now - clock.day_start) / timedelta(minutes=1))
    passed -= passed % clock.interval
    return window(0, max(0, min(MINUTES, passed)))


def runs_of(mask: int) -> list[tuple[int, int]]:
    """Runs [begin, end) of set minutes, ascending."""
    return [found.span() for found in ONES.finditer(to_text(mask))]


def state_runs(maps: DayMaps, clock: SlotClock, now: datetime) -> list[StateRun]:
    """All minutes of a day as runs of one state, in order; `cure_until` only while pending."""
    found = []
    for state, mask in state_masks(maps, clock, now).items():
        for begin, end in runs_of(mask):
            cure = clock.counts_until(begin) if state is SlotState.PENDING else None
            starts = clock.day_start + timedelta(minutes=begin)
            samples = -(-(end - begin) // clock.interval)
            ends = clock.day_start + timedelta(minutes=end)
            found.append(StateRun(starts, ends, state, end - begin, samples, "", cure))
    return sorted(found, key=lambda run: run.starts)


def joined(runs: list[StateRun]) -> list[StateRun]:
    """Runs of one state that touch (over midnight too) made one."""
    out: list[StateRun] = []
    for run in runs:
        last = out[-1] if out else None
        if last and last.ends == run.starts and last.state == run.state:
            minutes, samples = last.minutes + run.minutes, last.samples + run.samples
            out[-1] = replace(last, ends=run.ends, minutes=minutes, samples=samples)
        else:
            out.append(run)
    return out
