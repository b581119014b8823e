"""一批写入的一个事务：分钟行、自报数据、原始报文、覆盖增量、最近值和旁记。"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from gongdi.ingest import late, note_sql, raw_blocks, reported, staging
from gongdi.ingest.copy_format import (
    HEADER,
    TIMESTAMPTZ_OID,
    TRAILER,
    MinutePacker,
    MinuteShape,
    int4,
    int8,
    jsonb,
    packed_array,
    record,
)
from gongdi.ingest.known import KnownMinutes
from gongdi.ingest.notes import Caps, LastNote, SideBook, minute_payload
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import COLUMNS, MinuteRow, Outcome, ReportedRow, day_number, to_micros

Row = MinuteRow | ReportedRow
_MINUTES = f"COPY obs_minute ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
_EXTRA = "COPY obs_extra (ts, device_id, extra) FROM STDIN (FORMAT binary)"
_RAW = "COPY raw_block (first_at, last_at, gateway_id, n, device_ids, payload) FROM STDIN (FORMAT binary)"
_DELTA = "COPY coverage_delta (at, device_ids, ts, recv_at, interval_min, marks) FROM STDIN (FORMAT binary)"
_MILLI = 1_000  # 收到时间存到毫秒：足够判断按时，数据块每行省一个多字节


@dataclass(frozen=True)
class Tools:
    """What a writing process keeps between transactions."""

    gateway_id: int
    policy: WriterPolicy
    known: KnownMinutes
    packer: MinutePacker
    caps: Caps


@dataclass(frozen=True)
class DueNotes:
    """Side records that go with this transaction."""

    side: SideBook | None = None
    last: dict[int, LastNote] | None = None
    presence: dict[Any, int] | None = None


class Transaction:
    """One attempt to write `rows`; `outcomes` are valid after `run` and the COMMIT of the caller."""

    def __init__(self, connection: psycopg.Connection[Any], tools: Tools, rows: Sequence[Row]) -> None:
        self._connection, self._tools = connection, tools
        self._all = rows
        self._rows = [row for row in rows if isinstance(row, MinuteRow)]
        self._reported = [row for row in rows if isinstance(row, ReportedRow)]
        self._micros = _micros_of(self._rows)
        self._outcomes = [Outcome.STORED] * len(self._rows)
        self._reported_outcomes: list[Outcome] = []
        self._archived: set[int] = set()

    def days(self) -> set[int]:
        """Day numbers of the minute rows."""
        return {day_number(ts) for ts in {ts for ts, _ in self._micros}}

    def run(self, notes: DueNotes) -> list[Outcome]:
        """Execute all statements inside the caller's transaction; outcomes aligned with the rows."""
        with self._connection.cursor() as cursor:
            # 1. 分钟行：新的直接 COPY，可能重复的走临时表，已归档日的并入数据块
            self._store_minutes(cursor)
            self._store_extra(cursor)
            # 2. 设备自报的小时、日数据
            self._reported_outcomes = reported.store(cursor, self._reported)
            # 3. 原始报文与覆盖增量，只为真正新增的行
            self._store_raw(cursor)
            self._store_delta(cursor)
        # 4. 内容不同的另存，重复的计数
        self._store_conflicts()
        # 5. 隔离、连接、心跳、最近值与通知
        self._store_notes(notes)
        minute, other = iter(self._outcomes), iter(self._reported_outcomes)
        return [next(minute) if isinstance(row, MinuteRow) else next(other) for row in self._all]

    def _store_minutes(self, cursor: psycopg.Cursor[Any]) -> None:
        closed, add = self._closed_days(), self._tools.known.add
        fresh: list[int] = []
        suspect: list[int] = []
        archived: list[int] = []
        for place, (row, (ts, _)) in enumerate(zip(self._rows, self._micros, strict=True)):
            if closed and day_number(ts) in closed:
                archived.append(place)
            elif add(row.device_id, ts):
                fresh.append(place)
            else:
                suspect.append(place)
        self._archived = set(archived)
        if fresh:
            self._copy_fresh(cursor, fresh)
        if suspect:
            cursor.execute(staging.STAGE)
            self._settle(suspect, staging.store(cursor, *self._picked(suspect)))
        if archived:
            self._settle(archived, late.merge(self._connection, *self._picked(archived)))

    def _picked(self, places: Sequence[int]) -> tuple[list[MinuteRow], list[tuple[int, int]]]:
        return [self._rows[place] for place in places], [self._micros[place] for place in places]

    def _settle(self, places: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        for place, outcome in zip(places, outcomes, strict=True):
            self._outcomes[place] = outcome

    def _closed_days(self) -> set[int]:
        if not self._rows:
            return set()
        limit = day_number(max(recv for _, recv in self._micros)) - self._tools.policy.hot_days
        old = {number for number in self.days() if number < limit}
        return late.lock_days(self._connection, old) if old else set()

    def _copy_fresh(self, cursor: psycopg.Cursor[Any], places: Sequence[int]) -> None:
        groups: dict[MinuteShape, list[bytes]] = {}
        rows, micros, shape_of = self._rows, self._micros, self._tools.packer.shape
        for place in sorted(places, key=lambda place: (rows[place].device_id, micros[place])):
            row, (ts, recv) = rows[place], micros[place]
            shape, values = shape_of(row.values)
            packed = shape.pack(ts, recv, row.marks, row.device_id, row.interval_min, row.source, *values)
            try:
                groups[shape].append(packed)
            except KeyError:
                groups[shape] = [packed]
        with cursor.copy(_MINUTES) as copy:
            copy.write(HEADER + b"".join(shape.finish(packed) for shape, packed in groups.items()) + TRAILER)

    def _store_extra(self, cursor: psycopg.Cursor[Any]) -> None:
        tuples = []
        for place, row in enumerate(self._rows):
            if row.extra and self._outcomes[place] is Outcome.STORED and place not in self._archived:
                text = json.dumps(row.extra, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
                tuples.append(record(int8(self._micros[place][0]), int4(row.device_id), jsonb(text)))
        if tuples:
            with cursor.copy(_EXTRA) as copy:
                copy.write(HEADER + b"".join(tuples) + TRAILER)

    def _store_raw(self, cursor: psycopg.Cursor[Any]) -> None:
        kept = [
            (row.device_id, recv, row.raw)
            for row, (_, recv), outcome in zip(self._rows, self._micros, self._outcomes, strict=True)
            if outcome is Outcome.STORED and row.raw
        ]
        kept += [
            (row.device_id, to_micros(row.recv_at), row.raw)
            for row, outcome in zip(self._reported, self._reported_outcomes, strict=True)
            if outcome is Outcome.STORED and row.raw
        ]
        if not kept:
            return
        ids, times, frames = zip(*kept, strict=True)
        block = record(
            int8(min(times)),
            int8(max(times)),
            int4(self._tools.gateway_id),
            int4(len(kept)),
            packed_array("i", ids),
            raw_blocks.encode(frames, times),
        )
        with cursor.copy(_RAW) as copy:
            copy.write(HEADER + block + TRAILER)

    def _store_delta(self, cursor: psycopg.Cursor[Any]) -> None:
        new = [place for place, outcome in enumerate(self._outcomes) if outcome is Outcome.STORED]
        if not new:
            return
        rows, micros = self._picked(new)
        delta = record(
            int8(max(recv for _, recv in micros)),
            packed_array("i", [row.device_id for row in rows]),
            packed_array("q", [ts for ts, _ in micros], TIMESTAMPTZ_OID),
            packed_array("q", [recv for _, recv in micros], TIMESTAMPTZ_OID),
            packed_array("h", [row.interval_min for row in rows]),
            packed_array("q", [row.marks for row in rows]),
        )
        with cursor.copy(_DELTA) as copy:
            copy.write(HEADER + delta + TRAILER)

    def _store_conflicts(self) -> None:
        found: list[note_sql.Conflicting] = []
        repeats: dict[int, int] = {}
        pairs: list[tuple[Row, Outcome]] = [*zip(self._rows, self._outcomes, strict=True)]
        pairs += zip(self._reported, self._reported_outcomes, strict=True)
        for row, outcome in pairs:
            if outcome is Outcome.STORED:
                continue
            if outcome is Outcome.REPEAT:
                repeats[row.device_id] = repeats.get(row.device_id, 0) + 1
            elif outcome is Outcome.CONFLICT and self._tools.caps.admit_conflict(row):
                found.append((row, minute_payload(row) if isinstance(row, MinuteRow) else row.payload))
        note_sql.write_repeats(self._connection, repeats)
        note_sql.write_conflicts(self._connection, self._tools.gateway_id, found)

    def _store_notes(self, notes: DueNotes) -> None:
        if notes.side is not None:
            note_sql.write_side(self._connection, self._tools.gateway_id, notes.side)
        if notes.presence is not None:
            note_sql.write_presence(self._connection, notes.presence)
        if notes.last is not None:
            note_sql.write_last(self._connection, self._tools.gateway_id, notes.last)


def _micros_of(rows: Sequence[MinuteRow]) -> list[tuple[int, int]]:
    starts: dict[datetime, int] = {}
    received: dict[datetime, int] = {}
    out = []
    for row in rows:
        ts, recv = starts.get(row.ts), received.get(row.recv_at)
        if ts is None:
            ts = starts[row.ts] = to_micros(row.ts)
        if recv is None:
            recv = received[row.recv_at] = to_micros(row.recv_at) // _MILLI * _MILLI
        out.append((ts, recv))
    return out
