"""日分区：上海零点为界，预建、按需建，卸下时写入不中断。"""

import threading
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from gongdi.ingest import partitions
from gongdi.ingest.rows import SHANGHAI, Outcome
from gongdi.ingest.store import Store
from tests.ingest.builders import START, TODAY, Dsn, commit, midnight, minute, one, query


def test_days_are_made_ahead_and_only_once(dsn: Dsn, clean_tables: None) -> None:
    with psycopg.connect(dsn("app"), autocommit=True) as app:
        partitions.upkeep(app, TODAY)
        assert partitions.upkeep(app, TODAY) == 0
        days = partitions.existing(app)
    assert {TODAY + timedelta(days=offset) for offset in range(-3, 8)} <= days


def test_the_bound_is_midnight_in_shanghai(dsn: Dsn, store: Store) -> None:
    eve = midnight(TODAY) - timedelta(minutes=1)
    commit(store, minute(1, 0, ts=eve), minute(1, 0, ts=midnight(TODAY)))
    found = query(dsn, "SELECT tableoid::regclass::text, ts FROM obs_minute ORDER BY ts")
    yesterday = TODAY - timedelta(days=1)
    assert [name for name, _ in found] == [f"obs_minute_{yesterday:%Y%m%d}", f"obs_minute_{TODAY:%Y%m%d}"]
    assert found[1][1].astimezone(SHANGHAI).hour == 0


def test_a_late_row_makes_its_day(dsn: Dsn, store: Store) -> None:
    day = TODAY - timedelta(days=37)
    ts = midnight(day) + timedelta(hours=5)
    assert commit(store, minute(1, 0, ts=ts), minute(2, 0)) == [Outcome.STORED] * 2
    with psycopg.connect(dsn("app")) as app:
        assert day in partitions.existing(app)
    assert one(dsn, "SELECT ts FROM obs_minute WHERE device_id = 1") == ts


@pytest.mark.parametrize("day", [date(2018, 12, 31), TODAY + timedelta(days=61)])
def test_nonsense_days_are_refused(dsn: Dsn, day: date) -> None:
    with (
        psycopg.connect(dsn("gateway"), autocommit=True) as gateway,
        pytest.raises(psycopg.errors.RaiseException, match="超出允许范围"),
    ):
        partitions.ensure(gateway, day, day)


def test_neither_application_nor_gateway_may_change_evidence(dsn: Dsn, store: Store) -> None:
    commit(store, minute(1, 0, ts=midnight(TODAY)))
    for role in ("app", "gateway"):
        with psycopg.connect(dsn(role), autocommit=True) as connection:
            for statement in (
                f"SELECT FROM obs_minute_{TODAY:%Y%m%d}",
                "DROP TABLE obs_minute",
                "DELETE FROM obs_minute",
                "UPDATE obs_minute SET marks = 0",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())


def test_the_application_cannot_read_a_secret(dsn: Dsn) -> None:
    with psycopg.connect(dsn("app"), autocommit=True) as app:
        app.execute("SELECT id, device_no FROM gateway_device")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT secret FROM gateway_device")


def test_dropping_a_day_does_not_disturb_writing(dsn: Dsn, store: Store) -> None:
    """Rows of other days go on while a day is detached; a row of that day makes it anew."""
    old = TODAY - timedelta(days=5)
    commit(store, minute(1, 0, ts=midnight(old)))
    stop, errors = threading.Event(), list[BaseException]()

    def drop() -> None:
        try:
            with psycopg.connect(dsn("owner"), autocommit=True) as owner:
                for _ in range(5):
                    partitions.drop_day(owner, old)
                    partitions.ensure(owner, old, old)
                partitions.drop_day(owner, old)
        except BaseException as error:
            errors.append(error)
        stop.set()

    thread = threading.Thread(target=drop)
    thread.start()
    n = 0
    while not stop.is_set() or n < 20:
        assert commit(store, minute(2, n)) == [Outcome.STORED]
        n += 1
    thread.join()
    assert not errors
    assert commit(store, minute(1, 0, ts=midnight(old))) == [Outcome.STORED]
    assert one(dsn, "SELECT count(*) FROM obs_minute WHERE device_id = 2") == n


def test_tidying_a_finished_day_shrinks_its_key(dsn: Dsn, store: Store) -> None:
    for offset in range(12):
        commit(store, *(minute(device, offset, raw=b"") for device in range(1, 1_001)))
    day = START.astimezone(SHANGHAI).date()
    size = f"SELECT pg_relation_size('obs_minute_{day:%Y%m%d}_pkey')"
    before = one(dsn, size)
    with psycopg.connect(dsn("owner"), autocommit=True) as owner:
        partitions.tidy_day(owner, day)
        partitions.tidy_day(owner, date(2020, 1, 1))
    assert one(dsn, size) < before
    assert datetime.now(UTC) > START
