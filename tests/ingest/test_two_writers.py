"""两个网关同时写同一批设备：主键保护，谁先到算谁的。"""

import threading
from random import Random

from gongdi.ingest.rows import Outcome
from gongdi.ingest.store import Batch, Store, StoreUnavailable
from tests.ingest.builders import VALUES, Dsn, minute, one, open_store


def test_every_key_is_stored_by_exactly_one(dsn: Dsn, store: Store) -> None:
    results: list[list[Outcome]] = [[], []]

    def run(number: int) -> None:
        own, random = open_store(dsn, lock_timeout_ms=2_000), Random(number)
        for start in range(0, 60, 5):
            rows = [minute(device, offset) for offset in range(start, start + 5) for device in range(1, 61)]
            random.shuffle(rows)
            batch = Batch(minutes=rows)
            for attempt in range(20):
                try:
                    results[number] += own.commit(batch, float(start))
                    break
                except StoreUnavailable:  # 死锁被数据库解开，同一批重来
                    assert attempt < 19
        own.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = results[0] + results[1]
    assert len(outcomes) == 2 * 60 * 60
    assert outcomes.count(Outcome.STORED) == 60 * 60
    assert outcomes.count(Outcome.REPEAT) == 60 * 60
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 60 * 60
    assert one(dsn, "SELECT sum(array_length(ts, 1)) FROM coverage_delta") == 60 * 60


def test_the_second_payload_is_the_conflict(dsn: Dsn, store: Store) -> None:
    other = open_store(dsn, gateway_id=2)
    assert store.commit(Batch(minutes=[minute(1, 0)]), 0) == [Outcome.STORED]
    assert other.commit(Batch(minutes=[minute(1, 0, values=(8.5, *VALUES[1:]))]), 0) == [Outcome.CONFLICT]
    assert one(dsn, "SELECT gateway_id FROM obs_conflict") == 2
    other.close()
