"""结算：一个项目一天取最好的 n 台，累进项目月，再汇到企业和地区。

依据: 379-3.3.a
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db import connection, transaction
from django.db.models import Max, Min

from gongdi.equipment.queries import devices_in_service
from gongdi.kernel.clock import day_end, day_start, shanghai_day
from gongdi.returns.models import ProjectDay
from gongdi.returns.services.duties import DayDuties, Site, sites
from gongdi.returns.services.region_days import sum_days
from gongdi.telemetry.queries.hours import DeviceHours, hours_of_devices
from gongdi.telemetry.rules.devices import DeviceDay, n_best
from gongdi.telemetry.rules.hours import credit_units
from gongdi.telemetry.services.waiting import take_days
from gongdi.telemetry.terms import Terms

SETTLE_LOCK = (20306, 3)
NIGHTLY_DAYS = 4
"""Days settled again each night: everything that back-fill (72 h) can still have touched."""

MONTHS = """
INSERT INTO returns_projectmonth AS m (month, project_id, credit_units, on_time_units, counted, updated_at)
SELECT date_trunc('month', d.day)::date, d.project_id, sum(d.credit_units), sum(d.on_time_units), sum(d.counted), %s
FROM returns_projectday d
WHERE d.project_id = ANY (%s) AND d.day >= %s AND d.day < %s
GROUP BY 1, 2
ON CONFLICT (month, project_id) DO UPDATE SET credit_units = EXCLUDED.credit_units,
    on_time_units = EXCLUDED.on_time_units, counted = EXCLUDED.counted, updated_at = EXCLUDED.updated_at
"""


@dataclass(frozen=True, slots=True)
class DayResult:
    """Result of one project-day in credit units."""

    required: int
    counted: int
    missing: int
    credit: int
    on_time: int
    overdue: bool


def settle_waiting(terms: Terms, now: datetime) -> int:
    """Settle the project-days of changed device-days; how many. Serialised by an advisory lock."""
    with transaction.atomic():
        _lock()
        pairs = take_days()
        if not pairs:
            return 0
        days = sorted({day for _, day in pairs})
        changed = {device for device, _ in pairs}
        devices = devices_in_service(day_start(days[0]), day_end(days[-1]))
        projects = {d.project_id for d in devices if d.gateway_id in changed}
        touched = {d.gateway_id: d.project_id for d in devices}
        per_day: dict[date, set[int]] = {}
        for device, day in pairs:
            if device in touched:
                per_day.setdefault(day, set()).add(touched[device])
        found = sites(projects)
        for day, ids in sorted(per_day.items()):
            settle_day(day, [found[i] for i in ids if i in found], terms, now)
        return sum(map(len, per_day.values()))


def close_days(terms: Terms, now: datetime) -> list[date]:
    """Settle every project on the days that have closed since the last time; the days done."""
    yesterday = shanghai_day(now) - timedelta(days=1)
    with transaction.atomic():
        _lock()
        edge = ProjectDay.objects.aggregate(last=Max("day"), first=Min("day"))
        first = edge["last"] + timedelta(days=1) if edge["last"] else yesterday.replace(day=1)
        day, done, everyone = first, [], list(sites().values())
        while day <= yesterday:
            settle_day(day, everyone, terms, now)
            done.append(day)
            day += timedelta(days=1)
        return done


def settle_again(first: date, last: date, terms: Terms, now: datetime) -> int:
    """Settle all projects anew on the closed days first..last (nightly, and after an access date)."""
    with transaction.atomic():
        _lock()
        everyone, day, done = list(sites().values()), first, 0
        while day <= min(last, shanghai_day(now) - timedelta(days=1)):
            done += settle_day(day, everyone, terms, now)
            day += timedelta(days=1)
        return done


def settle_day(day: date, projects: Iterable[Site], terms: Terms, now: datetime) -> int:
    """Compute and store the results of some projects on one closed day; month counters follow."""
    results = compute_day(day, projects, terms)
    if not results:
        return 0
    ProjectDay.objects.bulk_create(
        [
            ProjectDay(
                project_id=project,
                day=day,
                required=result.required,
                counted=result.counted,
                missing=result.missing,
                credit_units=result.credit,
                on_time_units=result.on_time,
                overdue=result.overdue,
                updated_at=now,
            )
            for project, result in results.items()
        ],
        update_conflicts=True,
        unique_fields=["project_id", "day"],
        update_fields=[
            "required",
            "counted",
            "missing",
            "credit_units",
            "on_time_units",
            "overdue",
            "updated_at",
        ],
    )
    month = day.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, [now, list(results), month, next_month(month)])
    sum_days([day], now)
    return len(results)


def compute_day(day: date, projects: Iterable[Site], terms: Terms) -> dict[int, DayResult]:
    """Results of the projects whose dust duty counts on a day (no write; recount uses it too)."""
    duties = DayDuties.of(day, terms)
    counted = [(site, n) for site in projects if duties.counts(site) and (n := duties.required(site))]
    if not counted:
        return {}
    wanted = {site.id for site, _ in counted}
    owned: dict[int, list[int]] = {}
    for device in devices_in_service(day_start(day), day_end(day)):
        if device.project_id in wanted:
            owned.setdefault(device.project_id, []).append(device.gateway_id)
    hours = hours_of_devices([i for ids in owned.values() for i in ids], day, terms)
    day_hours = terms.of(day).day_hours
    return {
        site.id: _overdue(n) if duties.overdue(site) else _result(owned.get(site.id, []), hours, n, day_hours)
        for site, n in counted
    }


def _overdue(n: int) -> DayResult:
    return DayResult(n, n, 0, 0, 0, True)


def _result(devices: list[int], hours: dict[int, DeviceHours], n: int, day_hours: Fraction) -> DayResult:
    found = [hours[device] for device in devices if device in hours]
    best = n_best([(h.expected, h.valid) for h in found], n, day_hours)
    timely = n_best([(h.expected, h.on_time) for h in found], n, day_hours)
    credit, counted = _units(best, day_hours)
    return DayResult(n, counted, max(0, n - len(found)), credit, _units(timely, day_hours)[0], False)


def _units(days: Iterable[DeviceDay], day_hours: Fraction) -> tuple[int, int]:
    units = [credit_units(expected, valid, day_hours) for expected, valid in days]
    owed = [unit for unit in units if unit is not None]
    return sum(owed), len(owed)


def next_month(month: date) -> date:
    """First day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", SETTLE_LOCK)
