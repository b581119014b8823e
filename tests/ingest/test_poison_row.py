"""一行坏数据只隔离它自己。"""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from gongdi.ingest.notes import Refused
from gongdi.ingest.rows import Outcome
from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import NOW, VALUES, Dsn, minute, one, query

BAD: list[dict[str, Any]] = [
    {"extra": {"x": "\0"}},
    {"extra": {"x": float("nan")}},
    {"values": (1e39, *VALUES[1:])},
    {"marks": 1 << 70},
    {"interval_min": 70_000},
    {"ts": datetime(2001, 1, 1, tzinfo=UTC)},
    {"ts": datetime(2999, 1, 1, tzinfo=UTC)},
]


@pytest.mark.parametrize("change", BAD, ids=lambda change: next(iter(change)))
def test_a_row_the_database_refuses_stands_alone(dsn: Dsn, store: Store, change: dict[str, Any]) -> None:
    logging.getLogger("gongdi.ingest.store").setLevel(logging.ERROR)
    rows = [minute(1, offset) for offset in range(30)]
    rows[17] = minute(1, 17, **change)
    refused = Refused(NOW, "10.0.0.2:77", "wrong_crc", b"\0\xff", detail="校验\0不对")
    outcomes = store.commit(Batch(minutes=rows, refused=[refused]), 0)
    assert outcomes == [Outcome.STORED] * 17 + [Outcome.QUARANTINED] + [Outcome.STORED] * 12
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 29
    store.commit(Batch(), 1)
    kept = query(dsn, "SELECT reason, device_id, data FROM quarantine ORDER BY reason")
    assert kept == [("refused_by_store", 1, b"frame 1 17"), ("wrong_crc", None, b"\0\xff")]
    assert one(dsn, "SELECT sum(n) FROM quarantine_count") == 2


def test_several_bad_rows(dsn: Dsn, store: Store) -> None:
    rows = [minute(device, 0, **(BAD[device % 5] if device % 10 == 0 else {})) for device in range(1, 101)]
    outcomes = store.commit(Batch(minutes=rows), 0)
    assert outcomes.count(Outcome.QUARANTINED) == 10
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 90
    assert (
        one(dsn, "SELECT count(DISTINCT (d, t)) FROM coverage_delta, unnest(device_ids, ts) AS u(d, t)") == 90
    )
