"""迟到的行：它的日已归档时，并入设备日数据块。"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg

from gongdi.ingest import blocks
from gongdi.ingest.blocks import BlockRow
from gongdi.ingest.rows import COLUMNS, MinuteRow, Outcome, day_number, day_start, from_micros, to_micros

_DAY_LOCK = 20_307
_DEVICE_DAY_LOCK = 0x4F42 << 48
_ZERO_DAY = date(2000, 1, 1)
_HOT = f"""
SELECT {", ".join("o." + name for name in COLUMNS)}, e.extra
FROM obs_minute o LEFT JOIN obs_extra e ON e.device_id = o.device_id AND e.ts = o.ts AND e.ts >= %(low)s AND e.ts < %(high)s
WHERE o.device_id = ANY(%(devices)s) AND o.ts >= %(low)s AND o.ts < %(high)s ORDER BY o.device_id, o.ts"""
_WRITE = """
INSERT INTO obs_block AS b (device_id, day, codec, n, payload, sha256, built_at)
VALUES (%s, %s, %s, %s, %s, %s, now())
ON CONFLICT (device_id, day) DO UPDATE SET codec = excluded.codec, n = excluded.n, payload = excluded.payload,
    sha256 = excluded.sha256, built_at = excluded.built_at"""


class BlockDamaged(Exception):
    """A block does not give back what was put into it (数据块校验不符)."""


def day_of(number: int) -> date:
    """Calendar day of a day number."""
    return _ZERO_DAY + timedelta(days=number)


def number_of(day: date) -> int:
    """Day number of a calendar day."""
    return (day - _ZERO_DAY).days


def lock_days(
    connection: psycopg.Connection[Any], numbers: Iterable[int], exclusive: bool = False
) -> set[int]:
    """Hold the days against being closed (shared) or written (exclusive); returns those already closed."""
    wanted = sorted(set(numbers))
    shared = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
    lock = "SELECT pg_advisory_xact_lock(%s, %s)" if exclusive else shared
    for number in wanted:
        connection.execute(lock, (_DAY_LOCK, number))
    found = connection.execute("SELECT day FROM obs_day WHERE day = ANY(%s)", ([day_of(n) for n in wanted],))
    return {number_of(day) for (day,) in found}


def lock_device_day(connection: psycopg.Connection[Any], device_id: int, number: int) -> None:
    """Exclusive until commit: one rewriter of a block at a time."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(%s)", (_DEVICE_DAY_LOCK | device_id << 16 | number & 0xFFFF,)
    )


def hot_rows(
    connection: psycopg.Connection[Any], device_ids: Sequence[int], number: int
) -> dict[int, list[BlockRow]]:
    """Rows of a day still in its partition, by device."""
    return hot_between(
        connection, device_ids, from_micros(day_start(number)), from_micros(day_start(number + 1))
    )


def hot_between(
    connection: psycopg.Connection[Any], device_ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, list[BlockRow]]:
    """Rows in partitions with start <= ts < end, by device."""
    found: dict[int, list[BlockRow]] = {}
    with connection.cursor(binary=True) as cursor:
        for row in cursor.execute(_HOT, {"devices": list(device_ids), "low": start, "high": end}):
            found.setdefault(row[3], []).append(block_row(row))
    return found


def block_row(row: Sequence[Any]) -> BlockRow:
    """A result row in COLUMNS order plus extra."""
    return BlockRow(to_micros(row[0]), to_micros(row[1]), row[2], row[4], row[5], tuple(row[6:31]), row[31])


def stored_block(connection: psycopg.Connection[Any], device_id: int, number: int) -> list[BlockRow] | None:
    """The verified rows of a block; None when there is none; BlockDamaged when its bytes changed."""
    found = connection.execute(
        "SELECT payload, sha256 FROM obs_block WHERE device_id = %s AND day = %s", (device_id, day_of(number))
    ).fetchone()
    if found is None:
        return None
    payload = bytes(found[0])
    if sha256(payload).digest() != bytes(found[1]):
        raise BlockDamaged(f"设备 {device_id} 在 {day_of(number)} 的数据块与其校验值不符")
    return blocks.decode(payload)


def write_block(
    connection: psycopg.Connection[Any], device_id: int, number: int, rows: Sequence[BlockRow]
) -> int:
    """Write a block after proving that it decodes to the same rows; its size in bytes."""
    payload = blocks.encode(rows)
    require_same(device_id, number, sorted(rows, key=lambda row: row.ts), blocks.decode(payload))
    digest = sha256(payload).digest()
    connection.execute(_WRITE, (device_id, day_of(number), blocks.CODEC, len(rows), payload, digest))
    return len(payload)


def require_same(device_id: int, number: int, rows: Sequence[BlockRow], restored: Sequence[BlockRow]) -> None:
    """Raise BlockDamaged unless the restored rows equal the rows in every bit."""
    if not blocks.identical(rows, restored):
        raise BlockDamaged(f"设备 {device_id} 在 {day_of(number)} 的数据块还原后与原数据不同")


def merge(
    connection: psycopg.Connection[Any], rows: Sequence[MinuteRow], micros: Sequence[tuple[int, int]]
) -> list[Outcome]:
    """Merge rows of closed days into their blocks, in this transaction; the row that was there first stays."""
    groups: dict[tuple[int, int], list[int]] = {}
    for place, (row, (ts, _)) in enumerate(zip(rows, micros, strict=True)):
        groups.setdefault((row.device_id, day_number(ts)), []).append(place)
    outcomes = [Outcome.STORED] * len(rows)
    for (device_id, number), places in sorted(groups.items()):
        lock_device_day(connection, device_id, number)
        kept = stored_block(connection, device_id, number)
        if kept is None:
            kept = hot_rows(connection, [device_id], number).get(device_id, [])
        by_ts = {row.ts: row for row in kept}
        for place in places:
            new = _as_block_row(rows[place], micros[place])
            old = by_ts.setdefault(new.ts, new)
            if old is not new:
                outcomes[place] = Outcome.REPEAT if blocks.same(old, new) else Outcome.CONFLICT
        if len(by_ts) != len(kept):
            write_block(connection, device_id, number, list(by_ts.values()))
    return outcomes


def _as_block_row(row: MinuteRow, micros: tuple[int, int]) -> BlockRow:
    values = blocks.single(row.values)
    return BlockRow(micros[0], micros[1], row.marks, row.interval_min, row.source, values, row.extra)
