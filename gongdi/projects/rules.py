"""接入期限与接入状态、扣除天数、主管部门的工作日时钟。

依据: 379-1.a, 379-1.b
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from gongdi.kernel.calendar import WorkingCalendar
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import CalendarError


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """The dated numbers of the access clock (接入时限), resolved from the policy by the caller."""

    base_days: int
    not_before: date


class AccessStatus(Enum):
    """Where a project stands with its access (接入状态)."""

    ON_TIME = "on_time"
    PENDING = "pending"
    OVERDUE_CONNECTED = "overdue_connected"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Access:
    """Status and calendar days overdue (逾期天数), 0 when not overdue."""

    status: AccessStatus
    overdue_days: int


def access_deadline(start: date, excluded_days: int, terms: AccessTerms, calendar: WorkingCalendar) -> date:
    """Last day (24:00) for access (接入期限).

    The start day (开工日) is not counted. Days covered by approved exemptions are added to the 30
    days and to 2020-06-30; the later of the two moves to a working day. CalendarError beyond year 9999.
    """
    try:
        by_start = start + timedelta(days=terms.base_days + excluded_days)
        by_notice = terms.not_before + timedelta(days=excluded_days)
    except OverflowError:
        raise CalendarError("接入期限超出日历能表示的范围，请检查开工日期和豁免天数。") from None
    return calendar.next_working_day(max(by_start, by_notice))


def access_status(deadline: date, connected_on: date | None, today: date) -> Access:
    """Status at `today`; overdue days run from the deadline to the connection, else to today."""
    overdue = max(0, ((connected_on or today) - deadline).days)
    if connected_on is not None:
        status = AccessStatus.OVERDUE_CONNECTED if overdue else AccessStatus.ON_TIME
    else:
        status = AccessStatus.OVERDUE if overdue else AccessStatus.PENDING
    return Access(status, overdue)


ONE_DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


GIVEN_BACK = frozenset({"X1", "X2", "X5", "X6"})
"""Exemptions that move the access deadline: X3 and X4 excuse a device, X7 and X8 other duties."""


@dataclass(frozen=True, slots=True)
class Excused:
    """An approved exemption (免传时段) of a project: code and half-open span."""

    code: str
    starts: datetime
    ends: datetime


def covered_days(spans: Iterable[Excused]) -> set[date]:
    """Shanghai days of which any part lies in a span that gives days back."""
    days: set[date] = set()
    for span in spans:
        if span.code not in GIVEN_BACK or span.ends <= span.starts:
            continue
        day, last = shanghai_day(span.starts), shanghai_day(span.ends - INSTANT)
        while day <= last:
            days.add(day)
            day += ONE_DAY
    return days


def excluded_days(start: date, spans: Iterable[Excused], terms: AccessTerms, clock_from: date) -> int:
    """Days given back to the access clock (扣除天数) for approved X1, X2, X5, X6.

    Each covered calendar day counts once, from the day after the start to the last day, which moves with
    the count until it stands still. For a start before `clock_from` (the notice) days before it do not count.
    """
    covered = covered_days(spans)
    first = clock_from if start < clock_from else start + ONE_DAY
    last = max(start + timedelta(days=terms.base_days), terms.not_before)
    counted = 0
    while True:
        found = sum(first <= day <= last + timedelta(days=counted) for day in covered)
        if found == counted:
            return counted
        counted = found


@dataclass(frozen=True, slots=True)
class AuthorityClock:
    """Working-day clock of an authority (工作日时钟): number of the day, last day, working days overdue."""

    day_number: int
    due_day: date
    overdue_days: int


def authority_clock(
    submitted_at: datetime, today: date, limit_days: int, calendar: WorkingCalendar
) -> AuthorityClock:
    """The clock at `today`: days are counted from the day after the submission and stand still on days off."""
    day, number = shanghai_day(submitted_at), 0
    due = calendar.working_days_after(day, limit_days)
    while day < today:
        day += ONE_DAY
        number += calendar.is_working(day)
    return AuthorityClock(number, due, max(0, number - limit_days))
