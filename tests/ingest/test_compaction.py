"""归档：数据块与热行一模一样，之后迟到的行并入数据块。"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gongdi.ingest import partitions
from gongdi.ingest.compaction import TooYoung, compact_before, compact_day, read_rows
from gongdi.ingest.instances import device_counts
from gongdi.ingest.late import BlockDamaged
from gongdi.ingest.rows import MinuteRow, Outcome
from gongdi.ingest.store import Store
from tests.ingest.builders import TODAY, VALUES, Dsn, commit, midnight, minute, one, open_store, query

DAY = TODAY - timedelta(days=40)
OPENING = midnight(DAY)
Pair = tuple[psycopg.Connection[Any], psycopg.Connection[Any]]


@pytest.fixture
def pair(dsn: Dsn, store: Store) -> Iterator[Pair]:
    """Connections of the worker: application and owner."""
    with (
        psycopg.connect(dsn("app"), autocommit=True) as app,
        psycopg.connect(dsn("owner"), autocommit=True) as owner,
    ):
        yield app, owner


def old(device: int, offset: int, **changes: Any) -> MinuteRow:
    """A row of the day to be archived."""
    return minute(device, 0, ts=OPENING + timedelta(minutes=offset), **changes)


def day_of_rows() -> list[MinuteRow]:
    """A day with gaps, missing values, intervals and extra content."""
    rows = [old(device, offset) for device in (1, 2, 3) for offset in range(0, 1_440, 7) if offset % 5]
    rows[3] = rows[3]._replace(values=(None, *VALUES[1:24], None), extra={"a21026": {"Avg": "3"}})
    rows[9] = rows[9]._replace(marks=0x1555, interval_min=5, source=1)
    return rows


def both(app: psycopg.Connection[Any]) -> list[list[MinuteRow]]:
    """All rows of the three devices over three days."""
    start, end = OPENING - timedelta(days=1), OPENING + timedelta(days=2)
    return [read_rows(app, device, start, end) for device in (1, 2, 3)]


def test_reading_does_not_notice_the_archive(dsn: Dsn, store: Store, pair: Pair) -> None:
    commit(store, *day_of_rows(), minute(1, 0, ts=OPENING - timedelta(minutes=1)), old(1, 1_440))
    before = both(pair[0])
    counts = device_counts(pair[0], 1, "MN1")
    done = compact_day(*pair, DAY, TODAY)
    assert (done.devices, done.rows) == (3, len(day_of_rows()))
    assert both(pair[0]) == before
    assert device_counts(pair[0], 1, "MN1") == counts
    assert DAY not in partitions.existing(pair[0])
    assert one(dsn, "SELECT to_regclass(%s)", partitions.name_of(DAY)) is None
    assert compact_day(*pair, DAY, TODAY).devices == 0


@pytest.mark.parametrize("restarted", [False, True])
def test_late_rows_go_into_the_block(dsn: Dsn, store: Store, pair: Pair, restarted: bool) -> None:
    rows = day_of_rows()
    commit(store, *rows)
    compact_day(*pair, DAY, TODAY)
    writer = open_store(dsn) if restarted else store
    new, unseen = old(1, 1_439, extra={"x": 1}), old(9, 5)
    other = rows[0]._replace(values=(99.0, *VALUES[1:]))
    outcomes = commit(writer, rows[0], new, other, unseen, new, minute(1, 0))
    kinds = (Outcome.REPEAT, Outcome.STORED, Outcome.CONFLICT, Outcome.STORED, Outcome.REPEAT, Outcome.STORED)
    assert outcomes == list(kinds)
    assert read_rows(pair[0], 1, new.ts, new.ts + timedelta(minutes=1))[0].extra == {"x": 1}
    assert read_rows(pair[0], 9, OPENING, OPENING + timedelta(days=1))[0].values == VALUES
    assert read_rows(pair[0], 1, rows[0].ts, rows[0].ts + timedelta(minutes=1))[0].values == VALUES
    assert one(dsn, "SELECT n FROM obs_block WHERE device_id = 9") == 1
    assert DAY not in partitions.existing(pair[0])
    delta = "SELECT count(*) FROM coverage_delta, unnest(device_ids, ts) AS u(d, t) WHERE t = %s"
    assert one(dsn, delta, new.ts) == 1
    if restarted:
        writer.close()


def test_an_archived_day_that_is_still_young(dsn: Dsn, store: Store, pair: Pair) -> None:
    """An empty day may be closed early; a row of it finds its block although it is not old."""
    day = TODAY - timedelta(days=4)
    query(dsn, "INSERT INTO obs_day (day, closed_at, dropped_at) VALUES (%s, now(), now())", day)
    partitions.drop_day(pair[1], day)
    row = minute(1, 0, ts=midnight(day))
    writer = open_store(dsn)
    assert commit(writer, row, minute(2, 0)) == [Outcome.STORED] * 2
    writer.close()
    assert one(dsn, "SELECT day FROM obs_block") == day


def test_rows_arriving_while_the_day_is_archived_are_kept(dsn: Dsn, store: Store, pair: Pair) -> None:
    commit(store, *(old(device, offset) for device in range(1, 121) for offset in range(3)))
    outcomes: list[Outcome] = []
    stop = threading.Event()

    def write() -> None:
        own, offset = open_store(dsn), 100
        while not stop.is_set() or offset < 110:
            outcomes.extend(commit(own, *(old(device, offset) for device in range(1, 121, 7))))
            offset += 1
        own.close()

    thread = threading.Thread(target=write)
    thread.start()
    compact_day(*pair, DAY, TODAY)
    stop.set()
    thread.join()
    assert set(outcomes) == {Outcome.STORED}
    assert one(dsn, "SELECT sum(n) FROM obs_block") == 360 + len(outcomes)
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 0


def test_an_interrupted_archive_is_finished_by_the_next_run(
    dsn: Dsn, store: Store, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, *day_of_rows())
    before = both(pair[0])
    monkeypatch.setattr(partitions, "_TRIES", 1)
    with psycopg.connect(dsn("super")) as reader:
        reader.execute(f"SELECT FROM {partitions.name_of(DAY)}".encode())  # 读者占着这一天
        with pytest.raises(psycopg.errors.LockNotAvailable):
            compact_day(*pair, DAY, TODAY)
        assert both(pair[0]) == before
        assert commit(store, old(1, 1_439)) == [Outcome.STORED]
    assert compact_day(*pair, DAY, TODAY).devices == 0
    assert one(dsn, "SELECT dropped_at IS NOT NULL FROM obs_day WHERE day = %s", DAY)
    assert one(dsn, "SELECT sum(n) FROM obs_block") == len(day_of_rows()) + 1


def test_a_changed_block_stops_everything_that_would_build_on_it(dsn: Dsn, store: Store, pair: Pair) -> None:
    commit(store, *day_of_rows())
    compact_day(*pair, DAY, TODAY)
    query(
        dsn,
        "UPDATE obs_block SET payload = set_byte(payload, 40, get_byte(payload, 40) # 1) WHERE device_id = 1",
    )
    with pytest.raises(BlockDamaged, match="设备 1 在"):
        read_rows(pair[0], 1, OPENING, OPENING + timedelta(days=1))
    assert commit(store, old(1, 1_439), old(2, 1_439)) == [Outcome.QUARANTINED, Outcome.STORED]
    commit(store, now=1)
    assert "校验值不符" in one(dsn, "SELECT detail FROM quarantine")


def test_recent_days_are_not_archived(store: Store, pair: Pair) -> None:
    with pytest.raises(TooYoung, match="不能归档"):
        compact_day(*pair, TODAY - timedelta(days=3), TODAY)


def test_everything_past_its_time(store: Store, pair: Pair) -> None:
    commit(store, old(1, 0), old(1, 1_440), minute(1, 0))
    done = compact_before(*pair, OPENING.date() + timedelta(days=2), TODAY)
    assert [(item.rows) for item in done if item.rows] == [1, 1]
