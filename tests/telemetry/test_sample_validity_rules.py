from datetime import time

import pytest

from gongdi.kernel.policy import DUST_VALID_GROUPS, NOTICE
from gongdi.telemetry.rules.limits import NoiseLimits, is_night, noise_exceeded, pm10_stop
from gongdi.telemetry.rules.validity import COUNTED, FACTORS, Mark, mark_of, sample_valid, valid_factors

GROUPS = DUST_VALID_GROUPS.default(NOTICE)


def marks(**values: int) -> int:
    return sum(mark << 4 * FACTORS.index(name) for name, mark in values.items())


@pytest.mark.parametrize("mark", list(Mark))
def test_only_normal_over_limit_and_unmarked_values_count(mark: Mark) -> None:
    counts = mark in (Mark.NORMAL, Mark.OVER_LIMIT, Mark.UNMARKED)
    assert sample_valid(marks(pm10=mark), GROUPS) is counts
    assert (mark in COUNTED) is counts


@pytest.mark.parametrize("factor", ["tsp", "pm10", "pm25"])
def test_one_particulate_factor_is_enough(factor: str) -> None:
    assert sample_valid(marks(**{factor: Mark.NORMAL, "noise": Mark.FAULT}), GROUPS)


def test_noise_alone_is_no_dust_sample() -> None:
    assert not sample_valid(marks(noise=Mark.NORMAL, pm10=Mark.FAULT), GROUPS)
    assert not sample_valid(0, GROUPS)


def test_policy_can_ask_for_noise_too() -> None:
    both = (("pm10", "tsp"), ("noise",))
    assert not sample_valid(marks(pm10=Mark.NORMAL), both)
    assert sample_valid(marks(tsp=Mark.OVER_LIMIT, noise=Mark.NORMAL), both)


def test_marks_are_read_in_the_order_of_the_row() -> None:
    found = marks(wind_direction=Mark.POWER_FAILURE, tsp=Mark.NORMAL)
    assert mark_of(found, "wind_direction") == 12
    assert mark_of(found, "pm10") == 0
    assert valid_factors(found) == ("tsp",)


LIMITS = NoiseLimits(70, 55, time(22), time(6), 15)


@pytest.mark.parametrize(
    ("local", "night"),
    [(time(21, 59), False), (time(22), True), (time(0), True), (time(5, 59), True), (time(6), False)],
)
def test_night_passes_midnight(local: time, night: bool) -> None:
    assert is_night(local, LIMITS) is night


def test_a_night_that_does_not_pass_midnight() -> None:
    limits = NoiseLimits(70, 55, time(0), time(5), 15)
    assert is_night(time(4), limits)
    assert not is_night(time(5), limits)


@pytest.mark.clause("379-2.2.1.b")
def test_noise_and_dust_limits() -> None:
    assert not noise_exceeded(70.0, 99.0, time(12), LIMITS)
    assert noise_exceeded(70.1, None, time(12), LIMITS)
    assert noise_exceeded(55.1, None, time(23), LIMITS)
    assert not noise_exceeded(55.0, 70.0, time(23), LIMITS)
    assert noise_exceeded(50.0, 70.1, time(23), LIMITS)
    assert pm10_stop(250.0, 250)
    assert not pm10_stop(249.9, 250)
