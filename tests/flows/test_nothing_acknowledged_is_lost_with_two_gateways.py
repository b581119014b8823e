"""两个网关：同一端口、设备乱连乱发；一个的提交被锁住时另一个继续，先开始的后提交，覆盖仍然不错。"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.flows.ledger import Ledger, enrol, fold, yesterday
from tests.gateways.fleet import Fleet
from tests.gateways.process import Dsn, Process, free_port, gateway, one, until

DEVICES = 10
KILL_EVERY_S = 0.7


@contextmanager
def two_gateways(data: Path, folder: Path, ports: tuple[int, int]) -> Iterator[tuple[Process, Process]]:
    """Two processes on one database."""
    with gateway(data, folder, ports[0]) as one_of_them, gateway(data, folder, ports[1]) as other:
        yield one_of_them, other


def share_a_port(data: Path, dsn: Dsn, folder: Path, seconds: float) -> None:
    """SO_REUSEPORT: the kernel deals out the links; devices hang up at random and resend, gateways are killed."""
    port = free_port()
    with two_gateways(data, folder, (port, port)) as pair:
        names = [f"PORT{int(seconds)}N{number}" for number in range(DEVICES)]
        enrol(dsn, names)
        for _ in pair:
            pair[0].knows(names[-1], "pw1")
        fleet = Fleet(port, names, yesterday(), restless=0.3, pause=0.15)
        fleet.begin()
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                time.sleep(KILL_EVERY_S)
                victim = random.choice(pair)
                victim.kill()
                victim.start()
            fleet.await_more(DEVICES, 20)
        finally:
            fleet.end()
        writers = one(dsn, "SELECT count(DISTINCT gateway_id) FROM raw_block")
        assert writers >= 2, "负载只到了一个网关"
        Ledger(dsn, data, fleet).balance()


def test_chaos_two_gateways_on_one_port(data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path) -> None:
    share_a_port(data, dsn, tmp_path, 3)


@pytest.mark.deep
def test_chaos_two_gateways_on_one_port_deep(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path
) -> None:
    share_a_port(data, dsn, tmp_path, 120)


def stall_the_older(data: Path, dsn: Dsn, folder: Path, rounds: int) -> None:
    """A row lock stalls one gateway's commit; the other goes on and is folded before the older one commits."""
    with two_gateways(data, folder, (free_port(), free_port())) as (slow, quick):
        names = [f"LOCK{rounds}{side}{number}" for side in "SQ" for number in range(3)]
        ids = enrol(dsn, names)
        slow.knows(names[2], "pw1")
        quick.knows(names[5], "pw1")
        fleets = (
            Fleet(slow.port, names[:3], yesterday(), pause=0.05),
            Fleet(quick.port, names[3:], yesterday(), pause=0.05),
        )
        folded = 0
        for fleet in fleets:
            fleet.begin()
        try:
            for _ in range(rounds):
                for fleet in fleets:
                    fleet.await_more(6, 20)
                until(
                    lambda: one(dsn, "SELECT count(*) FROM device_last WHERE device_id = %s", ids[names[0]]),
                    5,
                )
                folded += stalled_round(data, dsn, ids[names[0]], fleets)
            for fleet in fleets:
                fleet.await_more(6, 20)
        finally:
            for fleet in fleets:
                fleet.end()
        fleets[0].resend(fleets[0].sent - fleets[0].acked)
        both = Fleet(quick.port, names, fleets[0].start)
        both.sent, both.acked = fleets[0].sent | fleets[1].sent, fleets[0].acked | fleets[1].acked
        Ledger(dsn, data, both).balance(folded)


def stalled_round(data: Path, dsn: Dsn, device_id: int, fleets: tuple[Fleet, Fleet]) -> int:
    """Hold one row that only the slow gateway needs; returns the samples folded meanwhile."""
    slow, quick = fleets
    with psycopg.connect(dsn("super")) as blocker:
        blocker.execute("SELECT FROM device_last WHERE device_id = %s FOR UPDATE", (device_id,))
        until(lambda: one(dsn, WAITING) == 1, 10, "没有提交被锁住")
        quiet = len(slow.acked)
        quick.await_more(6, 10)
        folded = fold(data)
        assert folded > 0
        quick.await_more(6, 10)
        assert len(slow.acked) == quiet, "还没有提交就应答了"
        blocker.rollback()
    slow.await_more(3, 10)
    return folded


WAITING = (
    "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE NOT l.granted AND a.application_name = 'gongdi writer' AND a.datname = current_database()"
)


def test_chaos_the_older_transaction_commits_last(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path
) -> None:
    stall_the_older(data, dsn, tmp_path, 1)


@pytest.mark.deep
def test_chaos_the_older_transaction_commits_last_deep(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path
) -> None:
    stall_the_older(data, dsn, tmp_path, 20)


def stall_beyond_the_time_limit(data: Path, dsn: Dsn, folder: Path, seconds: float) -> None:
    """A table lock held longer than the writer waits (lock_timeout): the batch is kept and comes in afterwards."""
    with gateway(data, folder) as process:
        names = [f"LONG{number}" for number in range(3)]
        enrol(dsn, names)
        process.knows(names[-1], "pw1")
        fleet = Fleet(process.port, names, yesterday(), pause=0.05)
        fleet.begin()
        try:
            fleet.await_more(6, 20)
            with psycopg.connect(dsn("super")) as blocker:
                blocker.execute("LOCK TABLE coverage_delta IN ACCESS EXCLUSIVE MODE")
                time.sleep(0.3)
                quiet = len(fleet.acked)
                time.sleep(seconds)
                assert len(fleet.acked) == quiet, "还没有提交就应答了"
                blocker.rollback()
            fleet.await_more(6, 20)
        finally:
            fleet.end()
        assert "数据库暂时不能写入" in process.text()
        Ledger(dsn, data, fleet).balance()


def test_chaos_a_lock_outlasts_the_time_limit(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path
) -> None:
    stall_beyond_the_time_limit(data, dsn, tmp_path, 6)
