"""唯一的汇总者：取走每次提交留下的新行，按规则判定后并入当日位图。"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.telemetry.rules.validity import sample_valid
from gongdi.telemetry.services.masks import COVERAGE_LOCK, refresh_masks
from gongdi.telemetry.services.waiting import mark_days
from gongdi.telemetry.terms import DayTerms, Terms

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
SHANGHAI_OFFSET = 8 * 3600 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
ONE_MICROSECOND = timedelta(microseconds=1)

TAKE = """
WITH taken AS (
    DELETE FROM coverage_delta WHERE id IN (SELECT id FROM coverage_delta ORDER BY id LIMIT %s)
    RETURNING device_ids, ts, recv_at, interval_min, marks
)
SELECT u.device_id, (extract(epoch FROM u.ts) * 1000000)::bigint, (extract(epoch FROM u.recv_at) * 1000000)::bigint,
       u.k, u.marks
FROM taken, unnest(taken.device_ids, taken.ts, taken.recv_at, taken.interval_min, taken.marks)
     AS u(device_id, ts, recv_at, k, marks)
"""

# One statement for one hour share. Rows are locked in (day, subject) order; OR makes a repeat harmless.
MERGE = """
WITH new AS (
    SELECT device_id, day, bit_or(minute_run(first, k)) AS received,
           bit_or(minute_run(first, CASE WHEN on_time THEN k ELSE 0 END)) AS on_time,
           bit_or(minute_run(first, CASE WHEN valid THEN k ELSE 0 END)) AS valid
    FROM unnest(%(devices)s::integer[], %(days)s::date[], %(firsts)s::integer[], %(intervals)s::integer[],
                %(on_time)s::boolean[], %(valid)s::boolean[]) AS s(device_id, day, first, k, on_time, valid)
    GROUP BY device_id, day
), merged AS (
    SELECT c.subject_id, c.day, c.expected, c.exempt, c.fault, c.received | n.received AS received,
           c.on_time | n.on_time AS on_time, c.valid | n.valid AS valid
    FROM new n JOIN coverage_day c ON c.stream = 1 AND c.subject_id = n.device_id AND c.day = n.day
    ORDER BY c.day, c.subject_id FOR UPDATE OF c
)
UPDATE coverage_day c
SET received = m.received, on_time = m.on_time, valid = m.valid, updated_at = %(now)s,
    expected_hours = h.expected_hours, valid_hours = h.valid_hours
FROM merged m,
     coverage_hours(coverage_due(m.expected, m.received, m.exempt, m.fault), m.valid, %(share_n)s, %(share_d)s) h
WHERE c.stream = 1 AND c.subject_id = m.subject_id AND c.day = m.day
"""


@dataclass(frozen=True, slots=True)
class Folded:
    """What one pass did: samples taken, samples that counted, devices touched. `idle`: nothing was waiting."""

    samples: int
    counted: int
    devices: tuple[int, ...]
    days: tuple[date, ...]

    @property
    def idle(self) -> bool:
        """True when there was nothing to fold."""
        return not self.samples


@dataclass(slots=True)
class Judged:
    """Counted samples as columns of the merge statement; `first` is the first minute of the period."""

    devices: list[int] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    intervals: list[int] = field(default_factory=list)
    on_time: list[bool] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)


Sample = tuple[int, int, int, int, int]
"""(device id, data time, receive time, interval in minutes, marks); times in microseconds since 1970 UTC."""


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, exact."""
    return (moment - EPOCH) // ONE_MICROSECOND


@dataclass(frozen=True, slots=True)
class _Window:
    """One day's terms as integers, so that a sample costs a few comparisons."""

    day: date
    terms: DayTerms
    on_time: int
    counts: int
    lock: int

    @staticmethod
    def of(number: int, terms: Terms) -> "_Window":
        day = EPOCH_DAY + timedelta(days=number)
        held = terms.of(day)
        counts = held.counts_until_hours * 3600 * SECOND
        return _Window(day, held, held.on_time_minutes * MINUTE, counts, micros(held.lock))


def judge(samples: Iterable[Sample], terms: Terms) -> Judged:
    """Decide each sample: on time (按时), counted (counts_until), valid (有效); late ones are left out.

    Same decisions as `rules.states.arrival` and `rules.validity.sample_valid`, on integers.
    """
    judged, windows = Judged(), dict[int, _Window]()
    for device, ts, received, interval, marks in samples:
        number, inside = divmod(ts + SHANGHAI_OFFSET, DAY)
        window = windows.get(number)
        if window is None:
            window = windows[number] = _Window.of(number, terms)
        minute = inside // MINUTE
        first = minute - minute % interval
        end = number * DAY - SHANGHAI_OFFSET + (first + interval) * MINUTE
        on_time = received <= end + window.on_time
        if not on_time and received > min(end + window.counts, window.lock):
            continue
        judged.devices.append(device)
        judged.days.append(window.day)
        judged.firsts.append(first)
        judged.intervals.append(interval)
        judged.on_time.append(on_time)
        judged.valid.append(sample_valid(marks, window.terms.groups))
    return judged


def fold(terms: Terms, now: datetime, limit: int = 200) -> Folded:
    """Take up to `limit` flushes and put them into the maps, in one transaction.

    Returns an idle result when nothing waits or another folder holds the lock.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", COVERAGE_LOCK)
        if not cursor.fetchone()[0]:
            return Folded(0, 0, (), ())
        cursor.execute(TAKE, [limit])
        samples: list[Sample] = cursor.fetchall()
        if not samples:
            return Folded(0, 0, (), ())
        judged = judge(samples, terms)
        pairs = set(zip(judged.devices, judged.days, strict=True))
        _open_missing(pairs, terms, now)
        for day in sorted(set(judged.days)):
            _merge(judged, day, terms, now)
        mark_days(pairs, shanghai_day(now))
        _mark_hours(samples, now)
    return Folded(
        len(samples), len(judged.devices), tuple(sorted({d for d, _ in pairs})), tuple(set(judged.days))
    )


def _open_missing(pairs: set[tuple[int, date]], terms: Terms, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.device_id, w.day FROM unnest(%s::integer[], %s::date[]) AS w(device_id, day)"
            " WHERE NOT EXISTS (SELECT FROM coverage_day c"
            " WHERE c.stream = 1 AND c.subject_id = w.device_id AND c.day = w.day)",
            [[device for device, _ in pairs], [day for _, day in pairs]],
        )
        missing = [(int(device), day) for device, day in cursor.fetchall()]
    if missing:
        refresh_masks(missing, terms, now)


def _merge(judged: Judged, day: date, terms: Terms, now: datetime) -> None:
    picked = [i for i, own in enumerate(judged.days) if own == day]
    share = terms.of(day).hour_share

    def column(values: Sequence[object]) -> list[object]:
        return [values[i] for i in picked]

    with connection.cursor() as cursor:
        cursor.execute(
            MERGE,
            {
                "devices": column(judged.devices),
                "days": column(judged.days),
                "firsts": column(judged.firsts),
                "intervals": column(judged.intervals),
                "on_time": column(judged.on_time),
                "valid": column(judged.valid),
                "share_n": share.numerator,
                "share_d": share.denominator,
                "now": now,
            },
        )


def _mark_hours(samples: Sequence[Sample], now: datetime) -> None:
    """Closed hours that got a sample wait for their roll-up; the running hour is rolled up when it closes."""
    running = micros(now) // (3600 * SECOND)
    closed = sorted({(s[0], s[1] // (3600 * SECOND)) for s in samples if s[1] // (3600 * SECOND) < running})
    if closed:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO telemetry_dirtyhour (device_id, ts)"
                " SELECT d, to_timestamp(h * 3600) FROM unnest(%s::integer[], %s::bigint[]) AS u(d, h)"
                " ON CONFLICT DO NOTHING",
                [[device for device, _ in closed], [hour for _, hour in closed]],
            )
