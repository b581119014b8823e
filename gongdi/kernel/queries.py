"""读取政策决定与工作日历：一次读成不可变的值，再往下传。"""

from datetime import date

from gongdi.kernel.calendar import WorkingCalendar, shipped_calendar
from gongdi.kernel.models import CalendarYear, PolicyValue
from gongdi.kernel.policy import REMIND_CALENDAR_MONTH, PolicyRow, PolicySet


def policy_rows() -> tuple[PolicyRow, ...]:
    """All decided rows (政策决定), oldest first."""
    return tuple(
        PolicyRow(
            key=row.key,
            division=row.division,
            value=row.value,
            valid_from=row.valid_from,
            basis=row.basis,
            decided_by=row.decided_by,
            id=row.pk,
        )
        for row in PolicyValue.objects.order_by("id")
    )


def policy_set() -> PolicySet:
    """The frozen set that a job or a request loads once and passes down."""
    return PolicySet(policy_rows())


def working_calendar() -> WorkingCalendar:
    """The shipped calendar with the years entered since (工作日历)."""
    calendar = shipped_calendar()
    for row in CalendarYear.objects.order_by("id"):
        days = {date.fromisoformat(day): bool(working) for day, working in row.exceptions.items()}
        calendar = calendar.with_year(row.year, days)
    return calendar


def missing_year(calendar: WorkingCalendar, policy: PolicySet, today: date) -> int | None:
    """The coming year when its calendar is still missing from the month of the policy on (次年日历未录入)."""
    late = today.month >= policy.get(REMIND_CALENDAR_MONTH, today)
    return today.year + 1 if late and today.year + 1 not in calendar.years else None
