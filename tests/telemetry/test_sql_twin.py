"""位图运算的 SQL 函数与纯函数规则同进同出。"""

from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongdi.telemetry.rules.hours import hours_of
from gongdi.telemetry.rules.minutes import DayMaps, effective_expected, from_text, to_text, window

SHARES = [Fraction(3, 4), Fraction(1), Fraction(2, 3), Fraction(0)]


@st.composite
def day_map(draw: st.DrawFn) -> int:
    """A map made of a few runs, as devices and exemptions make them."""
    found = 0
    for _ in range(draw(st.integers(0, 4))):
        begin = draw(st.integers(0, 1440))
        found ^= window(begin, draw(st.integers(begin, 1440)))
    return found ^ (draw(st.integers(0, 2**1440 - 1)) if draw(st.booleans()) else 0)


@pytest.mark.django_db
@settings(
    derandomize=True,
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    maps=st.builds(
        DayMaps, expected=day_map(), received=day_map(), valid=day_map(), exempt=day_map(), fault=day_map()
    ),
    share=st.sampled_from(SHARES),
)
def test_hours_of_a_day(maps: DayMaps, share: Fraction) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT due::text, h.expected_hours, h.valid_hours"
            " FROM coverage_due(%s::bit(1440), %s::bit(1440), %s::bit(1440), %s::bit(1440)) AS due,"
            " coverage_hours(due, %s::bit(1440), %s, %s) AS h",
            [
                *map(to_text, (maps.expected, maps.received, maps.exempt, maps.fault, maps.valid)),
                share.numerator,
                share.denominator,
            ],
        )
        due, expected_hours, valid_hours = cursor.fetchone()
    assert from_text(due) == effective_expected(maps.expected, maps.exempt, maps.fault, maps.received)
    assert (expected_hours, valid_hours) == hours_of(maps, share)


@pytest.mark.django_db
@settings(
    derandomize=True,
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(begin=st.integers(0, 1440), data=st.data())
def test_run_of_minutes(begin: int, data: st.DataObject) -> None:
    end = data.draw(st.integers(begin, 1440))
    with connection.cursor() as cursor:
        cursor.execute("SELECT minute_run(%s, %s)::text", [begin, end - begin])
        assert from_text(cursor.fetchone()[0]) == window(begin, end)
