"""归档：把一天的分钟数据压成设备日数据块，核对相同后删掉分区；读数时热行与数据块一样看待。"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from gongdi.ingest import late, partitions
from gongdi.ingest.blocks import BlockRow
from gongdi.ingest.rows import SHANGHAI, MinuteRow, day_number, day_start, from_micros, to_micros

KEPT_HOT_DAYS = 10  # 大于写入端的 hot_days，写入端才可以不问近日是否已归档
_CHUNK = 50


class TooYoung(Exception):
    """The day may not be compacted yet; the message is Chinese."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What one run did for a day."""

    day: date
    devices: int
    rows: int
    payload_bytes: int


def compact_day(
    app: psycopg.Connection[Any], owner: psycopg.Connection[Any], day: date, today: date
) -> Compacted:
    """Compress a day into blocks, verify them by reading back, then drop its partition.

    Both connections are autocommit; `app` may write blocks, `owner` may detach. Safe to run again after a crash:
    finished blocks are skipped, and rows that come in meanwhile are merged by the writer from the moment the day
    is closed.
    """
    if day > today - timedelta(days=KEPT_HOT_DAYS):
        raise TooYoung(f"{day} 离今天不足 {KEPT_HOT_DAYS} 天，不能归档")
    number = late.number_of(day)
    with app.transaction():
        late.lock_days(app, [number], exclusive=True)
        app.execute("INSERT INTO obs_day (day, closed_at) VALUES (%s, now()) ON CONFLICT DO NOTHING", (day,))
    totals = [0, 0, 0]
    if day in partitions.existing(app):
        for device_ids in _chunks(_devices_without_block(app, number)):
            with app.transaction():
                for device_id in sorted(device_ids):
                    late.lock_device_day(app, device_id, number)
                _build(app, device_ids, number, totals)
        _verify(app, number)
    partitions.drop_day(owner, day)
    app.execute("UPDATE obs_day SET dropped_at = now() WHERE day = %s AND dropped_at IS NULL", (day,))
    return Compacted(day, *totals)


def compact_before(
    app: psycopg.Connection[Any], owner: psycopg.Connection[Any], first_kept: date, today: date
) -> list[Compacted]:
    """Compact every attached day before `first_kept`, oldest first (按保存期限归档)."""
    days = sorted(day for day in partitions.existing(app) if day < first_kept)
    return [compact_day(app, owner, day, today) for day in days]


def read_rows(
    connection: psycopg.Connection[Any], device_id: int, start: datetime, end: datetime
) -> list[MinuteRow]:
    """Minute rows of a device with start <= ts < end, from partitions and blocks alike, ordered by ts."""
    low, high = to_micros(start), to_micros(end)
    rows: list[BlockRow] = []
    blocked = {
        late.number_of(day)
        for (day,) in connection.execute(
            "SELECT day FROM obs_block WHERE device_id = %s AND day BETWEEN %s AND %s",
            (device_id, start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()),
        )
    }
    for number in blocked:
        rows += late.stored_block(connection, device_id, number) or []
    for found in late.hot_between(connection, [device_id], start, end).values():
        rows += [row for row in found if day_number(row.ts) not in blocked]
    kept = sorted((row for row in rows if low <= row.ts < high), key=lambda row: row.ts)
    return [_minute(device_id, row) for row in kept]


def _minute(device_id: int, row: BlockRow) -> MinuteRow:
    return MinuteRow(
        from_micros(row.ts),
        from_micros(row.recv_at),
        row.marks,
        device_id,
        row.interval_min,
        row.source,
        row.values,
        row.extra,
    )


def _devices_without_block(app: psycopg.Connection[Any], number: int) -> list[int]:
    found = app.execute(
        "SELECT device_id FROM (SELECT DISTINCT device_id FROM obs_minute WHERE ts >= %s AND ts < %s) AS d"
        " WHERE NOT EXISTS (SELECT FROM obs_block b WHERE b.device_id = d.device_id AND b.day = %s)"
        " ORDER BY device_id",
        (from_micros(day_start(number)), from_micros(day_start(number + 1)), late.day_of(number)),
    ).fetchall()
    return [device_id for (device_id,) in found]


def _build(app: psycopg.Connection[Any], device_ids: Sequence[int], number: int, totals: list[int]) -> None:
    for device_id, rows in late.hot_rows(app, device_ids, number).items():
        if late.stored_block(app, device_id, number) is not None:
            continue
        size = late.write_block(app, device_id, number, rows)
        totals[0] += 1
        totals[1] += len(rows)
        totals[2] += size


def _verify(app: psycopg.Connection[Any], number: int) -> None:
    """Every hot row must come back from the committed blocks before the partition goes; raises BlockDamaged."""
    devices = app.execute(
        "SELECT DISTINCT device_id FROM obs_minute WHERE ts >= %s AND ts < %s ORDER BY device_id",
        (from_micros(day_start(number)), from_micros(day_start(number + 1))),
    ).fetchall()
    for device_ids in _chunks([device_id for (device_id,) in devices]):
        for device_id, rows in late.hot_rows(app, device_ids, number).items():
            stored = {row.ts: row for row in late.stored_block(app, device_id, number) or []}
            late.require_same(device_id, number, rows, [stored[row.ts] for row in rows if row.ts in stored])


def _chunks(device_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(device_ids), _CHUNK):
        yield device_ids[start : start + _CHUNK]
