"""应传、免传、平台故障三张位图：从设备启用时段、批准的免传和故障时段算出。"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from gongdi.equipment.queries import devices_of_projects
from gongdi.kernel.clock import day_end, day_start, shanghai_day
from gongdi.telemetry.models import Exemption
from gongdi.telemetry.terms import Terms

DUST = 1
COVERAGE_LOCK = (20306, 2)
"""Advisory lock of the one writer of `coverage_day` (唯一的汇总者)."""

# Expected: whole periods inside the service window. A fault reaches back one period: the sample of
# the period that ended inside the window was lost on its way (platform fault, never the site's gap).
MASKS = """
WITH wanted AS (
    SELECT d.id, w.day, d.interval_min AS k, d.valid_from, d.valid_to, d.test, w.share_n, w.share_d
    FROM unnest(%(devices)s::integer[], %(days)s::date[], %(share_n)s::integer[], %(share_d)s::integer[])
         AS w(device_id, day, share_n, share_d)
    JOIN gateway_device d ON d.id = w.device_id AND d.kind = 'dust'
), spans AS (
    SELECT * FROM unnest(%(exempt_devices)s::integer[], %(exempt_starts)s::timestamptz[],
                         %(exempt_ends)s::timestamptz[]) AS e(device_id, starts, ends)
), masks AS (
    SELECT w.id, w.day, w.share_n, w.share_d,
        (SELECT minute_run(a, greatest(0, b - a)) FROM (SELECT
            CASE WHEN w.test THEN 1440 ELSE coverage_align(w.valid_from, w.day, w.k, true) END AS a,
            coverage_align(w.valid_to, w.day, w.k, false) AS b) AS service) AS expected,
        coalesce((SELECT bit_or(minute_run(c.first, c.n)) FROM spans e, clip_minutes(e.starts, e.ends, w.day) c
                  WHERE e.device_id = w.id AND c.n > 0), 0::bit(1440)) AS exempt,
        coalesce((SELECT bit_or(minute_run(c.first, c.n))
                  FROM platform_fault f, clip_minutes(f.starts - make_interval(mins => w.k), f.ends, w.day) c
                  WHERE f.starts < (w.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '1 hour'
                    AND f.ends > w.day::timestamp AT TIME ZONE 'Asia/Shanghai'
                    AND c.n > 0 AND (f.gateway_id IS NULL OR fault_touches(f.gateway_id, f.starts, w.id))),
                 0::bit(1440)) AS fault
    FROM wanted w
)
"""
REFRESH = (
    MASKS
    + """
INSERT INTO coverage_day AS c (stream, subject_id, day, updated_at, expected, exempt, fault, expected_hours)
SELECT 1, m.id, m.day, %(now)s, m.expected, m.exempt, m.fault, h.expected_hours
FROM masks m, coverage_hours(coverage_due(m.expected, 0::bit(1440), m.exempt, m.fault), 0::bit(1440),
                             m.share_n, m.share_d) h
ORDER BY m.day, m.id
ON CONFLICT (stream, subject_id, day) DO UPDATE SET
    expected = EXCLUDED.expected, exempt = EXCLUDED.exempt, fault = EXCLUDED.fault, updated_at = EXCLUDED.updated_at,
    (expected_hours, valid_hours) = (
        SELECT h.expected_hours, h.valid_hours FROM unnest(%(share_days)s::date[], %(day_share_n)s::integer[],
            %(day_share_d)s::integer[]) AS s(day, share_n, share_d),
            coverage_hours(coverage_due(EXCLUDED.expected, c.received, EXCLUDED.exempt, EXCLUDED.fault), c.valid,
                           s.share_n, s.share_d) h
        WHERE s.day = c.day)
WHERE (c.expected, c.exempt, c.fault) IS DISTINCT FROM (EXCLUDED.expected, EXCLUDED.exempt, EXCLUDED.fault)
    AND c.day <> ALL (%(locked)s::date[])
RETURNING c.subject_id, c.day
"""
)


@dataclass(frozen=True, slots=True)
class Span:
    """One approved exemption of one device: [starts, ends)."""

    device_id: int
    starts: datetime
    ends: datetime


def lock_coverage() -> None:
    """Become the one writer of the maps until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", COVERAGE_LOCK)


def exempt_spans(first: date, last: date) -> list[Span]:
    """Approved exemptions that touch the days first..last, one span per device (2 queries)."""
    rows = list(
        Exemption.objects.filter(
            status=Exemption.Status.APPROVED, starts__lt=day_end(last), ends__gt=day_start(first)
        )
    )
    projects = {row.project_id for row in rows if row.device_id is None}
    devices = devices_of_projects(projects) if projects else {}
    spans = []
    for row in rows:
        ids = (
            [row.device_id]
            if row.device_id is not None
            else [d.gateway_id for d in devices.get(row.project_id, [])]
        )
        spans += [Span(device_id, row.starts, row.ends) for device_id in ids]
    return spans


def refresh_masks(pairs: Iterable[tuple[int, date]], terms: Terms, now: datetime) -> list[tuple[int, date]]:
    """Open or correct the coverage rows of (device, day) pairs; the changed pairs.

    Days of a locked month stay as they are once they exist: a correction is a new version, not a rewrite.
    """
    wanted = sorted({(day, device) for device, day in pairs})
    if not wanted:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        lock_coverage()
        cursor.execute(REFRESH, mask_values(wanted, terms, now))
        return [(int(device), day) for device, day in cursor.fetchall()]


def mask_values(wanted: Sequence[tuple[date, int]], terms: Terms, now: datetime) -> dict[str, Any]:
    """Parameters of MASKS and REFRESH for (day, device) pairs in order."""
    days = sorted({day for day, _ in wanted})
    spans = exempt_spans(days[0], days[-1])
    shares = {day: terms.of(day).hour_share for day in days}
    return {
        "devices": [device for _, device in wanted],
        "days": [day for day, _ in wanted],
        "share_n": [shares[day].numerator for day, _ in wanted],
        "share_d": [shares[day].denominator for day, _ in wanted],
        "share_days": days,
        "day_share_n": [shares[day].numerator for day in days],
        "day_share_d": [shares[day].denominator for day in days],
        "exempt_devices": [span.device_id for span in spans],
        "exempt_starts": [span.starts for span in spans],
        "exempt_ends": [span.ends for span in spans],
        "locked": [day for day in days if terms.lock_of(day) <= now],
        "now": now,
    }


def open_days(terms: Terms, now: datetime, ahead: int = 1) -> int:
    """Open the rows of yesterday, today and `ahead` days for every dust device in service; rows changed."""
    today = shanghai_day(now)
    days = [today + timedelta(days=n) for n in range(-1, ahead + 1)]
    changed = 0
    for day in days:
        changed += len(refresh_masks([(device, day) for device in devices_on(day)], terms, now))
    return changed


def devices_on(day: date) -> list[int]:
    """Dust devices in service on some part of a Shanghai day, ascending (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM gateway_device WHERE kind = 'dust' AND valid_from < %s"
            " AND coalesce(valid_to, 'infinity') > %s ORDER BY id",
            [day_end(day), day_start(day)],
        )
        return [int(row[0]) for row in cursor.fetchall()]
