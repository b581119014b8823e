"""数据库不行的时候：不应答、不丢失、停止读取，好了之后补上。"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import psycopg
import pytest

from gongdi.ingest.notes import Heard
from gongdi.ingest.policy import WriterPolicy
from gongdi.ingest.rows import Outcome
from gongdi.ingest.schema import StoreRefused, check_version
from gongdi.ingest.store import Batch, Store, StoreUnavailable
from gongdi.ingest.writer import Writer
from tests.ingest.builders import NOW, Dsn, minute, one, open_store, query

KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gongdi writer'"


async def until(condition: Callable[[], bool], timeout: float = 10.0) -> None:
    """Wait for a condition on the loop."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "等不到"
        await asyncio.sleep(0.01)


def drive(dsn: Dsn, body: Callable[[Writer, list[bool]], Awaitable[None]], **limits: float) -> None:
    """Run a test body with a started writer."""

    async def main() -> None:
        pauses: list[bool] = []
        writer = Writer(dsn("gateway"), 1, WriterPolicy(**limits), pauses.append)  # type: ignore[arg-type]
        await writer.start()
        try:
            await body(writer, pauses)
        finally:
            await writer.stop()

    asyncio.run(main())


def test_nothing_is_answered_before_commit(dsn: Dsn, store: Store) -> None:
    answers: Counter[Outcome] = Counter()
    seen: list[int] = []

    def done(outcome: Outcome) -> None:
        answers[outcome] += 1
        if not seen:
            seen.append(one(dsn, "SELECT count(*) FROM obs_minute"))

    async def body(writer: Writer, pauses: list[bool]) -> None:
        for device in range(1, 301):
            writer.put_minute(minute(device, 0), done)
        assert not answers
        await until(lambda: answers.total() == 300)
        assert seen == [300]
        writer.put_canary(NOW, lambda: seen.append(-1))
        writer.put_heard(Heard(1, NOW, "p", 2011, b"rt", {"pm10": 1}, done=done))
        await until(lambda: answers.total() == 301 and -1 in seen)
        assert one(dsn, "SELECT realtime FROM device_last WHERE device_id = 1") == {"pm10": 1}

    drive(dsn, body)


def test_the_last_values_are_written_when_the_writer_stops(dsn: Dsn, store: Store) -> None:
    async def body(writer: Writer, pauses: list[bool]) -> None:
        for offset in range(3):
            writer.put_minute(minute(1, offset))

    drive(dsn, body)
    assert one(dsn, "SELECT stored FROM device_last WHERE device_id = 1") == 3
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 3


def test_a_lost_connection_is_made_again_and_nothing_is_lost(dsn: Dsn, store: Store) -> None:
    answers: Counter[tuple[int, int]] = Counter()

    def answer(key: tuple[int, int], outcome: Outcome) -> None:
        answers[key] += 1

    async def body(writer: Writer, pauses: list[bool]) -> None:
        for offset in range(40):
            for device in range(1, 21):
                writer.put_minute(minute(device, offset), partial(answer, (device, offset)))
            if offset % 5 == 0:
                query(dsn, KILL)
            await asyncio.sleep(0.02)
        await until(lambda: len(answers) == 800)

    drive(dsn, body, flush_s=0.01)
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 800
    assert set(answers.values()) == {1}
    assert one(dsn, "SELECT sum(array_length(ts, 1)) FROM coverage_delta") == 800


def test_a_stalled_database_pauses_reading_and_answers_nothing(dsn: Dsn, store: Store) -> None:
    answers: Counter[Outcome] = Counter()

    async def body(writer: Writer, pauses: list[bool]) -> None:
        with psycopg.connect(dsn("super")) as blocker:
            blocker.execute("LOCK TABLE obs_minute IN ACCESS EXCLUSIVE MODE")
            writer.put_minute(minute(1, 0), lambda outcome: answers.update([outcome]))
            await until(lambda: writer.paused)
            assert writer.backlog == 1
            await until(lambda: writer.stats.failures > 0)
            assert not answers
        await until(lambda: answers.total() == 1)
        assert not writer.paused

    drive(dsn, body, stall_s=0.2, lock_timeout_ms=500)
    assert answers[Outcome.STORED] == 1


def test_the_backlog_is_limited(dsn: Dsn, store: Store) -> None:
    async def body(writer: Writer, pauses: list[bool]) -> None:
        for number in range(100):
            writer.put_minute(minute(number + 1, 0))
        assert writer.paused
        await until(lambda: not writer.paused)
        assert pauses == [True, False]

    drive(dsn, body, backlog_rows=50, flush_rows=20)


@pytest.mark.parametrize("settle", ["statement", "deadlock"])
def test_a_cancelled_statement_is_tried_again(dsn: Dsn, store: Store, settle: str) -> None:
    own = open_store(dsn, statement_timeout_ms=300, lock_timeout_ms=0 if settle == "statement" else 300)
    batch = Batch(minutes=[minute(1, 0)])
    with psycopg.connect(dsn("super")) as blocker:
        blocker.execute("LOCK TABLE coverage_delta IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable, match="数据库暂时不能写入"):
            own.commit(batch, 0)
    assert own.commit(batch, 0) == [Outcome.STORED]
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 1
    own.close()


def test_a_commit_of_unknown_fate_is_not_stored_twice(dsn: Dsn, store: Store) -> None:
    batch = Batch(minutes=[minute(device, 0) for device in range(1, 6)])
    store.commit(batch, 0)
    again = Batch(minutes=list(batch.minutes))  # 应答没有收到，整批重来
    assert store.commit(again, 0) == [Outcome.REPEAT] * 5
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 5


def test_stopping_does_not_wait_for_a_dead_database(dsn: Dsn, store: Store) -> None:
    async def main() -> float:
        writer = Writer(dsn("gateway"), 1, WriterPolicy(lock_timeout_ms=0))
        await writer.start()
        with psycopg.connect(dsn("super")) as blocker:
            blocker.execute("LOCK TABLE obs_minute IN ACCESS EXCLUSIVE MODE")
            writer.put_minute(minute(1, 0), lambda _: pytest.fail("不该应答"))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            await writer.stop(timeout=0.5)
            return time.monotonic() - began

    assert asyncio.run(main()) < 2
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 0
    assert threading.active_count() < 20


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_a_database_that_may_forget_is_refused(dsn: Dsn, value: str) -> None:
    with (
        psycopg.connect(dsn("gateway"), options=f"-c synchronous_commit={value}") as connection,
        pytest.raises(StoreRefused, match=f"synchronous_commit 是 {value}"),
    ):
        check_version(connection)


def test_another_schema_version_is_refused(dsn: Dsn, store: Store) -> None:
    with psycopg.connect(dsn("super")) as connection:
        connection.execute("INSERT INTO schema_version (n) VALUES (99)")
        with pytest.raises(StoreRefused, match="第 99 版"):
            check_version(connection)
        connection.rollback()
