from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.calendar import month_lock, shipped_calendar
from gongdi.kernel.clock import SHANGHAI, day_start
from gongdi.kernel.obligation import ObligationState as State
from gongdi.telemetry.rules.minutes import FULL, INTERVALS, MINUTES, DayMaps, hour_window, minutes_of, window
from gongdi.telemetry.rules.states import Arrival, SlotClock, arrival, hour_states, minute_state

DAY = date(2026, 5, 20)
LOCK = month_lock(2026, 5, 10, shipped_calendar())
CLOCK = SlotClock(day_start(DAY), LOCK)
SHARE = Fraction(3, 4)
EIGHT = hour_window(8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


AFTER_ALL = at("2026-05-30 00:00:00")


def state_of_eight(maps: DayMaps, now: datetime, clock: SlotClock = CLOCK) -> State | None:
    return hour_states(maps, clock, now, SHARE)[8]


@pytest.mark.clause("379-2.2.3")
@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-05-20 08:26:00", Arrival.ON_TIME),
        ("2026-05-20 08:26:01", Arrival.BACK_FILLED),
        ("2026-05-23 08:16:00", Arrival.BACK_FILLED),
        ("2026-05-23 08:16:01", Arrival.LATE),
        ("2026-06-11 23:59:59", Arrival.LATE),
        ("2026-06-12 00:00:00", Arrival.QUARANTINED),
    ],
)
def test_arrival_of_one_minute(received: str, expected: Arrival) -> None:
    assert arrival(CLOCK, 8 * 60 + 15, at(received)) is expected


def test_last_days_of_a_month_count_until_its_lock() -> None:
    clock = SlotClock(day_start(date(2026, 6, 10)), LOCK)
    assert clock.counts_until(8 * 60) == LOCK
    assert arrival(clock, 8 * 60, LOCK) is Arrival.BACK_FILLED
    assert arrival(clock, 8 * 60, LOCK + timedelta(seconds=1)) is Arrival.LATE


def test_five_minute_slot_ends_with_its_period() -> None:
    clock = SlotClock(day_start(DAY), LOCK, interval=5)
    assert clock.slot_end(8 * 60 + 11) == at("2026-05-20 08:15:00")


@pytest.mark.parametrize(
    ("maps", "expected"),
    [
        (DayMaps(), None),
        (DayMaps(EIGHT, fault=EIGHT), State.PLATFORM_FAULT),
        (DayMaps(EIGHT, exempt=EIGHT), State.EXEMPT),
        (DayMaps(EIGHT, exempt=window(480, 500), fault=window(490, 540)), State.PLATFORM_FAULT),
        (DayMaps(EIGHT, EIGHT, EIGHT, EIGHT), State.ON_TIME),
        (DayMaps(EIGHT, EIGHT, window(480, 525), EIGHT), State.ON_TIME),
        (DayMaps(EIGHT, EIGHT, window(480, 524), EIGHT), State.BACK_FILLED),
        (DayMaps(EIGHT, EIGHT, EIGHT, window(480, 524)), State.MISSING),
        (DayMaps(EIGHT), State.MISSING),
        (DayMaps(EIGHT, EIGHT, 0, EIGHT, fault=EIGHT), State.BACK_FILLED),
    ],
)
def test_state_of_an_hour_once_everything_is_decided(maps: DayMaps, expected: State | None) -> None:
    assert state_of_eight(maps, AFTER_ALL) is expected


def test_an_hour_is_pending_while_enough_minutes_can_still_come() -> None:
    maps = DayMaps(EIGHT)
    assert state_of_eight(maps, at("2026-05-20 08:30:00")) is State.PENDING
    assert state_of_eight(maps, at("2026-05-23 08:16:00")) is State.PENDING
    assert state_of_eight(maps, at("2026-05-23 08:16:01")) is State.MISSING


def test_minutes_that_came_invalid_cannot_be_cured() -> None:
    invalid = window(480, 496)
    assert state_of_eight(DayMaps(EIGHT, invalid), at("2026-05-20 08:30:00")) is State.MISSING
    assert state_of_eight(DayMaps(EIGHT, window(480, 495)), at("2026-05-20 08:30:00")) is State.PENDING


def test_hour_and_its_minutes_in_the_same_words() -> None:
    maps = DayMaps(
        EIGHT, window(480, 520), window(480, 500), window(480, 515), window(530, 535), window(535, 540)
    )
    minutes = {minute: minute_state(maps, minute, CLOCK, AFTER_ALL) for minute in minutes_of(EIGHT)}
    assert minutes[480] is State.ON_TIME
    assert minutes[500] is State.BACK_FILLED
    assert minutes[515] is State.MISSING
    assert minutes[520] is State.MISSING
    assert minutes[530] is State.EXEMPT
    assert minutes[535] is State.PLATFORM_FAULT
    assert minute_state(maps, 540, CLOCK, AFTER_ALL) is None
    assert minute_state(maps, 520, CLOCK, at("2026-05-20 09:00:00")) is State.PENDING


@given(st.sampled_from(INTERVALS), st.integers(-10_000, 10_000), st.sampled_from([DAY, date(2026, 6, 9)]))
@settings(derandomize=True, deadline=None)
def test_curable_minutes_are_those_whose_own_clock_has_not_passed(k: int, minutes: int, day: date) -> None:
    clock = SlotClock(day_start(day), LOCK, interval=k)
    now = clock.day_start + timedelta(minutes=minutes, seconds=minutes % 2)
    curable = clock.curable(now)
    assert minutes_of(curable) == [m for m in range(MINUTES) if clock.counts_until(m) >= now]


MAPS = st.integers(min_value=0, max_value=FULL)


@given(MAPS, MAPS, MAPS, MAPS, st.integers(0, 6000))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_valid_hours_are_exactly_the_fulfilled_states(
    expected: int, received: int, valid: int, exempt: int, minutes: int
) -> None:
    from gongdi.telemetry.rules.hours import hours_of

    maps = DayMaps(expected, received, received & valid, valid & received, exempt, valid & ~received)
    states = hour_states(maps, CLOCK, CLOCK.day_start + timedelta(minutes=minutes), SHARE)
    counted = [state for state in states if state is not None and state.counts]
    assert hours_of(maps, SHARE) == (len(counted), sum(state.fulfilled for state in counted))
