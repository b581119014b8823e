"""慢路：经临时表写入可能重复的行，再逐行比对。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from gongdi.ingest.copy_format import HEADER, TRAILER, MinutePacker, MinuteShape
from gongdi.ingest.rows import COLUMNS, VALUE_COLUMNS, MinuteRow, Outcome

STAGE = """
CREATE TEMP TABLE IF NOT EXISTS stage_minute (seq integer NOT NULL, LIKE obs_minute) ON COMMIT DELETE ROWS"""

_NAMES = ", ".join(COLUMNS)
_INSERT = f"""
INSERT INTO obs_minute ({_NAMES}) SELECT {_NAMES} FROM stage_minute ORDER BY device_id, ts, seq
ON CONFLICT DO NOTHING RETURNING device_id, (extract(epoch FROM ts) * 1000000)::bigint"""
_PAYLOAD = ("marks", "interval_min", *VALUE_COLUMNS)
_COMPARE = f"""
SELECT s.seq, ({", ".join("s." + name for name in _PAYLOAD)}) IS NOT DISTINCT FROM
    ({", ".join("o." + name for name in _PAYLOAD)}), e.extra
FROM stage_minute s JOIN obs_minute o ON o.device_id = s.device_id AND o.ts = s.ts
LEFT JOIN obs_extra e ON e.device_id = s.device_id AND e.ts = s.ts AND e.ts >= %(low)s AND e.ts <= %(high)s
WHERE o.ts >= %(low)s AND o.ts <= %(high)s"""
_UNIX = 946_684_800_000_000  # 2000-01-01 的 Unix 微秒


def store(
    cursor: psycopg.Cursor[Any], rows: Sequence[MinuteRow], micros: Sequence[tuple[int, int]]
) -> list[Outcome]:
    """Insert rows whose keys may exist; `micros` holds (ts, recv) of each row.

    The first row of a key wins; a later one with the same payload (数据相同) is a repeat, another a conflict.
    Existing rows never change.
    """
    packer = MinutePacker(sequence=True)
    groups: dict[MinuteShape, list[bytes]] = {}
    for seq, (row, (ts, recv)) in enumerate(zip(rows, micros, strict=True)):
        shape, values = packer.shape(row.values)
        packed = shape.pack(seq, ts, recv, row.marks, row.device_id, row.interval_min, row.source, *values)
        groups.setdefault(shape, []).append(packed)
    with cursor.copy("COPY stage_minute FROM STDIN (FORMAT binary)") as copy:
        copy.write(HEADER + b"".join(shape.finish(packed) for shape, packed in groups.items()) + TRAILER)
    added = {(device_id, unix - _UNIX) for device_id, unix in cursor.execute(_INSERT, prepare=True)}
    if len(added) == len(rows):
        return [Outcome.STORED] * len(rows)
    compared = _compare(cursor, rows)
    outcomes = []
    for seq, (row, (ts, _)) in enumerate(zip(rows, micros, strict=True)):
        if (row.device_id, ts) in added:
            added.discard((row.device_id, ts))
            outcomes.append(Outcome.STORED)
        else:
            outcomes.append(_judge(row, compared, seq, rows))
    return outcomes


def _compare(cursor: psycopg.Cursor[Any], rows: Sequence[MinuteRow]) -> dict[int, tuple[bool, Any]]:
    bounds = {"low": min(row.ts for row in rows), "high": max(row.ts for row in rows)}
    return {seq: (same, extra) for seq, same, extra in cursor.execute(_COMPARE, bounds)}


def _judge(
    row: MinuteRow, compared: dict[int, tuple[bool, Any]], seq: int, rows: Sequence[MinuteRow]
) -> Outcome:
    if seq not in compared:
        # 主键已占、却又看不到：正被卸下的分区，整批重来
        raise psycopg.errors.SerializationFailure("行所在的分区正在变动")
    same, extra = compared[seq]
    if extra is None and same and row.extra is not None:
        # 同一批里先到的那一行，其扩展因子还没有写入
        extra = next((r.extra for r in rows[:seq] if r.device_id == row.device_id and r.ts == row.ts), None)
    return Outcome.REPEAT if same and (row.extra or None) == (extra or None) else Outcome.CONFLICT
