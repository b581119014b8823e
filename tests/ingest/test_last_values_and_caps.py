"""最近值、心跳图、时钟偏差和各种上限：经写入端提交后，库里就是这样。"""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from gongdi.ingest.instances import device_counts, record_canary, register, seen
from gongdi.ingest.notes import Heard, Refused, Unknown
from gongdi.ingest.rows import SHANGHAI, Outcome, ReportedRow
from gongdi.ingest.schema import SCHEMA_VERSION, StoreRefused, check_version
from gongdi.ingest.store import Batch, Store
from tests.ingest.builders import NOW, START, VALUES, Dsn, commit, midnight, minute, one, open_store, query

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=SHANGHAI)


def heard(device: int, at: datetime = NOON, **changes: Any) -> Heard:
    return Heard(device, at, "10.0.0.1:9", 9021, b"beat")._replace(**changes)


def last(dsn: Dsn, columns: str, device: int = 1) -> tuple[Any, ...]:
    found = query(dsn, f"SELECT {columns} FROM device_last WHERE device_id = %s", device)
    assert len(found) == 1
    return found[0]


# ------------------------------------------------------------ presence

# moment of Shanghai -> day and minute of the bit
MINUTES = [
    (datetime(2026, 5, 20, 0, 0, tzinfo=SHANGHAI), "2026-05-20", 0),
    (datetime(2026, 5, 20, 0, 0, 59, tzinfo=SHANGHAI), "2026-05-20", 0),
    (datetime(2026, 5, 20, 23, 59, 59, tzinfo=SHANGHAI), "2026-05-20", 1439),
    (datetime(2026, 5, 20, 12, 34, tzinfo=SHANGHAI), "2026-05-20", 754),
]


@pytest.mark.parametrize(("at", "day", "place"), MINUTES)
def test_a_sign_of_life_sets_the_bit_of_its_shanghai_minute(
    dsn: Dsn, store: Store, at: datetime, day: str, place: int
) -> None:
    store.commit(Batch(heard=[heard(1, at)]), 0, final=True)
    assert query(
        dsn, "SELECT day::text, bit_count(heard)::int, get_bit(heard, %s) FROM presence_day", place
    ) == [(day, 1, 1)]


def test_presence_is_joined_over_flushes_restarts_and_gateways(dsn: Dsn, store: Store) -> None:
    store.commit(Batch(heard=[heard(1), heard(1, NOON + timedelta(minutes=1))]), 0, final=True)
    other = open_store(dsn, gateway_id=2)
    other.commit(
        Batch(heard=[heard(1, NOON + timedelta(minutes=1)), heard(1, NOON + timedelta(days=1))]),
        0,
        final=True,
    )
    other.close()
    assert query(dsn, "SELECT bit_count(heard)::int FROM presence_day ORDER BY day") == [(2,), (1,)]


def test_presence_waits_for_its_turn_and_is_not_lost_at_the_end(dsn: Dsn, store: Store) -> None:
    store.commit(Batch(heard=[heard(1)]), 100)
    before = one(dsn, "SELECT count(*) FROM presence_day")
    store.commit(Batch(heard=[heard(1, NOON + timedelta(minutes=5))]), 101)
    store.commit(Batch(), 102, final=True)
    assert one(dsn, "SELECT bit_count(heard)::int FROM presence_day") == 2
    assert before <= 1


# ------------------------------------------------------------ last values


def test_what_comes_late_never_moves_a_device_back(dsn: Dsn, store: Store) -> None:
    store.commit(Batch(heard=[heard(1, NOON, peer="new:1")]), 0, final=True)
    store.commit(Batch(heard=[heard(1, NOON - timedelta(hours=1), peer="old:1")]), 5, final=True)
    assert last(dsn, "heard_at, peer") == (NOON, "new:1")
    commit(store, minute(1, 5), now=10)
    commit(store, minute(1, 3), now=12)
    store.commit(Batch(), 14, final=True)
    assert last(dsn, "data_ts, acked, stored") == (START + timedelta(minutes=5), 2, 2)


def test_a_row_without_a_valid_value_moves_data_but_not_validity(dsn: Dsn, store: Store) -> None:
    commit(store, minute(1, 0), now=0)
    commit(store, minute(1, 1, marks=0x555555555), now=5)
    store.commit(Batch(), 9, final=True)
    assert last(dsn, "data_ts, valid_ts") == (START + timedelta(minutes=1), START)


@pytest.mark.parametrize(
    ("marks", "valid"),
    [(0x1, True), (0x2, True), (0x9, True), (0x0, False), (0x5, False), (0xA, False), (0xB, False), (0xC, False),
     (0x100000000, True), (0x555515555, True)],
)  # fmt: skip
def test_one_valid_factor_makes_a_valid_minute(dsn: Dsn, store: Store, marks: int, valid: bool) -> None:
    commit(store, minute(1, 0, marks=marks))
    store.commit(Batch(), 9, final=True)
    assert (last(dsn, "valid_ts")[0] is not None) is valid


def test_skew_is_the_median_of_the_last_twenty(dsn: Dsn, store: Store) -> None:
    samples = [5.0] * 10 + [100.0] * 11 + [-3.0] * 9
    for number, skew in enumerate(samples):
        store.commit(Batch(heard=[heard(1, NOON + timedelta(seconds=number), cn=2011, skew_s=skew)]), number)
    store.commit(Batch(), 99, final=True)
    assert last(dsn, "skew_s, skew_n") == (100.0, 30)


def test_the_last_frame_of_each_kind_is_kept_to_be_shown(dsn: Dsn, store: Store) -> None:
    frames = [
        heard(1, NOON, cn=2011, raw=b"one"),
        heard(1, NOON, cn=2011, raw=b"two"),
        heard(1, NOON, cn=9021),
    ]
    store.commit(Batch(heard=frames), 0, final=True)
    shown = last(dsn, "frames")[0]
    assert {cn: frame["text"] for cn, frame in shown.items()} == {"2011": "two", "9021": "beat"}


def test_counts_of_repeats_are_acknowledged_and_not_stored(dsn: Dsn, store: Store) -> None:
    commit(store, minute(1, 0), minute(1, 0), minute(1, 1))
    store.commit(Batch(), 9, final=True)
    assert last(dsn, "acked, stored") == (3, 2)


# ------------------------------------------------------------ bounds


def refused(number: int, at: datetime = NOW, **changes: Any) -> Refused:
    return Refused(at, f"10.0.0.{number}:5", "wrong_crc", b"x" * 20)._replace(**changes)


def test_a_new_shanghai_day_has_new_quotas(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, kept_per_source_day=2)
    today = midnight(NOW.astimezone(SHANGHAI).date())
    for at in (today, today + timedelta(hours=23, minutes=59), today + timedelta(days=1)):
        own.commit(Batch(refused=[refused(1, at) for _ in range(3)]), 0)
    assert one(dsn, "SELECT count(*) FROM quarantine") == 4
    assert query(dsn, "SELECT n FROM quarantine_count ORDER BY day") == [(6,), (3,)]
    own.close()


def test_the_quota_of_a_device_is_its_own_whatever_the_link(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, kept_per_source_day=2)
    frames = [refused(number, device_no="MN1") for number in range(5)]
    own.commit(Batch(refused=[*frames, refused(9, device_no="MN2")]), 0)
    assert query(dsn, "SELECT source, n FROM quarantine_count ORDER BY source") == [("MN1", 5), ("MN2", 1)]
    assert one(dsn, "SELECT count(*) FROM quarantine") == 3
    own.close()


def test_too_many_sources_are_counted_together(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, counted_sources_day=3)
    own.commit(Batch(refused=[refused(number) for number in range(10)]), 0)
    assert one(dsn, "SELECT sum(n)::int FROM quarantine_count") == 10
    assert one(dsn, "SELECT n FROM quarantine_count WHERE source = '*'") == 7
    own.close()


def test_unregistered_devices_are_bounded_by_the_day(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, pending_devices=3)
    own.commit(Batch(unknown=[Unknown(NOW, f"MN{n}", "p:1", "39", b"f") for n in range(10)]), 0)
    own.commit(Batch(unknown=[Unknown(NOW, "MN1", "p:1", "39", b"g")]), 1)
    assert query(dsn, "SELECT device_no, n FROM pending_device ORDER BY 1") == [
        ("MN0", 1),
        ("MN1", 2),
        ("MN2", 1),
    ]
    own.close()


def test_conflicts_are_capped_by_the_day_and_always_answered(dsn: Dsn, store: Store) -> None:
    own = open_store(dsn, conflicts_per_device_day=2)
    commit(own, minute(1, 0))
    for day in range(2):
        rows = [
            minute(1, 0, values=(float(n), *VALUES[1:]), recv_at=NOW + timedelta(days=day))
            for n in range(10, 15)
        ]
        assert set(commit(own, *rows)) == {Outcome.CONFLICT}
    assert one(dsn, "SELECT count(*) FROM obs_conflict") == 4
    own.close()


def test_bytes_that_are_no_text_are_kept_as_bytes(dsn: Dsn, store: Store) -> None:
    raw = bytes(range(256))
    store.commit(Batch(refused=[refused(1, data=raw, detail="含\x00零")]), 0)
    assert bytes(one(dsn, "SELECT data FROM quarantine")) == raw


# ------------------------------------------------------------ gateways and counts


def test_a_process_announces_itself_is_seen_and_stops(dsn: Dsn, clean_tables: None) -> None:
    with psycopg.connect(dsn("gateway"), autocommit=True) as gateway:
        first, second = register(gateway, "host:9002", NOW), register(gateway, "host:9002", NOW)
        assert first != second
        seen(gateway, second, NOW + timedelta(seconds=10))
        seen(gateway, first, NOW + timedelta(seconds=20), stopped=True)
        for _ in range(2):
            record_canary(gateway, second, NOW.replace(second=0))
    rows = query(
        dsn,
        "SELECT last_seen, stopped_at FROM gateway_instance WHERE id = ANY(%s) ORDER BY id",
        [first, second],
    )
    stop = NOW + timedelta(seconds=20)
    assert rows == [(stop, stop), (NOW + timedelta(seconds=10), None)]
    assert one(dsn, "SELECT count(*) FROM canary") == 1


def test_exact_counts_come_from_the_rows(dsn: Dsn, store: Store) -> None:
    hour = ReportedRow(START, NOW, 1, 2061, {"values": [1.0]}, b"h", "p")
    commit(store, minute(1, 0), minute(1, 1), minute(1, 0), minute(1, 0, marks=0x2), minute(2, 0))
    store.commit(Batch(reported=[hour], refused=[refused(1, device_no="MN1")]), 1, final=True)
    with psycopg.connect(dsn("app"), autocommit=True) as app:
        counts = device_counts(app, 1, "MN1")
    assert (counts.acked, counts.stored, counts.repeats, counts.conflicts) == (5, 3, 1, 1)
    assert counts.quarantined == {"wrong_crc": 1}


# ------------------------------------------------------------ what may be used at all


@pytest.mark.parametrize(
    ("setting", "value", "usable"),
    [
        ("synchronous_commit", "on", True),
        ("synchronous_commit", "remote_apply", True),
        ("synchronous_commit", "off", False),
        ("synchronous_commit", "local", False),
        ("synchronous_commit", "remote_write", False),
    ],
)
def test_a_database_that_may_forget_a_commit_is_refused(
    dsn: Dsn, setting: str, value: str, usable: bool
) -> None:
    with psycopg.connect(dsn("gateway")) as gateway:
        gateway.execute(f"SET {setting} = {value}".encode())
        if usable:
            check_version(gateway)
        else:
            with pytest.raises(StoreRefused, match=f"{setting} 是 {value}"):
                check_version(gateway)


@pytest.mark.parametrize("version", [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1])
def test_another_version_of_the_tables_is_refused(dsn: Dsn, version: int) -> None:
    with psycopg.connect(dsn("super")) as connection:
        connection.execute("DELETE FROM schema_version")
        connection.execute("INSERT INTO schema_version (n) VALUES (%s)", (version,))
        with pytest.raises(StoreRefused, match=f"第 {version} 版"):
            check_version(connection)
        connection.rollback()


def test_a_database_without_the_tables_says_what_to_do(dsn: Dsn) -> None:
    with psycopg.connect(dsn("super")) as connection:
        connection.execute("SET search_path = pg_catalog")
        with pytest.raises(StoreRefused, match="gongdi up"):
            check_version(connection)
