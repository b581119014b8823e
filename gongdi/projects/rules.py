"""接入期限与接入状态：开工三十日内接入，不早于 2020 年 6 月 30 日。

依据: 379-1.a, 379-1.b
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from gongdi.kernel.calendar import WorkingCalendar
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
