"""手算的两张表：扣除天数与接入期限，主管部门的工作日时钟，逐行相同。"""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.clock import SHANGHAI
from gongdi.kernel.policy import ACCESS_BASE_DAYS, ACCESS_CLOCK_FROM, ACCESS_NOT_BEFORE, REVIEW_DAYS
from gongdi.projects.rules import AccessTerms, Excused, access_deadline, authority_clock, excluded_days

DATA = Path(__file__).with_name("data")
TERMS = AccessTerms(ACCESS_BASE_DAYS.default(date(2026, 1, 1)), ACCESS_NOT_BEFORE.default(date(2026, 1, 1)))
CLOCK_FROM = ACCESS_CLOCK_FROM.default(date(2026, 1, 1))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def spans(text: str) -> list[Excused]:
    found = [(one.partition("=")[0], *one.partition("=")[2].split("/")) for one in text.split()]
    return [Excused(code, instant(starts), instant(ends)) for code, starts, ends in found]


@pytest.mark.parametrize("row", rows("excluded_days.csv"), ids=lambda row: row["id"])
def test_days_given_back_and_the_deadline(row: dict[str, str]) -> None:
    start = date.fromisoformat(row["start"])
    found = excluded_days(start, spans(row["intervals"]), TERMS, CLOCK_FROM)
    assert found == int(row["excluded_days"]), row["why"]
    deadline = access_deadline(start, found, TERMS, shipped_calendar())
    assert deadline == date.fromisoformat(row["deadline"]), row["why"]


@pytest.mark.parametrize("row", rows("authority_clock.csv"), ids=lambda row: row["id"])
def test_the_working_day_clock(row: dict[str, str]) -> None:
    submitted, today = datetime.fromisoformat(row["submitted"]), date.fromisoformat(row["today"])
    clock = authority_clock(submitted, today, REVIEW_DAYS.default(today), shipped_calendar())
    assert clock.day_number == int(row["day_number"]), row["why"]
    assert clock.due_day == date.fromisoformat(row["due_day"]), row["why"]
    assert clock.overdue_days == int(row["overdue_working_days"]), row["why"]


DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 30))


@settings(derandomize=True, max_examples=120, deadline=None)
@given(DAYS, st.lists(st.tuples(DAYS, st.integers(1, 20)), max_size=5))
def test_a_site_always_gets_thirty_free_days(start: date, stops: list[tuple[date, int]]) -> None:
    """Counted the slow way: thirty days that are not covered lie between the start and the last day."""
    covered = {day + timedelta(days=n) for day, length in stops for n in range(length)}
    excused = [
        Excused("X1", instant(f"{day}T00:00"), instant(f"{day + timedelta(days=length)}T00:00"))
        for day, length in stops
    ]
    given_back = excluded_days(start, excused, TERMS, CLOCK_FROM)
    last = start + timedelta(days=30 + given_back)
    free = sum(start + timedelta(days=n) not in covered for n in range(1, (last - start).days + 1))
    assert free == 30
