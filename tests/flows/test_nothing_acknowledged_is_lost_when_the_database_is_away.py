"""数据库停了、冻住了：其间不应答，之后接着收，应答过的一帧不少。"""

import random
import time
from pathlib import Path

import psycopg
import pytest

from tests.flows.ledger import Ledger, enrol, yesterday
from tests.flows.own_server import OwnServer
from tests.gateways.fleet import Fleet
from tests.gateways.process import Process, free_port, gateway

DEVICES = 6
DEEP_ROUNDS = 20


def fleet_on(process: Process, server: OwnServer, prefix: str) -> Fleet:
    """Registered devices, ready to send."""
    names = [f"{prefix}{number}" for number in range(DEVICES)]
    enrol(server.dsn, names)
    process.knows(names[-1], "pw1")
    return Fleet(process.port, names, yesterday())


def silent(fleet: Fleet, seconds: float) -> None:
    """No acknowledgement comes for so long."""
    before = len(fleet.acked)
    time.sleep(seconds)
    assert len(fleet.acked) == before, "数据库不在，却有应答"


def stop_and_start(server: OwnServer, folder: Path, rounds: int) -> None:
    """Fast shutdown for a while, again and again."""
    with gateway(server.data, folder) as process:
        fleet = fleet_on(process, server, f"DOWN{rounds}N")
        fleet.begin()
        try:
            for _ in range(rounds):
                fleet.await_more(DEVICES, 20)
                server.stop()
                time.sleep(0.2)
                silent(fleet, random.uniform(1.0, 2.5))
                server.start()
            fleet.await_more(DEVICES, 20)
        finally:
            fleet.end()
        assert "全部停读" in process.text()
        Ledger(server.dsn, server.data, fleet).balance()


def test_chaos_database_stopped_for_seconds(server: OwnServer, tmp_path: Path) -> None:
    stop_and_start(server, tmp_path, 2)


@pytest.mark.deep
def test_chaos_database_stopped_for_seconds_deep(server: OwnServer, tmp_path: Path) -> None:
    stop_and_start(server, tmp_path, DEEP_ROUNDS)


def freeze(server: OwnServer, folder: Path, rounds: int, kill: bool) -> None:
    """SIGSTOP of the whole server under load; with `kill` the gateway dies while its commit hangs."""
    with gateway(server.data, folder) as process:
        fleet = fleet_on(process, server, f"COLD{rounds}{'K' if kill else 'N'}")
        fleet.begin()
        try:
            for _ in range(rounds):
                fleet.await_more(DEVICES, 20)
                with server.frozen():
                    time.sleep(0.2)
                    silent(fleet, random.uniform(2.0, 3.0))
                    if kill:
                        process.kill()
                if kill:
                    process.start()
            fleet.await_more(DEVICES, 20)
        finally:
            fleet.end()
        Ledger(server.dsn, server.data, fleet).balance()


@pytest.mark.parametrize("kill", [False, True], ids=["waits", "killed"])
def test_chaos_commit_hangs_in_a_frozen_database(server: OwnServer, tmp_path: Path, kill: bool) -> None:
    freeze(server, tmp_path, 1, kill)


@pytest.mark.deep
@pytest.mark.parametrize("kill", [False, True], ids=["waits", "killed"])
def test_chaos_commit_hangs_in_a_frozen_database_deep(server: OwnServer, tmp_path: Path, kill: bool) -> None:
    freeze(server, tmp_path, DEEP_ROUNDS, kill)


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_database_that_may_forget_a_commit_is_refused(
    server: OwnServer, tmp_path: Path, setting: str
) -> None:
    """The gateway does not even start: an answer would not mean a durable row."""
    with psycopg.connect(server.dsn("super"), autocommit=True) as admin:
        admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        admin.execute("SELECT pg_reload_conf()")
        time.sleep(0.2)
        process = Process(server.data, free_port(), tmp_path / "refused.log")
        process.start(wait=False)
        assert process.child is not None
        try:
            assert process.child.wait(20) == 2
        finally:
            process.kill()
            admin.execute(f"ALTER SYSTEM RESET {setting}".encode())
            admin.execute("SELECT pg_reload_conf()")
    assert f"数据库参数 {setting} 是 off" in process.text()


def test_commits_are_durable_whatever_the_role_says(server: OwnServer, tmp_path: Path) -> None:
    """`synchronous_commit = off` in role and server: the writer's own session stays synchronous."""
    with psycopg.connect(server.dsn("super"), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_commit = off")
        admin.execute("ALTER ROLE gongdi_gateway SET synchronous_commit = off")
        admin.execute("SELECT pg_reload_conf()")
        time.sleep(0.2)
        try:
            with gateway(server.data, tmp_path) as process:
                fleet = fleet_on(process, server, "SYNC")
                fleet.begin()
                fleet.await_more(5 * DEVICES, 20)
                server.process.kill()
                server.process.wait(10)
                fleet.end()
                server.start()
                Ledger(server.dsn, server.data, fleet).balance()
        finally:
            with psycopg.connect(server.dsn("super"), autocommit=True) as again:
                again.execute("ALTER SYSTEM RESET synchronous_commit")
                again.execute("ALTER ROLE gongdi_gateway RESET synchronous_commit")
                again.execute("SELECT pg_reload_conf()")
