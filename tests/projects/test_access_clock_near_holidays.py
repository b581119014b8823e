"""接入期限遇到节假日：春节、国庆、调休的周六、未公布的年份，逐日核对。"""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.policy import DEFAULTS, PolicyRow
from gongdi.projects.rules import AccessStatus, AccessTerms, access_deadline, access_status
from gongdi.projects.services.registering import Deadlines, deadline_of

TERMS = AccessTerms(base_days=30, not_before=date(2020, 6, 30))

# 国务院 2025、2026 年放假安排：开工日、开工后第 30 日、顺延后的期限
TABLE = [
    (date(2024, 12, 29), date(2025, 1, 28), date(2025, 2, 5), "除夕到正月初七放假"),
    (date(2024, 12, 26), date(2025, 1, 25), date(2025, 1, 26), "周六不上班，次日周日调休上班"),
    (date(2025, 1, 5), date(2025, 2, 4), date(2025, 2, 5), "假期最后一天"),
    (date(2025, 1, 9), date(2025, 2, 8), date(2025, 2, 8), "调休的周六是工作日"),
    (date(2025, 9, 1), date(2025, 10, 1), date(2025, 10, 9), "国庆中秋八天"),
    (date(2025, 9, 11), date(2025, 10, 11), date(2025, 10, 11), "国庆后调休的周六"),
    (date(2025, 12, 2), date(2026, 1, 1), date(2026, 1, 4), "元旦三天后的周日调休上班"),
    (date(2026, 1, 15), date(2026, 2, 14), date(2026, 2, 14), "春节前调休的周六"),
    (date(2026, 1, 16), date(2026, 2, 15), date(2026, 2, 24), "春节九天"),
    (date(2026, 3, 5), date(2026, 4, 4), date(2026, 4, 7), "清明三天"),
    (date(2026, 4, 1), date(2026, 5, 1), date(2026, 5, 6), "劳动节五天"),
    (date(2026, 5, 20), date(2026, 6, 19), date(2026, 6, 22), "端午三天"),
]


def deadline(start: date, excluded: int = 0) -> date:
    """Deadline by the shipped calendar."""
    return access_deadline(start, excluded, TERMS, shipped_calendar())


@pytest.mark.clause("379-1.b")
@pytest.mark.parametrize(("start", "thirtieth", "last", "why"), TABLE, ids=[row[3] for row in TABLE])
def test_a_term_that_ends_on_a_holiday_moves(start: date, thirtieth: date, last: date, why: str) -> None:
    assert start + timedelta(days=30) == thirtieth
    assert deadline(start) == last


@given(st.dates(date(2020, 4, 1), date(2026, 11, 20)), st.integers(0, 200))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_the_deadline_is_the_first_working_day_from_the_thirtieth_on(start: date, excluded: int) -> None:
    calendar, found = shipped_calendar(), deadline(start, excluded)
    earliest = max(start + timedelta(days=30 + excluded), date(2020, 6, 30) + timedelta(days=excluded))
    assert calendar.is_working(found)
    assert found >= earliest
    skipped = [earliest + timedelta(days=n) for n in range((found - earliest).days)]
    assert not any(calendar.is_working(day) for day in skipped)


@given(st.dates(date(2020, 4, 1), date(2026, 10, 1)), st.integers(0, 60))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_a_later_start_and_more_exempt_days_never_shorten_the_term(start: date, more: int) -> None:
    assert deadline(start) <= deadline(start + timedelta(days=more))
    assert deadline(start) <= deadline(start, more)


def test_the_calendar_that_is_not_published_yet_is_told_once_for_each_question() -> None:
    """2027 年的安排公布以前，跨年的期限按周一至周五算，并告诉调用者。"""
    told: list[int] = []
    calendar = shipped_calendar().noting(told.append)
    assert access_deadline(date(2026, 12, 4), 0, TERMS, calendar) == date(2027, 1, 4)
    assert set(told) == {2027}
    told.clear()
    access_deadline(date(2026, 11, 2), 0, TERMS, calendar)
    assert told == []


def test_a_year_published_later_moves_the_deadline() -> None:
    published = shipped_calendar().with_year(2027, {date(2027, 1, 4): False})
    deadlines = Deadlines(DEFAULTS, published)
    assert deadline_of(date(2026, 12, 4), "140105", deadlines) == date(2027, 1, 5)


def test_a_city_with_a_longer_term_has_it_for_projects_started_since() -> None:
    longer = DEFAULTS.with_row(
        PolicyRow("access.base_days", "140200", 45, date(2026, 5, 1), "测试号", "市局", 1)
    )
    deadlines = Deadlines(longer, shipped_calendar())
    assert deadline_of(date(2026, 5, 1), "140212", deadlines) == date(2026, 6, 15)
    assert deadline_of(date(2026, 4, 30), "140212", deadlines) == date(2026, 6, 1)
    assert deadline_of(date(2026, 5, 1), "140105", deadlines) == date(2026, 6, 1)


@pytest.mark.parametrize("today", [date(2026, 5, 5) + timedelta(days=n) for n in range(5)])
def test_every_day_around_the_deadline(today: date) -> None:
    """期限 5 月 6 日：当天 24 点前都不算逾期，之后每过一天多一天。"""
    access = access_status(date(2026, 5, 6), None, today)
    overdue = max(0, (today - date(2026, 5, 6)).days)
    assert access.overdue_days == overdue
    assert access.status is (AccessStatus.OVERDUE if overdue else AccessStatus.PENDING)


def test_a_connection_stops_the_clock_for_ever() -> None:
    early = access_status(date(2026, 5, 6), date(2026, 5, 9), date(2026, 5, 9))
    late = access_status(date(2026, 5, 6), date(2026, 5, 9), date(2027, 5, 9))
    assert early == late
    assert early.overdue_days == 3
