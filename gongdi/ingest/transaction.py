"""一批写入的一个事务：分钟行、自报数据、原始报文、覆盖增量、最近值和旁记。"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any

import psycopg

from gongdi.ingest import note_sql, raw_blocks, reported
from gongdi.ingest.copy_format import HEADER, TIMESTAMPTZ_OID, TRAILER, int4, int8, packed_array, record
from gongdi.ingest.known import KnownMinutes
from gongdi.ingest.minutes import MinuteBatch
from gongdi.ingest.notes import Caps, DataNote, LastNote, SideBook, minute_payload
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import MinuteRow, Outcome, ReportedRow, to_micros

_RAW = "COPY raw_block (first_at, last_at, gateway_id, n, device_ids, payload) FROM STDIN (FORMAT binary)"
_DELTA = "COPY coverage_delta (at, device_ids, ts, recv_at, interval_min, marks) FROM STDIN (FORMAT binary)"


@dataclass(frozen=True)
class Tools:
    """What a writing process keeps between transactions."""

    gateway_id: int
    policy: WriterPolicy
    known: KnownMinutes
    caps: Caps
    archived: set[int] = field(default_factory=set)  # 没有分区的已归档日


@dataclass(frozen=True)
class DueNotes:
    """Side records that go with this transaction."""

    side: SideBook | None = None
    last: dict[int, LastNote] | None = None
    data: Sequence[DataNote] = ()
    presence: dict[tuple[int, date], int] | None = None


class Transaction:
    """One attempt to write rows; the outcomes hold only after the COMMIT of the caller."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        tools: Tools,
        minutes: Sequence[MinuteRow],
        reported_rows: Sequence[ReportedRow],
    ) -> None:
        self._connection, self._tools = connection, tools
        self._minutes, self._reported = MinuteBatch(minutes), reported_rows
        self._reported_outcomes: list[Outcome] = []

    def days(self) -> set[int]:
        """Day numbers of the minute rows."""
        return self._minutes.days()

    def run(self, notes: DueNotes) -> list[Outcome]:
        """Execute all statements inside the caller's transaction; outcomes of the minutes, then of the reported."""
        # 1. 分钟行：新的直接 COPY，可能重复的走临时表，已归档日的并入数据块
        limit = self._tools.policy.hot_days
        self._minutes.store(self._connection, self._tools.known, limit, self._tools.archived)
        with self._connection.cursor() as cursor:
            # 2. 设备自报的小时、日数据
            self._reported_outcomes = reported.store(cursor, self._reported)
            # 3. 原始报文与覆盖增量，只为真正新增的行
            self._store_raw(cursor)
            self._store_delta(cursor)
        # 4. 内容不同的另存，重复的计数
        if not self._minutes.all_stored or self._reported:
            self._store_conflicts()
        # 5. 隔离、连接、心跳、最近值与通知
        self._store_notes(notes)
        return self._minutes.outcomes + self._reported_outcomes

    def _store_raw(self, cursor: psycopg.Cursor[Any]) -> None:
        minutes = self._minutes
        frames = list(map(itemgetter(8), minutes.rows))
        if minutes.all_stored and all(frames):
            ids, times = list(minutes.device_ids), list(minutes.recv)
        else:
            places = [place for place in minutes.stored() if frames[place]]
            ids = [minutes.device_ids[place] for place in places]
            times = [minutes.recv[place] for place in places]
            frames = [frames[place] for place in places]
        for row, outcome in zip(self._reported, self._reported_outcomes, strict=True):
            if outcome is Outcome.STORED and row.raw:
                ids.append(row.device_id)
                times.append(to_micros(row.recv_at))
                frames.append(row.raw)
        if not frames:
            return
        block = record(
            int8(min(times)),
            int8(max(times)),
            int4(self._tools.gateway_id),
            int4(len(frames)),
            packed_array("i", ids),
            raw_blocks.encode(frames, times),
        )
        with cursor.copy(_RAW) as copy:
            copy.write(HEADER + block + TRAILER)

    def _store_delta(self, cursor: psycopg.Cursor[Any]) -> None:
        minutes, places = self._minutes, self._minutes.stored()
        if not places:
            return
        pick: Callable[[list[Any]], list[Any]] = list
        if not minutes.all_stored:
            pick = lambda column: [column[place] for place in places]  # noqa: E731
        received = pick(minutes.recv)
        delta = record(
            int8(max(received)),
            packed_array("i", pick(minutes.device_ids)),
            packed_array("q", pick(minutes.ts), TIMESTAMPTZ_OID),
            packed_array("q", received, TIMESTAMPTZ_OID),
            packed_array("h", pick(list(map(itemgetter(4), minutes.rows)))),
            packed_array("q", pick(list(map(itemgetter(2), minutes.rows)))),
        )
        with cursor.copy(_DELTA) as copy:
            copy.write(HEADER + delta + TRAILER)

    def _store_conflicts(self) -> None:
        found: list[note_sql.Conflicting] = []
        repeats: dict[int, int] = {}
        pairs: list[tuple[MinuteRow | ReportedRow, Outcome]] = []
        pairs += zip(self._minutes.rows, self._minutes.outcomes, strict=True)
        pairs += zip(self._reported, self._reported_outcomes, strict=True)
        for row, outcome in pairs:
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
            note_sql.write_last(self._connection, self._tools.gateway_id, notes.last, notes.data)
