"""复核：从原始数据（热行和数据块）重算位图与小时数，逐分钟指出差异；不改任何数据。"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from gongdi.ingest.compaction import read_rows
from gongdi.kernel.clock import day_end, day_start, shanghai_day
from gongdi.telemetry.hot_connection import hot_connection
from gongdi.telemetry.queries.states import runs_of
from gongdi.telemetry.rules.hours import hours_of
from gongdi.telemetry.rules.minutes import DayMaps, window
from gongdi.telemetry.services.fold_coverage import Sample, judge, micros
from gongdi.telemetry.services.hours import valid_sql
from gongdi.telemetry.services.masks import MASKS, mask_values
from gongdi.telemetry.terms import Terms

# The twin of `fold_coverage.judge` over stored rows: the same decisions, taken by SQL from the raw data.
RAW = """
SELECT device_id, bit_or(minute_run(first, k) & mask)::text, bit_or(minute_run(first, k) & mask & timely)::text,
       bit_or(minute_run(first, k) & mask & good)::text
FROM (
    SELECT s.device_id, s.first, s.k,
        CASE WHEN s.recv_at <= s.ends + %(on_time)s OR s.recv_at <= least(s.ends + %(counts)s, %(lock)s)
             THEN ~ 0::bit(1440) ELSE 0::bit(1440) END AS mask,
        CASE WHEN s.recv_at <= s.ends + %(on_time)s THEN ~ 0::bit(1440) ELSE 0::bit(1440) END AS timely,
        CASE WHEN s.good THEN ~ 0::bit(1440) ELSE 0::bit(1440) END AS good
    FROM (
        SELECT p.device_id, p.recv_at, p.good, p.k::integer, p.minute - p.minute %% p.k AS first,
               %(start)s + make_interval(mins => p.minute - p.minute %% p.k + p.k) AS ends
        FROM (SELECT m.device_id, m.recv_at, m.interval_min::integer AS k, {valid} AS good,
                     floor(extract(epoch FROM m.ts - %(start)s) / 60)::integer AS minute
              FROM obs_minute m WHERE m.ts >= %(start)s AND m.ts < %(end)s) AS p
    ) AS s
) AS judged GROUP BY device_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: device number (MN) or project, day, first and last minute (None: the whole day), words."""

    subject: str
    day: date
    first: int | None
    last: int | None
    text: str

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            return f"{self.day} {self.subject} {self.text}"
        span = _hm(self.first) if self.first == self.last else f"{_hm(self.first)}–{_hm(self.last)}"
        return f"{self.day} {span} 设备 {self.subject} {self.text}"


Three = tuple[int, int, int]
"""Maps received, on_time, valid."""


def _hm(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def days_with_data(first: date | None, last: date | None) -> list[date]:
    """Days with coverage or raw data inside [first, last], ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT day FROM coverage_day WHERE stream = 1 AND day BETWEEN %(a)s AND %(b)s"
            " UNION SELECT DISTINCT day FROM obs_block WHERE day BETWEEN %(a)s AND %(b)s ORDER BY 1",
            {"a": first or date(2019, 1, 1), "b": last or date(2100, 1, 1)},
        )
        return [row[0] for row in cursor.fetchall()]


def recount_day(day: date, terms: Terms, now: datetime) -> Iterator[Difference]:
    """Differences of one day. Call inside one REPEATABLE READ transaction: the queue is part of the snapshot."""
    names = _names()
    waiting = _waiting(day, terms)
    raw = _raw(day, terms)
    stored = _stored(day)
    for device in sorted(raw.keys() | stored.keys()):
        name = names.get(device, str(device))
        maps, expected_hours, valid_hours = stored.get(device, (DayMaps(), 0, 0))
        pending = waiting.get(device, (0, 0, 0))
        known = (maps.received | pending[0], maps.on_time | pending[1], maps.valid | pending[2])
        yield from _compare(name, day, known, raw.get(device, (0, 0, 0)))
        if device in stored:
            hours = hours_of(maps, terms.of(day).hour_share)
            if hours != (expected_hours, valid_hours):
                text = f"小时数：存 {valid_hours}/{expected_hours}，重算 {hours[1]}/{hours[0]}"
                yield Difference(name, day, 0, 1439, text)
    if day < shanghai_day(now) and terms.lock_of(day) > now:
        yield from _compare_masks(day, stored, names, terms, now)


def _compare(name: str, day: date, known: Three, raw: Three) -> Iterator[Difference]:
    """Arrival first; a minute that differs there is not named again for punctuality or validity."""
    said = 0
    for word, have, want in zip(("到达", "按时", "有效"), known, raw, strict=True):
        for bits, text in (
            (have & ~want & ~said, f"位图记为{word}，原始数据没有"),
            (want & ~have & ~said, f"原始数据{word}，位图没有"),
        ):
            for begin, end in runs_of(bits):
                yield Difference(name, day, begin, end - 1, text)
        said |= have ^ want


def _compare_masks(
    day: date,
    stored: dict[int, tuple[DayMaps, int, int]],
    names: dict[int, str],
    terms: Terms,
    now: datetime,
) -> Iterator[Difference]:
    """Expected, exempt and fault minutes against the register, approvals and fault windows."""
    if not stored:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            MASKS + " SELECT id, expected::text, exempt::text, fault::text FROM masks ORDER BY id",
            mask_values([(day, device) for device in sorted(stored)], terms, now),
        )
        for device, *texts in cursor.fetchall():
            maps = stored[device][0]
            have = (maps.expected, maps.exempt, maps.fault)
            for word, own, text in zip(("应传", "免传", "平台故障"), have, texts, strict=True):
                for begin, end in runs_of(own ^ int(text, 2)):
                    yield Difference(
                        names[device], day, begin, end - 1, f"{word}位图与登记、批准或故障时段不符"
                    )


def _names() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, device_no FROM gateway_device WHERE kind = 'dust'")
        return dict(cursor.fetchall())


def _waiting(day: date, terms: Terms) -> dict[int, Three]:
    """Committed samples of the day that the folder has not taken yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.device_id, (extract(epoch FROM u.ts) * 1000000)::bigint,"
            " (extract(epoch FROM u.recv_at) * 1000000)::bigint, u.k, u.marks FROM coverage_delta d,"
            " unnest(d.device_ids, d.ts, d.recv_at, d.interval_min, d.marks) AS u(device_id, ts, recv_at, k, marks)"
            " WHERE u.ts >= %s AND u.ts < %s",
            [day_start(day), day_end(day)],
        )
        samples: list[Sample] = cursor.fetchall()
    return maps_of(samples, terms)


def maps_of(samples: list[Sample], terms: Terms) -> dict[int, Three]:
    """Maps per device of samples of one day, by the pure judgement."""
    judged, found = judge(samples, terms), dict[int, Three]()
    for n, device in enumerate(judged.devices):
        run = window(judged.firsts[n], judged.firsts[n] + judged.intervals[n])
        received, on_time, valid = found.get(device, (0, 0, 0))
        found[device] = (
            received | run,
            on_time | run * judged.on_time[n],
            valid | run * judged.valid[n],
        )
    return found


def _raw(day: date, terms: Terms) -> dict[int, Three]:
    """Maps from the hot rows by SQL; a device-day with a block is read from its block."""
    held = terms.of(day)
    values: dict[str, Any] = {
        "start": held.start,
        "end": day_end(day),
        "lock": held.lock,
        "on_time": f"{held.on_time_minutes} minutes",
        "counts": f"{held.counts_until_hours} hours",
    }
    query = RAW.format(valid=valid_sql(held.groups)).replace("%(on_time)s", "%(on_time)s::interval")
    with connection.cursor() as cursor:
        cursor.execute(query.replace("%(counts)s", "%(counts)s::interval"), values)
        found: dict[int, Three] = {
            row[0]: (int(row[1], 2), int(row[2], 2), int(row[3], 2)) for row in cursor.fetchall()
        }
        cursor.execute("SELECT device_id FROM obs_block WHERE day = %s", [day])
        blocked = [row[0] for row in cursor.fetchall()]
    for device in blocked:
        with hot_connection() as raw:
            rows = read_rows(raw, device, held.start, day_end(day))
        samples = [(device, micros(r.ts), micros(r.recv_at), r.interval_min, r.marks) for r in rows]
        found[device] = maps_of(samples, terms).get(device, (0, 0, 0))
    return found


def _stored(day: date) -> dict[int, tuple[DayMaps, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, expected::text, received::text, on_time::text, valid::text, exempt::text, fault::text,"
            " expected_hours, valid_hours FROM coverage_day WHERE stream = 1 AND day = %s",
            [day],
        )
        return {
            row[0]: (DayMaps(*(int(text, 2) for text in row[1:7])), row[7], row[8])
            for row in cursor.fetchall()
        }
