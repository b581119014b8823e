"""工作日历：国务院公布的节假日与调休，未公布的年份按周一至周五。"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

from gongdi.kernel.clock import day_end
from gongdi.kernel.errors import CalendarError

ONE_DAY = timedelta(days=1)


def _quiet(year: int) -> None:
    """Nobody asked to be told of an unpublished year."""


@dataclass(frozen=True)
class WorkingCalendar:
    """Published years and the days that differ from Monday to Friday.

    `on_unpublished(year)` is called whenever a day of a year without a published calendar is asked
    for: the caller decides how to warn (工作日历未公布).
    """

    years: frozenset[int]
    exceptions: Mapping[date, bool]
    on_unpublished: Callable[[int], None] = field(default=_quiet, compare=False)

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day (工作日), make-up Saturdays included."""
        if day.year not in self.years:
            self.on_unpublished(day.year)
        return self.exceptions.get(day, day.weekday() < 5)

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is a working day, else the first working day after it (顺延)."""
        try:
            while not self.is_working(day):
                day += ONE_DAY
        except OverflowError:
            raise CalendarError("日期超出日历能表示的范围。") from None
        return day

    def working_days_after(self, day: date, count: int) -> date:
        """The `count`-th working day, counted from the day after `day`; count 0 gives `day`."""
        try:
            while count > 0:
                day += ONE_DAY
                count -= self.is_working(day)
        except OverflowError:
            raise CalendarError("日期超出日历能表示的范围。") from None
        return day

    def with_year(self, year: int, exceptions: Mapping[date, bool]) -> "WorkingCalendar":
        """This calendar with one year published anew; the year's older exceptions go."""
        if any(day.year != year for day in exceptions):
            raise CalendarError(f"{year} 年的日历里有别的年份的日期。")
        kept = {day: working for day, working in self.exceptions.items() if day.year != year}
        return WorkingCalendar(self.years | {year}, kept | dict(exceptions), self.on_unpublished)

    def noting(self, on_unpublished: Callable[[int], None]) -> "WorkingCalendar":
        """The same calendar, telling `on_unpublished` of every unpublished year asked for."""
        return WorkingCalendar(self.years, self.exceptions, on_unpublished)


def parse_calendar(lines: Iterable[str]) -> WorkingCalendar:
    """Read the shipped form: `# years A-B`, then `YYYY-MM-DD,0|1,name` a line."""
    rows = iter(lines)
    first, last = next(rows).removeprefix("# years ").strip().split("-")
    exceptions: dict[date, bool] = {}
    for row in rows:
        day, working, _name = row.strip().split(",")
        exceptions[date.fromisoformat(day)] = working == "1"
    return WorkingCalendar(frozenset(range(int(first), int(last) + 1)), exceptions)


@cache
def shipped_calendar() -> WorkingCalendar:
    """The State Council calendar in the repository, 2004 to 2026 (kernel/data/calendar.csv)."""
    text = files("gongdi.kernel").joinpath("data/calendar.csv").read_text(encoding="utf-8")
    return parse_calendar(text.splitlines())


def month_lock(year: int, month: int, lock_day: int, calendar: WorkingCalendar) -> datetime:
    """The instant at which a month locks (月度锁定): 24:00 of the lock day of the next month.

    The lock day moves to the next working day (return_rate.yaml `lock_moves_to_next_working_day`).
    """
    following = date(year + month // 12, month % 12 + 1, lock_day)
    return day_end(calendar.next_working_day(following))
