"""每台设备每分钟的热行（主键在内）：写着的一天不超过 215 字节，夜里整理之后不超过 200。"""

from datetime import timedelta
from random import Random

import psycopg

from gongdi.ingest import partitions
from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import TODAY, Dsn, midnight, minute, one, query

DEVICES, MINUTES, FLUSH = 2_000, 20, 250


def test_hot_bytes_per_device_minute(dsn: Dsn, store: Store) -> None:
    query(dsn, "TRUNCATE obs_minute")  # 别的测试删过的行还占着页
    random, start = Random(1), midnight(TODAY)
    for offset in range(MINUTES):
        ts = start + timedelta(minutes=offset)
        rows = [minute(device, 0, ts=ts, raw=b"") for device in random.sample(range(DEVICES), DEVICES)]
        for place in range(0, DEVICES, FLUSH):
            store.commit(Batch(minutes=rows[place : place + FLUSH]), float(offset))
    size = f"SELECT pg_total_relation_size('obs_minute_{TODAY:%Y%m%d}') / {DEVICES * MINUTES}.0"
    assert one(dsn, size) <= 215
    with psycopg.connect(dsn("owner"), autocommit=True) as owner:
        partitions.tidy_day(owner, TODAY)
    assert one(dsn, size) <= 200
