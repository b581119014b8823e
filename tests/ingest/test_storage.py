"""每台设备每分钟的热行不超过 210 字节（主键在内）。"""

from datetime import timedelta

from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import TODAY, Dsn, midnight, minute, one


def test_hot_bytes_per_device_minute(dsn: Dsn, store: Store) -> None:
    start = midnight(TODAY)
    for offset in range(20):
        ts = start + timedelta(minutes=offset)
        rows = [minute(device, 0, ts=ts, raw=b"") for device in range(1, 2_001)]
        store.commit(Batch(minutes=rows), float(offset))
    size = one(dsn, f"SELECT pg_total_relation_size('obs_minute_{TODAY:%Y%m%d}')")
    assert size / 40_000 <= 210
