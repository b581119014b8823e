from datetime import date, timedelta

import chinese_calendar
import pytest

from gongdi.kernel.calendar import WorkingCalendar, month_lock, shipped_calendar
from gongdi.kernel.clock import day_end
from gongdi.kernel.errors import CalendarError


def test_shipped_data_says_the_same_as_the_package_it_came_from() -> None:
    calendar = shipped_calendar()
    day = date(2004, 1, 1)
    while day.year < 2027:
        assert calendar.is_working(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert calendar.years == frozenset(range(2004, 2027))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 17), date(2026, 2, 24)),
        (date(2026, 5, 5), date(2026, 5, 6)),
        (date(2026, 10, 3), date(2026, 10, 8)),
        (date(2026, 5, 9), date(2026, 5, 9)),
    ],
)
def test_a_day_off_moves_to_the_next_working_day(day: date, expected: date) -> None:
    assert shipped_calendar().next_working_day(day) == expected


def test_make_up_saturday_counts_as_working_day() -> None:
    assert shipped_calendar().working_days_after(date(2026, 5, 6), 3) == date(2026, 5, 9)


def test_zero_working_days_after_is_the_day_itself() -> None:
    assert shipped_calendar().working_days_after(date(2026, 5, 2), 0) == date(2026, 5, 2)


def test_unpublished_year_is_monday_to_friday_and_told() -> None:
    told: list[int] = []
    calendar = shipped_calendar().noting(told.append)
    assert calendar.next_working_day(date(2027, 10, 2)) == date(2027, 10, 4)
    assert set(told) == {2027}


def test_published_year_is_not_told() -> None:
    told: list[int] = []
    shipped_calendar().noting(told.append).next_working_day(date(2026, 10, 1))
    assert told == []


def test_end_of_time_is_refused_in_chinese() -> None:
    with pytest.raises(CalendarError, match="范围"):
        WorkingCalendar(frozenset(), {date.max: False}).next_working_day(date.max)
    with pytest.raises(CalendarError, match="范围"):
        shipped_calendar().working_days_after(date.max, 1)


def test_a_year_published_anew_replaces_its_exceptions() -> None:
    calendar = shipped_calendar().with_year(2026, {date(2026, 10, 1): False})
    assert not calendar.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2026, 10, 2))
    assert not calendar.is_working(date(2025, 10, 2))


def test_a_year_with_days_of_another_is_refused() -> None:
    with pytest.raises(CalendarError, match="2027"):
        shipped_calendar().with_year(2027, {date(2026, 1, 1): False})


@pytest.mark.parametrize(
    ("month", "lock_day"),
    [((2026, 5), date(2026, 6, 10)), ((2026, 12), date(2027, 1, 11)), ((2026, 9), date(2026, 10, 10))],
)
def test_month_locks_at_the_end_of_its_working_lock_day(month: tuple[int, int], lock_day: date) -> None:
    assert month_lock(*month, 10, shipped_calendar()) == day_end(lock_day)
