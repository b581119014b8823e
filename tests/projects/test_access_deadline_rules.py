from datetime import date

import pytest

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.errors import CalendarError
from gongdi.projects.rules import AccessStatus, AccessTerms, access_deadline, access_status

TERMS = AccessTerms(base_days=30, not_before=date(2020, 6, 30))


def deadline(start: date, excluded: int = 0) -> date:
    return access_deadline(start, excluded, TERMS, shipped_calendar())


@pytest.mark.clause("379-1.a")
@pytest.mark.parametrize("start", [date(2019, 8, 1), date(2020, 5, 20), date(2020, 5, 31)])
def test_what_was_under_way_had_until_the_end_of_june(start: date) -> None:
    assert deadline(start) == date(2020, 6, 30)


@pytest.mark.clause("379-1.b")
@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2020, 6, 20), date(2020, 7, 20)),
        (date(2026, 1, 18), date(2026, 2, 24)),
        (date(2026, 4, 5), date(2026, 5, 6)),
        (date(2026, 9, 3), date(2026, 10, 8)),
    ],
)
def test_a_new_project_has_thirty_days_moved_to_a_working_day(start: date, last: date) -> None:
    assert deadline(start) == last


def test_excluded_days_lengthen_both_terms() -> None:
    assert deadline(date(2025, 11, 1), 102) == date(2026, 3, 13)
    assert deadline(date(2019, 8, 1), 10) == date(2020, 7, 10)


def test_a_term_beyond_the_calendar_is_refused_in_chinese() -> None:
    with pytest.raises(CalendarError, match="接入期限"):
        deadline(date(2026, 1, 1), 10**12)
    with pytest.raises(CalendarError, match="范围"):
        deadline(date(9999, 12, 20))


@pytest.mark.parametrize(
    ("connected", "today", "status", "days"),
    [
        (date(2026, 5, 6), date(2026, 6, 1), AccessStatus.ON_TIME, 0),
        (date(2026, 5, 7), date(2026, 6, 1), AccessStatus.OVERDUE_CONNECTED, 1),
        (None, date(2026, 5, 6), AccessStatus.PENDING, 0),
        (None, date(2026, 5, 7), AccessStatus.OVERDUE, 1),
    ],
)
def test_overdue_begins_the_day_after_the_deadline(
    connected: date | None, today: date, status: AccessStatus, days: int
) -> None:
    access = access_status(date(2026, 5, 6), connected, today)
    assert (access.status, access.overdue_days) == (status, days)
