"""kill -9：网关或数据库在负载下被杀，凡应答过的报文都恰好存了一次。"""

import contextlib
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from gongdi.cli.launcher import postgres, scratch
from gongdi.config.load import Config
from gongdi.config.secrets import ensure_secrets
from tests.gateways.fleet import Fleet
from tests.gateways.packets import BEIJING
from tests.gateways.process import Dsn, Process, free_port, gateway, one, register, rows, until

DEVICES = 8
GATE_GATEWAY_KILLS, GATE_SERVER_KILLS = 10, 3
DEEP_GATEWAY_KILLS, DEEP_SERVER_KILLS = 100, 20
STORED = "SELECT d.device_no, o.ts FROM obs_minute o JOIN gateway_device d ON d.id = o.device_id"


def two_days_ago() -> datetime:
    """A start far enough back that the fleet never reaches the present."""
    return datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)


def fleet_on(process: Process, dsn: Dsn) -> Fleet:
    """Registered devices, sending."""
    names = [f"CRASH{number}" for number in range(DEVICES)]
    for name in names:
        register(dsn, name, "pw1", profile='{"pm_unit": "ug", "commands": false}')
    process.knows(names[-1], "pw1")
    return Fleet(process.port, names, two_days_ago())


def judge(fleet: Fleet, dsn: Dsn, kills: int) -> None:
    """Every acknowledged frame is stored, every stored frame once, and work went on between the kills."""
    stored = rows(dsn, STORED)
    kept = {(name, ts.astimezone(BEIJING)) for name, ts in stored}
    assert len(kept) == len(stored)
    lost = fleet.acked - kept
    assert not lost, f"应答过却没有存下：{len(lost)} 帧，如 {sorted(lost)[:3]}"
    assert len(fleet.acked) > DEVICES * kills, f"负载太小，只应答了 {len(fleet.acked)} 帧"
    assert one(dsn, "SELECT count(*) FROM obs_conflict") == 0


def kill_gateway(process: Process, dsn: Dsn, kills: int) -> None:
    """kill -9 of the gateway at random moments under load."""
    fleet = fleet_on(process, dsn)
    fleet.begin()
    try:
        for _ in range(kills):
            fleet.await_more(2 * DEVICES, 20)
            time.sleep(random.uniform(0, 0.25))
            process.kill()
            process.start()
    finally:
        fleet.end()
    judge(fleet, dsn, kills)


def test_killed_gateway_loses_nothing_acknowledged(running: Process, dsn: Dsn) -> None:
    kill_gateway(running, dsn, GATE_GATEWAY_KILLS)


@pytest.mark.deep
def test_killed_gateway_loses_nothing_acknowledged_deep(running: Process, dsn: Dsn) -> None:
    kill_gateway(running, dsn, DEEP_GATEWAY_KILLS)


@pytest.fixture
def running(data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path) -> Iterator[Process]:
    """One gateway process on the session's database."""
    with gateway(data, tmp_path) as process:
        yield process


@pytest.fixture
def own_server() -> Iterator[tuple[Path, Config, Callable[[], None]]]:
    """A cluster of its own that may be killed: data directory, configuration, and the deed."""
    data = Path(tempfile.mkdtemp(prefix="gongdi-crash-"))
    data.chmod(0o711)
    ensure_secrets(data)
    cluster = postgres.prepare(scratch.config_of(data), lambda _sentence: None)
    log = data / "postgres.log"
    servers = [postgres.start_cluster(cluster, log)]
    scratch.create_database(data, scratch.config_of(data), "gongdi_crash")
    config = scratch.config_of(data)

    def kill_and_restart() -> None:
        servers[-1].send_signal(signal.SIGKILL)
        servers[-1].wait(10)
        time.sleep(random.uniform(0, 0.5))
        postgres.stop_orphan(cluster, 1.0)
        servers.append(postgres.spawn_again(cluster, log))
        until(lambda: postgres.is_running(cluster), 30, "数据库没有重新启动")

    yield data, config, kill_and_restart
    postgres.stop_process(servers[-1])
    if cluster.place.outside:
        shutil.rmtree(cluster.place.home, ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)


def kill_server(own: tuple[Path, Config, Callable[[], None]], folder: Path, kills: int) -> None:
    """kill -9 of PostgreSQL under load; the gateway stays, stops reading and goes on afterwards."""
    data, config, kill_and_restart = own
    with gateway(data, folder, free_port()) as process:
        fleet = fleet_on(process, config.dsn)
        fleet.begin()
        try:
            for _ in range(kills):
                fleet.await_more(2 * DEVICES, 40)
                time.sleep(random.uniform(0, 0.25))
                kill_and_restart()
        finally:
            fleet.end()
        with contextlib.suppress(psycopg.OperationalError):
            judge(fleet, config.dsn, kills)
            return
        time.sleep(2)
        judge(fleet, config.dsn, kills)


def test_killed_database_loses_nothing_acknowledged(
    own_server: tuple[Path, Config, Callable[[], None]], tmp_path: Path
) -> None:
    kill_server(own_server, tmp_path, GATE_SERVER_KILLS)


@pytest.mark.deep
def test_killed_database_loses_nothing_acknowledged_deep(
    own_server: tuple[Path, Config, Callable[[], None]], tmp_path: Path
) -> None:
    kill_server(own_server, tmp_path, DEEP_SERVER_KILLS)
