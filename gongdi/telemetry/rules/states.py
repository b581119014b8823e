"""分钟与小时的六种状态，以及一帧到达时属于按时、补传还是过期。

依据: 379-2.2.3
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction

from gongdi.kernel.obligation import ObligationState
from gongdi.telemetry.rules.hours import samples_needed
from gongdi.telemetry.rules.minutes import MINUTES, DayMaps, hour_slice, minute_bit, window

ONE_MINUTE = timedelta(minutes=1)
GRACE_AFTER_LOCK = timedelta(days=1)


class Arrival(Enum):
    """How a sample arrived: 按时 补传 过期（存而不计） 隔离（锁定次日起）."""

    ON_TIME = "按时"
    BACK_FILLED = "补传"
    LATE = "缺传"
    QUARANTINED = "隔离"


@dataclass(frozen=True, slots=True)
class SlotClock:
    """The clocks of a device-day: its start, the lock of its month, interval k and the two windows.

    All instants aware. `counts_until_hours` and `on_time_minutes` come from the policy.
    """

    day_start: datetime
    lock: datetime
    interval: int = 1
    on_time_minutes: int = 10
    counts_until_hours: int = 72

    def slot_end(self, minute: int) -> datetime:
        """End of the period that holds `minute`: the data time (数据时间) of its sample."""
        begin = minute - minute % self.interval
        return self.day_start + (begin + self.interval) * ONE_MINUTE

    def counts_until(self, minute: int) -> datetime:
        """Last instant at which the sample of `minute` still counts: min(data time + 72 h, lock)."""
        return min(self.slot_end(minute) + timedelta(hours=self.counts_until_hours), self.lock)

    def curable(self, now: datetime) -> int:
        """The map of the minutes whose sample would still count when it came at `now`."""
        begins = range(0, MINUTES, self.interval)
        first = bisect_left(begins, now, key=self.counts_until)
        return window(begins[first], MINUTES) if first < len(begins) else 0


def arrival(clock: SlotClock, minute: int, received: datetime) -> Arrival:
    """How the sample of `minute`, received at `received`, is taken (return_rate.yaml slot).

    On time up to and including 10 minutes after the end of the slot; counted up to and including
    counts_until; later stored but not counted; refused from the lock of the month + 1 day.
    """
    if received <= clock.slot_end(minute) + clock.on_time_minutes * ONE_MINUTE:
        return Arrival.ON_TIME
    if received <= clock.counts_until(minute):
        return Arrival.BACK_FILLED
    if received < clock.lock + GRACE_AFTER_LOCK:
        return Arrival.LATE
    return Arrival.QUARANTINED


def minute_state(maps: DayMaps, minute: int, clock: SlotClock, now: datetime) -> ObligationState | None:
    """The state of one minute; None when the device was not expected then (未应传)."""
    bit = minute_bit(minute)
    if not maps.expected & bit:
        return None
    if maps.exempt & bit:
        return ObligationState.EXEMPT
    if maps.fault & ~maps.received & bit:
        return ObligationState.PLATFORM_FAULT
    if maps.valid & bit:
        return ObligationState.ON_TIME if maps.on_time & bit else ObligationState.BACK_FILLED
    if not maps.received & bit and now <= clock.counts_until(minute):
        return ObligationState.PENDING
    return ObligationState.MISSING


def hour_states(
    maps: DayMaps, clock: SlotClock, now: datetime, share: Fraction
) -> tuple[ObligationState | None, ...]:
    """The states of the 24 hours (return_rate.yaml hour_state); None: no minute expected (未应传)."""
    curable = clock.curable(now)
    return tuple(_hour_state(_HourBits.of(maps, curable, hour), share) for hour in range(24))


@dataclass(frozen=True, slots=True)
class _HourBits:
    """The bits of one hour that decide its state."""

    expected: int
    owed: int
    left: int
    on_time: int
    counted: int
    can_come: int

    @staticmethod
    def of(maps: DayMaps, curable: int, hour: int) -> "_HourBits":
        expected, received = hour_slice(maps.expected, hour), hour_slice(maps.received, hour)
        owed = expected & ~hour_slice(maps.exempt, hour)
        left = owed & ~(hour_slice(maps.fault, hour) & ~received)
        counted = hour_slice(maps.valid, hour) & left
        return _HourBits(
            expected=expected,
            owed=owed,
            left=left,
            on_time=counted & hour_slice(maps.on_time, hour),
            counted=counted,
            can_come=left & ~received & hour_slice(curable, hour),
        )


def _hour_state(bits: _HourBits, share: Fraction) -> ObligationState | None:
    """Order of return_rate.yaml: fault, exempt, on time, back-filled, pending, missing."""
    if not bits.expected:
        return None
    if not bits.owed:
        return ObligationState.EXEMPT
    if not bits.left:
        return ObligationState.PLATFORM_FAULT
    needed = samples_needed(bits.left.bit_count(), share)
    if bits.on_time.bit_count() >= needed:
        return ObligationState.ON_TIME
    if bits.counted.bit_count() >= needed:
        return ObligationState.BACK_FILLED
    if (bits.counted | bits.can_come).bit_count() >= needed:
        return ObligationState.PENDING
    return ObligationState.MISSING
