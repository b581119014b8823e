import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.telemetry.rules.devices import n_best, required_devices
from gongdi.telemetry.rules.hours import (
    CREDIT_UNIT,
    credit_units,
    day_credit,
    hour_valid,
    hours_of,
    samples_needed,
)
from gongdi.telemetry.rules.minutes import FULL, DayMaps, hour_window, period_bits, window

SHARE, DAY_HOURS = Fraction(3, 4), Fraction(20, 24)
MAPS = st.integers(min_value=0, max_value=FULL)


@pytest.mark.clause("379-2.2.3")
@pytest.mark.parametrize(
    ("expected", "valid", "is_valid"),
    [
        (60, 45, True),
        (60, 44, False),
        (12, 9, True),
        (12, 8, False),
        (6, 5, True),
        (6, 4, False),
        (1, 1, True),
    ],
)
def test_three_quarters_of_the_samples_make_an_hour(expected: int, valid: int, is_valid: bool) -> None:
    assert hour_valid(expected, valid, SHARE) is is_valid
    assert (valid >= samples_needed(expected, SHARE)) is is_valid


def test_an_hour_without_expected_samples_is_not_valid() -> None:
    assert not hour_valid(0, 0, SHARE)


@pytest.mark.clause("379-2.2.3")
@pytest.mark.parametrize(
    ("expected", "valid", "needed", "credit"),
    [
        (24, 20, 20, "1"),
        (24, 19, 20, "19/24"),
        (18, 15, 15, "1"),
        (18, 14, 15, "7/9"),
        (6, 5, 5, "1"),
        (24, 0, 20, "0"),
    ],
)
def test_day_credit(expected: int, valid: int, needed: int, credit: str) -> None:
    found = day_credit(expected, valid, DAY_HOURS)
    assert (found.needed, found.credit) == (needed, Fraction(credit))


def test_a_day_without_expected_hours_has_no_credit() -> None:
    assert day_credit(0, 0, DAY_HOURS).credit is None
    assert credit_units(0, 0, DAY_HOURS) is None


def test_credit_units_are_exact_for_every_day() -> None:
    assert math.lcm(*range(1, 25)) == CREDIT_UNIT
    for expected in range(1, 25):
        for valid in range(expected + 1):
            units = credit_units(expected, valid, DAY_HOURS)
            assert units is not None
            assert Fraction(units, CREDIT_UNIT) == day_credit(expected, valid, DAY_HOURS).credit


def test_interval_changed_inside_an_hour_is_judged_on_minutes() -> None:
    received = window(480, 510) | period_bits(510, 5) | period_bits(515, 5) | period_bits(520, 5)
    maps = DayMaps(expected=hour_window(8), received=received, valid=received)
    assert hours_of(maps, SHARE) == (1, 1)
    assert hours_of(DayMaps(hour_window(8), received, 0, received & ~window(480, 481)), SHARE) == (1, 0)


def test_exempt_minutes_leave_the_denominator_and_never_enter_the_numerator() -> None:
    half = window(480, 510)
    assert hours_of(DayMaps(hour_window(8), half, 0, half, exempt=half), SHARE) == (1, 0)
    rest = window(510, 533)
    assert hours_of(DayMaps(hour_window(8), rest, 0, rest, exempt=half), SHARE) == (1, 1)


def test_platform_fault_excuses_only_what_no_back_fill_supplied() -> None:
    fault = hour_window(8)
    assert hours_of(DayMaps(hour_window(8), 0, 0, 0, fault=fault), SHARE) == (0, 0)
    assert hours_of(DayMaps(hour_window(8), fault, 0, fault, fault=fault), SHARE) == (1, 1)


@given(MAPS, MAPS, MAPS, MAPS, MAPS)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_hours_equal_a_count_minute_by_minute(
    expected: int, received: int, valid: int, exempt: int, fault: int
) -> None:
    maps = DayMaps(expected, received, 0, valid & received, exempt, fault)
    hours = [[0, 0] for _ in range(24)]
    for minute in range(1440):
        e, r, x, f = (bits >> (1439 - minute) & 1 for bits in (expected, received, exempt, fault))
        if e and not x and (r or not f):
            hours[minute // 60][0] += 1
            hours[minute // 60][1] += maps.valid >> (1439 - minute) & 1
    due = [(e, v) for e, v in hours if e]
    assert hours_of(maps, SHARE) == (len(due), sum(Fraction(v, e) >= SHARE for e, v in due))


@pytest.mark.clause("379-2.2.1.b")
@pytest.mark.parametrize(
    ("area", "devices"), [(0, 1), (1, 1), (10_000, 1), (10_001, 2), (20_000, 2), (95_000, 10)]
)
def test_one_device_for_each_ten_thousand_square_metres(area: int, devices: int) -> None:
    assert required_devices(area, 10_000, 1) == devices


@pytest.mark.parametrize(
    ("days", "n", "counted"),
    [
        ([(24, 19), (24, 24)], 1, [(24, 24)]),
        ([(24, 24), (24, 24), (24, 0)], 2, [(24, 24), (24, 24)]),
        ([(24, 24)], 2, [(24, 24), (24, 0)]),
        ([(0, 0), (24, 12)], 1, [(0, 0)]),
        ([(0, 0), (24, 24)], 1, [(24, 24)]),
        ([(24, 12), (24, 19), (24, 3)], 2, [(24, 19), (24, 12)]),
        ([], 1, [(24, 0)]),
        ([], 0, []),
    ],
)
def test_the_n_best_device_days_count(
    days: list[tuple[int, int]], n: int, counted: list[tuple[int, int]]
) -> None:
    assert n_best(days, n, DAY_HOURS) == counted


DEVICE_DAY = st.integers(0, 24).flatmap(lambda hours: st.tuples(st.just(hours), st.integers(0, hours)))


@given(st.lists(DEVICE_DAY, max_size=5), DEVICE_DAY, st.integers(0, 4))
@settings(derandomize=True, deadline=None)
def test_a_spare_device_can_only_help(days: list[tuple[int, int]], spare: tuple[int, int], n: int) -> None:
    def worth(chosen: list[tuple[int, int]]) -> Fraction | None:
        credits = [c for c in (day_credit(*day, DAY_HOURS).credit for day in chosen) if c is not None]
        return sum(credits, Fraction(0)) / len(credits) if credits else None

    before, after = worth(n_best(days, n, DAY_HOURS)), worth(n_best([*days, spare], n, DAY_HOURS))
    if before is not None and after is not None and spare[0]:
        assert after >= before
