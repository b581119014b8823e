"""许多设备一次看清：还能补的缺口有多少个样本、最早从哪一刻起、到几点截止。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from gongdi.kernel.clock import shanghai_day
from gongdi.telemetry.queries.states import ended
from gongdi.telemetry.rules.minutes import MINUTES, to_text
from gongdi.telemetry.rules.states import SlotClock
from gongdi.telemetry.terms import Terms

GAPS = """
SELECT c.subject_id, c.day, bit_count(g.gap), position(B'1' IN g.gap) - 1
FROM unnest(%s::integer[], %s::smallint[]) AS d(device_id, interval_min)
JOIN unnest(%s::date[], %s::smallint[], %s::text[]) AS m(day, interval_min, mask) USING (interval_min)
JOIN coverage_day c ON c.stream = 1 AND c.subject_id = d.device_id AND c.day = m.day,
LATERAL (SELECT c.expected & ~c.received & ~c.exempt & ~c.fault & m.mask::bit(1440) AS gap) AS g
WHERE g.gap <> repeat('0', 1440)::bit(1440)
ORDER BY c.subject_id, c.day
"""


@dataclass(frozen=True, slots=True)
class OpenGap:
    """What a device still owes and may still send: samples, first missing instant, when that one closes, days."""

    device_id: int
    samples: int
    first: datetime
    cure_until: datetime
    days: tuple[date, ...]


def open_gaps(intervals: Mapping[int, int], terms: Terms, now: datetime) -> dict[int, OpenGap]:
    """Gaps that back-fill (补传) can still close, of devices by their interval in minutes (1 query).

    Samples still on time are not owed yet.
    """
    if not intervals:
        return {}
    clocks = _clocks(set(intervals.values()), terms, now)
    masks = [(day, k, to_text(_owed(clock, now))) for (day, k), clock in clocks.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            GAPS,
            [list(intervals), list(intervals.values()), *([one[n] for one in masks] for n in range(3))],
        )
        rows = cursor.fetchall()
    found: dict[int, OpenGap] = {}
    for device, day, minutes, first in rows:
        k = intervals[device]
        clock, before = clocks[day, k], found.get(device)
        samples = minutes // k
        if before is None:
            begins = clock.day_start + timedelta(minutes=first)
            found[device] = OpenGap(device, samples, begins, clock.counts_until(first), (day,))
        else:
            found[device] = OpenGap(
                device, before.samples + samples, before.first, before.cure_until, (*before.days, day)
            )
    return found


def _clocks(intervals: set[int], terms: Terms, now: datetime) -> dict[tuple[date, int], SlotClock]:
    today = shanghai_day(now)
    reach = terms.of(today).counts_until_hours // 24 + 1
    days = [today - timedelta(days=n) for n in range(reach, -1, -1)]
    return {(day, k): terms.of(day).clock(k) for day in days for k in intervals}


def _owed(clock: SlotClock, now: datetime) -> int:
    late = now - timedelta(minutes=clock.on_time_minutes)
    if late <= clock.day_start:
        return 0
    return ended(clock, min(late, clock.day_start + timedelta(minutes=MINUTES))) & clock.curable(now)
