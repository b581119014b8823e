"""当日生效的扬尘规则参数：一次读成不可变的值，往下传。"""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from gongdi.kernel import policy as p
from gongdi.kernel.calendar import WorkingCalendar, month_lock, shipped_calendar
from gongdi.kernel.clock import day_start
from gongdi.kernel.policy import DEFAULTS, PolicySet
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.telemetry.rules.states import SlotClock
from gongdi.telemetry.rules.validity import FactorGroups


@dataclass(frozen=True)
class DayTerms:
    """What holds on one Shanghai day (当日参数): start and lock instants, windows, shares, factor groups."""

    day: date
    start: datetime
    lock: datetime
    on_time_minutes: int
    counts_until_hours: int
    hour_share: Fraction
    day_hours: Fraction
    groups: FactorGroups

    def clock(self, interval: int) -> SlotClock:
        """The clocks of a device-day with the interval k (minutes)."""
        return SlotClock(self.start, self.lock, interval, self.on_time_minutes, self.counts_until_hours)


@dataclass(frozen=True)
class Terms:
    """Policy and calendar of one job or request; `of(day)` resolves and remembers a day."""

    policy: PolicySet = DEFAULTS
    calendar: WorkingCalendar = field(default_factory=shipped_calendar)
    _days: dict[date, DayTerms] = field(default_factory=dict, compare=False, repr=False)

    def of(self, day: date) -> DayTerms:
        """The terms of a Shanghai day, province-wide."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._resolve(day)
        return found

    def lock_of(self, day: date) -> datetime:
        """Instant at which the month of `day` locks (月度锁定)."""
        return self.of(day).lock

    def _resolve(self, day: date) -> DayTerms:
        get = self.policy.get
        return DayTerms(
            day=day,
            start=day_start(day),
            lock=month_lock(day.year, day.month, get(p.LOCK_DAY, day), self.calendar),
            on_time_minutes=get(p.DUST_ON_TIME_MINUTES, day),
            counts_until_hours=get(p.DUST_COUNTS_UNTIL_HOURS, day),
            hour_share=get(p.DUST_HOUR_SHARE, day),
            day_hours=get(p.DUST_DAY_HOURS, day),
            groups=get(p.DUST_VALID_GROUPS, day),
        )


def load_terms() -> Terms:
    """Terms with the decided policy rows and the calendar of the database (2 queries)."""
    return Terms(policy_set(), working_calendar())
