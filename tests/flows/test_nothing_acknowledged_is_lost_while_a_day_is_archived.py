"""归档正在进行：迟到的报文不断补进那一天，压块、核对、卸分区、删分区都不丢已应答的一帧。"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import psycopg
import pytest

from gongdi.ingest import partitions
from gongdi.ingest.compaction import KEPT_HOT_DAYS, compact_day
from tests.flows.ledger import Ledger, enrol
from tests.gateways.fleet import Fleet
from tests.gateways.packets import BEIJING
from tests.gateways.process import Dsn, Process, one

DEVICES = 6
AGE = 8
"""Days: older than the writer's hot days, so that every row asks whether its day is closed, and never locked."""


def midnight() -> datetime:
    """Start of the day to be archived."""
    return datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=AGE)


def archive(dsn: Dsn, day: date) -> None:
    """Archive a day as the worker does, as if it were two days later than it is."""
    today = day + timedelta(days=KEPT_HOT_DAYS)
    with (
        psycopg.connect(dsn("app"), autocommit=True) as app,
        psycopg.connect(dsn("owner"), autocommit=True) as owner,
    ):
        compact_day(app, owner, day, today)


@contextmanager
def reader_of(dsn: Dsn, day: date, seconds: float) -> Iterator[None]:
    """A reader inside the partition, so that the detaching has to wait and stays half done for a while."""
    with psycopg.connect(dsn("super")) as reader:
        reader.execute(f"SELECT FROM {partitions.name_of(day)} LIMIT 1".encode())
        timer = threading.Timer(seconds, reader.rollback)
        timer.start()
        try:
            yield
        finally:
            timer.join()


def archive_under_load(process: Process, dsn: Dsn, devices: int, kills: int) -> None:
    """Late frames fill the very day that is archived; with `kills` the gateway dies on the way."""
    start = midnight()
    day = start.date()
    names = [f"OLD{kills}N{number}" for number in range(devices)]
    enrol(dsn, names)
    process.knows(names[-1], "pw1")
    fleet = Fleet(process.port, names, start, restless=0.1, last=start + timedelta(hours=23))
    fleet.begin()
    try:
        fleet.await_more(5 * devices, 20)
        with reader_of(dsn, day, 1.0):
            worker = threading.Thread(target=archive, args=(dsn, day))
            worker.start()
            for _ in range(kills):
                time.sleep(random.uniform(0.1, 0.6))
                process.kill()
                process.start()
            worker.join(30)
        assert not worker.is_alive()
        fleet.await_more(5 * devices, 20)
    finally:
        fleet.end()
    assert day not in days_attached(dsn)
    assert one(dsn, "SELECT count(*) FROM obs_block WHERE day = %s", day) == devices
    Ledger(dsn, process.data, fleet).balance()


def days_attached(dsn: Dsn) -> set[date]:
    """Days that still have a partition."""
    with psycopg.connect(dsn("app")) as connection:
        return partitions.existing(connection)


def test_chaos_late_frames_while_their_day_is_archived(running: Process, dsn: Dsn) -> None:
    archive_under_load(running, dsn, DEVICES, 0)


def test_chaos_gateway_killed_while_a_day_is_archived(running: Process, dsn: Dsn) -> None:
    archive_under_load(running, dsn, DEVICES, 2)


@pytest.mark.deep
def test_chaos_gateway_killed_while_a_day_is_archived_deep(running: Process, dsn: Dsn) -> None:
    archive_under_load(running, dsn, 40, 10)
