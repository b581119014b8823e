"""网关用的写入端：攒批、一次只有一个事务在途、提交之后才回话。"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gongdi.ingest.notes import Connection, Heard, Refused, Unknown
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import Done, MinuteRow, Outcome, ReportedRow
from gongdi.ingest.store import Batch, Store, StoreUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
_FRAME_COST = 600  # 一行在内存里除报文外的近似字节数


@dataclass(slots=True)
class WriterStats:
    """Counters of one writer since its start."""

    flushes: int = 0
    rows: int = 0
    stored: int = 0
    repeats: int = 0
    conflicts: int = 0
    quarantined: int = 0
    failures: int = 0
    last_error: str = ""
    last_flush_s: float = 0.0


class Writer:
    """Group commit (成组提交) for one gateway process.

    All `put_*` methods are called on the event loop and never block. A row's `done(outcome)` is called on the loop
    only after its transaction has been committed with fsync; while the database is away nothing is acknowledged,
    the batch is kept and tried again, and `paused` asks the gateway to stop reading.
    """

    def __init__(
        self,
        dsn: str,
        gateway_id: int,
        policy: WriterPolicy | None = None,
        on_pause: Callable[[bool], object] | None = None,
    ) -> None:
        self.policy = policy or WriterPolicy()
        self.gateway_id = gateway_id
        self.stats = WriterStats()
        self._store = Store(dsn, gateway_id, self.policy)
        self._on_pause = on_pause
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="gongdi-writer")
        self._batch = Batch()
        self._done: list[Done | None] = []
        self._reported_done: list[Done | None] = []
        self._notes_done: list[Callable[[], object]] = []
        self._bytes = self._flying_rows = self._flying_bytes = 0
        self._flying_since: float | None = None
        self._wake, self._stopping = asyncio.Event(), False
        self._paused = self._failing = False
        self._pump: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, check schema and durability, begin flushing; StoreRefused or psycopg.Error."""
        await self._run(self._store.connect)
        self._pump = asyncio.create_task(self._keep_flushing(), name="gongdi-writer")

    async def stop(self, timeout: float = 5.0) -> None:
        """Flush what waits, at most `timeout` seconds; rows not committed by then stay unacknowledged."""
        self._stopping = True
        self._wake.set()
        if self._pump is not None:
            done, _ = await asyncio.wait({self._pump}, timeout=timeout)
            if not done:
                self._pump.cancel()
                self._store.abort()
        closed = asyncio.get_running_loop().run_in_executor(self._executor, self._store.close)
        await asyncio.wait({closed}, timeout=1.0)
        self._executor.shutdown(wait=False)

    # ------------------------------------------------------------ 放入

    def put_minute(self, row: MinuteRow, done: Done | None = None) -> None:
        """Add a device minute."""
        self._batch.minutes.append(row)
        self._done.append(done)
        self._bytes += len(row[8]) + _FRAME_COST
        n = len(self._done)
        if n == 1 or n >= self.policy.flush_rows:
            self._wake.set()
            if n >= self.policy.backlog_rows or self._bytes >= self.policy.backlog_bytes:
                self._judge_pause()

    def put_reported(self, row: ReportedRow, done: Done | None = None) -> None:
        """Add an hour or day value as reported."""
        self._batch.reported.append(row)
        self._reported_done.append(done)
        self._bytes += len(row.raw) + _FRAME_COST
        self._note_added(len(self._reported_done))

    def put_heard(self, heard: Heard) -> None:
        """Note a sign of life; with `done`, the last value is committed in the next flush and then answered."""
        self._batch.heard.append(heard)
        self._bytes += len(heard.raw) + _FRAME_COST
        if heard.done is not None:
            done = heard.done
            self._notes_done.append(lambda: done(Outcome.STORED))
        self._note_added(len(self._batch.heard))

    def put_refused(self, refused: Refused) -> None:
        """Quarantine a frame (隔离), within the quota of its source."""
        self._batch.refused.append(refused)
        self._bytes += len(refused.data) + _FRAME_COST
        self._note_added(len(self._batch.refused))

    def put_unknown(self, frame: Unknown) -> None:
        """Note a frame of an unregistered device (待登记设备)."""
        self._batch.unknown.append(frame)
        self._bytes += len(frame.raw) + _FRAME_COST
        self._note_added(len(self._batch.unknown))

    def put_connection(self, connection: Connection) -> None:
        """Log a connection at its opening, when its device is known and at its closing."""
        self._batch.connections.append(connection)
        self._bytes += _FRAME_COST
        self._note_added(len(self._batch.connections))

    def put_canary(self, minute: datetime, done: Callable[[], object] | None = None) -> None:
        """Commit the gateway's own probe (探针) of a minute; `done()` after COMMIT."""
        self._batch.canaries.append(minute)
        if done is not None:
            self._notes_done.append(done)
        self._wake.set()

    def _note_added(self, n: int) -> None:
        if n == 1 or n % self.policy.flush_rows == 0:
            self._wake.set()
            if self._bytes >= self.policy.backlog_bytes:
                self._judge_pause()

    # ------------------------------------------------------------ 压力

    @property
    def paused(self) -> bool:
        """Whether the gateway should stop reading (背压)."""
        return self._paused

    @property
    def backlog(self) -> int:
        """Rows handed over and not yet committed."""
        return len(self._batch) + self._flying_rows

    def _judge_pause(self) -> None:
        policy = self.policy
        stalled = self._flying_since is not None and time.monotonic() - self._flying_since > policy.stall_s
        full = self.backlog >= policy.backlog_rows or self._bytes + self._flying_bytes >= policy.backlog_bytes
        pause = full or stalled or self._failing
        if pause != self._paused:
            self._paused = pause
            if self._on_pause is not None:
                self._on_pause(pause)

    # ------------------------------------------------------------ 提交

    async def _keep_flushing(self) -> None:
        watch = asyncio.create_task(self._watch(), name="gongdi-writer-watch")
        try:
            while True:
                await self._until_due()
                stopping = self._stopping
                await self._flush(final=stopping)
                if stopping and not len(self._batch) and not self._store.last_waiting():
                    return
        finally:
            watch.cancel()

    async def _until_due(self) -> None:
        """Wait for a first entry, then for a full batch or the flush interval; last values wait `last_s`."""
        timeout = self.policy.last_s if self._store.last_waiting() else None
        if self._empty() and not self._stopping:
            await self._woken(timeout)
        deadline = time.monotonic() + self.policy.flush_s
        while not self._stopping and len(self._batch) < self.policy.flush_rows:
            left = deadline - time.monotonic()
            if left <= 0 or self._empty():
                return
            await self._woken(left)

    async def _woken(self, timeout: float | None) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)

    def _empty(self) -> bool:
        batch = self._batch
        return not (
            len(batch) or batch.heard or batch.refused or batch.unknown or batch.connections or batch.canaries
        )

    async def _flush(self, final: bool) -> None:
        batch, done, notes_done = self._batch, self._done + self._reported_done, self._notes_done
        self._flying_rows, self._flying_bytes = len(batch), self._bytes
        self._batch, self._done, self._reported_done, self._notes_done, self._bytes = Batch(), [], [], [], 0
        self._flying_since = time.monotonic()
        outcomes = await self._commit(batch, final)
        self.stats.last_flush_s = time.monotonic() - self._flying_since
        self._flying_since, self._flying_rows, self._flying_bytes = None, 0, 0
        self._judge_pause()
        self.stats.flushes += 1
        self.stats.rows += len(outcomes)
        self._answer(outcomes, done)
        for call in notes_done:
            self._call(call)

    async def _commit(self, batch: Batch, final: bool) -> list[Outcome]:
        wait = self.policy.retry_first_s
        while True:
            try:
                outcomes = await self._run(lambda: self._store.commit(batch, time.monotonic(), final))
            except StoreUnavailable as error:
                self.stats.failures += 1
                self.stats.last_error = str(error)
                log.warning("%s；%d 行等待重试，已停止读取", error, len(batch))
                self._failing = True
                self._judge_pause()
                await asyncio.sleep(wait)
                wait = min(wait * 2, self.policy.retry_most_s)
            else:
                self._failing = False
                return outcomes

    def _answer(self, outcomes: list[Outcome], done: list[Done | None]) -> None:
        stats = self.stats
        counts = Counter(map(id, outcomes))
        stats.stored += counts[id(Outcome.STORED)]
        stats.repeats += counts[id(Outcome.REPEAT)]
        stats.conflicts += counts[id(Outcome.CONFLICT)]
        stats.quarantined += counts[id(Outcome.QUARANTINED)]
        for outcome, call in zip(outcomes, done, strict=True):
            if call is not None:
                try:
                    call(outcome)
                except Exception:
                    log.exception("应答回调出错")

    @staticmethod
    def _call(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception:
            log.exception("应答回调出错")

    async def _watch(self) -> None:
        """Notice a commit that hangs, so that reading stops even though nothing arrives."""
        while True:
            await asyncio.sleep(self.policy.stall_s / 2)
            self._judge_pause()

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)
