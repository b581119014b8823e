"""写线程里的一端：连接、重试、逐行隔离；一批对应一个事务。"""

from __future__ import annotations

import logging
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from gongdi.ingest import arrays, late, partitions
from gongdi.ingest.known import KnownMinutes
from gongdi.ingest.notes import Caps, Connection, Heard, LastBook, Refused, SideBook, Unknown
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import MinuteRow, Outcome, ReportedRow
from gongdi.ingest.schema import check_version
from gongdi.ingest.transaction import DueNotes, Tools, Transaction

log = logging.getLogger(__name__)

_TRIES = 4
_REFUSALS = (psycopg.Error, struct.error, ValueError, TypeError, OverflowError, late.BlockDamaged)
# 写线程只有固定的几条语句，都该走索引；不让统计信息缺失时的计划去扫整个分区
_SESSION = (
    "-c synchronous_commit=on -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off -c jit=off"
    " -c client_min_messages=warning"
)


class StoreUnavailable(Exception):
    """The database cannot take the batch now; nothing was acknowledged, the same batch is to be tried again."""


@dataclass(slots=True)
class Batch:
    """What has come in since the last flush; a place counts the minutes, then the reported rows.

    `settled` holds the outcomes of the places already committed.
    """

    minutes: list[MinuteRow] = field(default_factory=list)
    reported: list[ReportedRow] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    canaries: list[datetime] = field(default_factory=list)
    absorbed: bool = False
    settled: dict[int, Outcome] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.minutes) + len(self.reported)

    def row(self, place: int) -> MinuteRow | ReportedRow:
        """The row at a place."""
        n = len(self.minutes)
        return self.minutes[place] if place < n else self.reported[place - n]


class Store:
    """The writing connection of one gateway process; used by one thread at a time."""

    def __init__(self, dsn: str, gateway_id: int, policy: WriterPolicy) -> None:
        self._dsn, self._policy = dsn, policy
        self._connection: psycopg.Connection[Any] | None = None
        self._caps = Caps(policy)
        known = KnownMinutes(policy.known_maps)
        self._tools = Tools(gateway_id, policy, known, self._caps)
        self._days: set[int] = set()
        self._last = LastBook()
        self._side = SideBook(policy, self._caps)
        self._last_written = self._presence_written = float("-inf")

    def connect(self) -> None:
        """Open the connection, check schema version and durability; StoreRefused or psycopg.Error."""
        self._open()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def abort(self) -> None:
        """Ask the server to give up the statement that runs; may be called from another thread."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=1)

    def last_waiting(self) -> bool:
        """Whether last values wait for a later flush."""
        return self._last.waiting()

    def commit(self, batch: Batch, now: float, final: bool = False) -> list[Outcome]:
        """Write a batch durably; outcomes of its minutes, then of its reported rows.

        `now` is a monotonic time in seconds; `final` also writes everything that waits for a later flush. Raises
        StoreUnavailable when the database is away, stalled or short of locks: call again with the same batch.
        """
        try:
            return self._commit(batch, now, final)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._drop_broken()
            raise StoreUnavailable(
                f"数据库暂时不能写入：{str(error).strip() or type(error).__name__}"
            ) from error

    def _commit(self, batch: Batch, now: float, final: bool) -> list[Outcome]:
        self._absorb(batch)
        forced = final or any(heard.done is not None for heard in batch.heard)
        last = forced or now - self._last_written >= self._policy.last_s
        presence = final or now - self._presence_written >= self._policy.presence_s
        settled = batch.settled
        places = (
            [place for place in range(len(batch)) if place not in settled] if settled else range(len(batch))
        )
        try:
            self._write(batch, places, self._due(last, presence))
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise
        except _REFUSALS as error:
            log.warning("一批写入被拒绝，逐行隔离：%s", error)
            self._isolate(batch, places)
            self._write_notes_apart(last, presence)
        self._notes_written(last, presence, now)
        self._count(batch)
        return list(map(settled.__getitem__, range(len(batch))))

    def _absorb(self, batch: Batch) -> None:
        if batch.absorbed:
            return
        batch.absorbed = True
        for heard in batch.heard:
            self._last.hear(heard)
        for refused in batch.refused:
            self._side.refuse(refused)
        for frame in batch.unknown:
            self._side.unknown(frame)
        for connection in batch.connections:
            self._side.connections[connection.seq] = connection
        self._side.canaries += batch.canaries

    def _due(self, last: bool, presence: bool) -> DueNotes:
        last = last and self._last.waiting()
        return DueNotes(
            None if self._side.empty() else self._side,
            self._last.notes() if last else None,
            self._last.data() if last else (),
            self._last.presence if presence and self._last.presence else None,
        )

    def _notes_written(self, last: bool, presence: bool, now: float) -> None:
        self._side = SideBook(self._policy, self._caps)
        if last:
            self._last.written()
            self._last_written = now
        if presence:
            self._last.presence = {}
            self._presence_written = now

    def _count(self, batch: Batch) -> None:
        minutes, settled = batch.minutes, batch.settled
        if set(map(id, settled.values())) <= {id(Outcome.STORED)}:
            self._last.count(minutes, minutes)
            return
        places = [place for place in range(len(minutes)) if settled[place] is not Outcome.QUARANTINED]
        stored = [minutes[place] for place in places if settled[place] is Outcome.STORED]
        self._last.count([minutes[place] for place in places], stored)

    # ------------------------------------------------------------ 一个事务

    def _write(self, batch: Batch, places: Sequence[int], notes: DueNotes) -> None:
        n = len(batch.minutes)
        whole = len(places) == len(batch)
        minutes = batch.minutes if whole else [batch.minutes[place] for place in places if place < n]
        reported = [batch.reported[place - n] for place in places if place >= n]
        for attempt in range(_TRIES):
            connection = self._open()
            work = Transaction(connection, self._tools, minutes, reported)
            self._ensure_days(connection, work.days())
            try:
                with connection.transaction():
                    outcomes = work.run(notes)
            except (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation) as error:
                # 主键已有：这一批都改走慢路。没有分区：重新认一遍日子
                self._days.clear()
                if attempt == _TRIES - 1:
                    raise
                log.debug("改走慢路：%s", error)
            else:
                batch.settled.update(zip(places, outcomes, strict=True))
                return

    def _ensure_days(self, connection: psycopg.Connection[Any], numbers: set[int]) -> None:
        missing = numbers - self._days
        if not missing:
            return
        days = {late.number_of(day) for day in partitions.existing(connection)}
        for number in sorted(missing - days):
            day = late.day_of(number)
            partitions.ensure(connection, day, day)
        days |= {late.number_of(day) for day in partitions.existing(connection)}
        self._tools.archived.update(missing - days)
        self._tools.archived.difference_update(days)
        self._days = days | missing

    # ------------------------------------------------------------ 隔离

    def _isolate(self, batch: Batch, places: Sequence[int]) -> None:
        """Halve the rows until each one that the database refuses stands alone, and quarantine it."""
        waiting = [places]
        while waiting:
            part = waiting.pop()
            if not part:
                continue
            try:
                self._write(batch, part, DueNotes())
            except (psycopg.OperationalError, psycopg.InterfaceError):
                raise
            except _REFUSALS as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    waiting += [part[middle:], part[:middle]]
                else:
                    self._quarantine(batch, part[0], error)

    def _quarantine(self, batch: Batch, place: int, error: Exception) -> None:
        row = batch.row(place)
        detail = f"数据库不接受这一行：{str(error).splitlines()[0] if str(error) else type(error).__name__}"
        self._side.refuse(
            Refused(
                row.recv_at, row.peer, "refused_by_store", row.raw, device_id=row.device_id, detail=detail
            )
        )
        batch.settled[place] = Outcome.QUARANTINED

    def _write_notes_apart(self, last: bool, presence: bool) -> None:
        """Write each kind of side record alone; a kind that the database refuses is given up and said."""
        due = self._due(last, presence)
        last_values = DueNotes(last=due.last, data=due.data)
        for notes in (DueNotes(side=due.side), DueNotes(presence=due.presence), last_values):
            try:
                self._write(Batch(), [], notes)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                raise
            except _REFUSALS:
                log.exception("旁记被数据库拒绝，放弃这一份")

    # ------------------------------------------------------------ 连接

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            timeouts = (
                f" -c statement_timeout={self._policy.statement_timeout_ms}"
                f" -c lock_timeout={self._policy.lock_timeout_ms}"
            )
            connection = psycopg.connect(
                self._dsn,
                autocommit=True,
                connect_timeout=5,
                application_name="gongdi writer",
                options=_SESSION + timeouts,
            )
            try:
                check_version(connection)
                arrays.register(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._days.clear()
        return self._connection

    def _drop_broken(self) -> None:
        if self._connection is not None and (self._connection.closed or self._connection.broken):
            self._connection = None
