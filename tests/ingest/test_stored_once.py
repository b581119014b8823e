"""每一行只存一次：重发不改变任何东西，不同的内容另存。"""

import math
from datetime import timedelta
from typing import Any

import pytest

from gongdi.ingest.notes import Heard
from gongdi.ingest.rows import MinuteRow, Outcome, ReportedRow
from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import NOW, START, VALUES, Dsn, commit, minute, one, open_store, query

STORED, REPEAT, CONFLICT = Outcome.STORED, Outcome.REPEAT, Outcome.CONFLICT


def test_new_rows_are_stored_with_raw_frames_and_coverage(dsn: Dsn, store: Store) -> None:
    rows = [minute(device, offset) for offset in range(5) for device in range(1, 41)]
    assert commit(store, *rows) == [STORED] * 200
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 200
    assert query(dsn, "SELECT n, array_length(device_ids, 1) FROM raw_block") == [(200, 200)]
    unnested = "SELECT count(DISTINCT (d, t)) FROM coverage_delta, unnest(device_ids, ts) AS u(d, t)"
    assert one(dsn, unnested) == 200


def test_values_come_back_as_they_were(dsn: Dsn, store: Store) -> None:
    values = (*VALUES[:5], None, math.nan, *VALUES[7:24], None)
    commit(
        store,
        minute(7, 3, values=values, marks=0x123456789, interval_min=5, source=4, extra={"a21026": ["N"]}),
    )
    row = query(dsn, "SELECT * FROM obs_minute")[0]
    assert row[0] == START + timedelta(minutes=3)
    assert row[1:6] == (NOW, 0x123456789, 7, 5, 4)
    assert row[6:12] == (*VALUES[:5], None)
    assert math.isnan(row[12])
    assert row[13:] == (*VALUES[7:24], None)
    assert one(dsn, "SELECT extra FROM obs_extra WHERE device_id = 7") == {"a21026": ["N"]}


@pytest.mark.parametrize("restarted", [False, True])
def test_resending_changes_nothing(dsn: Dsn, store: Store, restarted: bool) -> None:
    rows = [minute(device, offset, extra={"x": 1.0}) for offset in range(3) for device in (1, 2)]
    commit(store, *rows)
    before = query(dsn, "SELECT * FROM obs_minute ORDER BY device_id, ts")
    again = open_store(dsn) if restarted else store
    late = [row._replace(recv_at=NOW + timedelta(hours=1), source=1) for row in rows]
    assert commit(again, *late, minute(3, 0)) == [REPEAT] * 6 + [STORED]
    assert query(dsn, "SELECT * FROM obs_minute WHERE device_id < 3 ORDER BY device_id, ts") == before
    assert query(dsn, "SELECT device_id, n FROM device_repeat ORDER BY 1") == [(1, 3), (2, 3)]
    assert query(dsn, "SELECT n FROM raw_block ORDER BY id") == [(6,), (1,)]
    if restarted:
        again.close()


@pytest.mark.parametrize(
    "change",
    [
        {"values": (99.0, *VALUES[1:])},
        {"values": (None, *VALUES[1:])},
        {"marks": 0x111111112},
        {"interval_min": 5},
        {"extra": {"x": 2}},
    ],
)
def test_another_payload_is_kept_beside_the_first(dsn: Dsn, store: Store, change: dict[str, Any]) -> None:
    commit(store, minute(1, 0))
    other: MinuteRow = minute(1, 0, raw=b"other", **change)
    assert commit(store, other) == [CONFLICT]
    assert query(dsn, "SELECT device_id, ts, cn, peer, raw FROM obs_conflict") == [
        (1, START, 2051, "10.0.0.1:9", b"other")
    ]
    assert one(dsn, "SELECT tsp_avg FROM obs_minute") == VALUES[0]
    assert one(dsn, "SELECT count(*) FROM obs_extra") == 0


def test_twice_in_one_batch(dsn: Dsn, store: Store) -> None:
    first = minute(1, 0, extra={"x": 1})
    other = minute(1, 0, values=(5.5, *VALUES[1:]))
    assert commit(store, first, first, other) == [STORED, REPEAT, CONFLICT]
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 1


def test_conflicts_are_capped_per_device(dsn: Dsn, store: Store) -> None:
    capped = open_store(dsn, conflicts_per_device_day=3)
    commit(capped, minute(1, 0))
    rows = [minute(1, 0, values=(float(number), *VALUES[1:])) for number in range(10, 20)]
    assert set(commit(capped, *rows)) == {CONFLICT}
    assert one(dsn, "SELECT count(*) FROM obs_conflict") == 3
    capped.close()


def test_reported_hours_follow_the_same_rule(dsn: Dsn, store: Store) -> None:
    hour = ReportedRow(START, NOW, 1, 2061, {"values": [1.5]}, b"hour", "p")
    day = hour._replace(cn=2031, payload={"values": [2.5]})
    other = hour._replace(payload={"values": [9]})
    assert store.commit(Batch(reported=[hour, day, hour]), 0) == [STORED, STORED, REPEAT]
    assert store.commit(Batch(minutes=[minute(1, 0)], reported=[hour, other]), 0) == [
        STORED,
        REPEAT,
        CONFLICT,
    ]
    assert one(dsn, "SELECT payload FROM obs_reported WHERE cn = 2061") == {"values": [1.5]}
    assert query(dsn, "SELECT cn, raw FROM obs_conflict") == [(2061, b"hour")]


def test_last_values_reach_the_page_and_are_announced(dsn: Dsn, store: Store) -> None:
    commit(store, minute(1, 0), minute(1, 1), minute(2, 0, marks=0x555), now=10)
    commit(store, minute(1, 2), now=12)
    heard = Heard(1, NOW, "10.0.0.1:9", 2011, b"rt\0", {"pm10": 4.5, "bad": "\0\ud800"}, 2.5, lambda _: None)
    store.commit(Batch(heard=[heard]), 12.1)
    row = query(
        dsn,
        "SELECT acked, stored, data_ts, valid_ts, skew_s, skew_n, realtime FROM device_last WHERE device_id = 1",
    )
    assert row == [
        (
            3,
            3,
            START + timedelta(minutes=2),
            START + timedelta(minutes=2),
            2.5,
            1,
            {"pm10": 4.5, "bad": "\ufffd?"},
        )
    ]
    assert one(dsn, "SELECT valid_ts FROM device_last WHERE device_id = 2") is None
    store.commit(Batch(), 13, final=True)
    local = "extract(hour FROM %s AT TIME ZONE 'Asia/Shanghai')::int * 60 + extract(minute FROM %s)::int"
    assert one(dsn, f"SELECT get_bit(heard, {local}) FROM presence_day WHERE device_id = 1", NOW, NOW) == 1
