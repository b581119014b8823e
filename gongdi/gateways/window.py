"""数据时间的窗口：所在月份锁定一天之后才到的数据不再收，隔离为“时间”。"""

from datetime import datetime, timedelta

from gongdi.kernel.calendar import WorkingCalendar, month_lock
from gongdi.kernel.clock import SHANGHAI

GRACE = timedelta(days=1)


def oldest_accepted(now: datetime, lock_day: int, calendar: WorkingCalendar) -> datetime:
    """First data time still taken: start of the oldest month whose lock + 1 day is not yet over."""
    local = now.astimezone(SHANGHAI)
    year, month = local.year, local.month
    while True:
        before_year, before = (year, month - 1) if month > 1 else (year - 1, 12)
        if month_lock(before_year, before, lock_day, calendar) + GRACE <= now:
            return datetime(year, month, 1, tzinfo=SHANGHAI)
        year, month = before_year, before
