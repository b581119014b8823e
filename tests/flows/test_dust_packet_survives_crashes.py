"""kill -9：网关或数据库在负载下被杀，凡应答过的报文都恰好存了一次。"""

import random
import time
from pathlib import Path

import pytest

from tests.flows.ledger import Ledger, enrol, yesterday
from tests.flows.own_server import OwnServer
from tests.gateways.fleet import Fleet
from tests.gateways.process import Dsn, Process, gateway

DEVICES = 8
GATE_GATEWAY_KILLS, GATE_SERVER_KILLS, GATE_BOTH_KILLS = 10, 10, 4
DEEP_GATEWAY_KILLS, DEEP_SERVER_KILLS, DEEP_BOTH_KILLS = 100, 20, 100


def fleet_on(process: Process, dsn: Dsn, prefix: str) -> Fleet:
    """Registered devices, ready to send."""
    names = [f"{prefix}{number}" for number in range(DEVICES)]
    enrol(dsn, names)
    process.knows(names[-1], "pw1")
    return Fleet(process.port, names, yesterday())


def kill_gateway(process: Process, dsn: Dsn, kills: int) -> None:
    """kill -9 of the gateway at random moments under load."""
    fleet = fleet_on(process, dsn, f"KG{kills}N")
    fleet.begin()
    try:
        for _ in range(kills):
            fleet.await_more(2 * DEVICES, 20)
            time.sleep(random.uniform(0, 0.25))
            process.kill()
            process.start()
    finally:
        fleet.end()
    assert len(fleet.acked) > DEVICES * kills, f"负载太小，只应答了 {len(fleet.acked)} 帧"
    Ledger(dsn, process.data, fleet).balance()


def test_killed_gateway_loses_nothing_acknowledged(running: Process, dsn: Dsn) -> None:
    kill_gateway(running, dsn, GATE_GATEWAY_KILLS)


@pytest.mark.deep
def test_killed_gateway_loses_nothing_acknowledged_deep(running: Process, dsn: Dsn) -> None:
    kill_gateway(running, dsn, DEEP_GATEWAY_KILLS)


def kill_server(server: OwnServer, folder: Path, kills: int) -> None:
    """kill -9 of PostgreSQL under load; the gateway stays, stops reading and goes on afterwards."""
    with gateway(server.data, folder) as process:
        fleet = fleet_on(process, server.dsn, f"KS{kills}N")
        fleet.begin()
        try:
            for _ in range(kills):
                fleet.await_more(2 * DEVICES, 40)
                time.sleep(random.uniform(0, 0.25))
                server.kill_and_restart()
            fleet.await_more(2 * DEVICES, 40)
        finally:
            fleet.end()
        Ledger(server.dsn, server.data, fleet).balance()


def test_killed_database_loses_nothing_acknowledged(server: OwnServer, tmp_path: Path) -> None:
    kill_server(server, tmp_path, GATE_SERVER_KILLS)


@pytest.mark.deep
def test_killed_database_loses_nothing_acknowledged_deep(server: OwnServer, tmp_path: Path) -> None:
    kill_server(server, tmp_path, DEEP_SERVER_KILLS)


def kill_both(server: OwnServer, folder: Path, kills: int) -> None:
    """kill -9 in random order: the gateway, PostgreSQL, or both at once."""
    with gateway(server.data, folder) as process:
        fleet = fleet_on(process, server.dsn, f"KB{kills}N")
        fleet.begin()
        try:
            for _ in range(kills):
                fleet.await_more(2 * DEVICES, 40)
                time.sleep(random.uniform(0, 0.25))
                victims = random.choice(
                    (["gateway", "server"], ["server", "gateway"], ["gateway"], ["server"])
                )
                for victim in victims:
                    process.kill() if victim == "gateway" else server.kill()
                    time.sleep(random.uniform(0, 0.1))
                if "server" in victims:
                    server.start()
                if "gateway" in victims:
                    process.start()
            fleet.await_more(2 * DEVICES, 40)
        finally:
            fleet.end()
        Ledger(server.dsn, server.data, fleet).balance()


def test_chaos_of_gateway_and_database_killed_in_any_order(server: OwnServer, tmp_path: Path) -> None:
    kill_both(server, tmp_path, GATE_BOTH_KILLS)


@pytest.mark.deep
def test_chaos_of_gateway_and_database_killed_in_any_order_deep(server: OwnServer, tmp_path: Path) -> None:
    kill_both(server, tmp_path, DEEP_BOTH_KILLS)
