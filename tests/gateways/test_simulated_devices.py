"""模拟设备是单独的进程，好的被收下，坏的按毛病各归各处。"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateways.process import Dsn, Process, one, register, rows, until
from tools.simulators.behaviour import BEHAVIOURS, Spec, dress
from tools.simulators.wire import annex_crc, frame, modbus_crc

SOUND = (
    "good",
    "glued",
    "garbage",
    "skew",
    "stubborn",
    "old",
    "faulty",
    "mute",
    "gap",
    "flaky",
    "twelve_hour",
)


@contextmanager
def simulator(table: Path, port: int, data: Path) -> Iterator[None]:
    """`gongdi simulate` while the block lasts."""
    command = [
        sys.executable,
        "-m",
        "gongdi.cli.main",
        "simulate",
        "--file",
        str(table),
        "--to",
        f"127.0.0.1:{port}",
    ]
    child = subprocess.Popen(command, env={**os.environ, "DATA": str(data)}, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        child.terminate()
        _, said = child.communicate(timeout=10)
    assert child.returncode == 0, said.decode()


def test_every_behaviour_meets_its_fate(running: Process, dsn: Dsn, data: Path, tmp_path: Path) -> None:
    devices = [
        {"mn": f"SIM-{name}", "password": "pw1", "interval": 1, "behaviour": name, "realtime_s": 1}
        for name in BEHAVIOURS
    ]
    for name in BEHAVIOURS:
        if name != "unknown":
            profile = {"modbus": {"base": "crc-modbus"}, "wrong_length": {"base": "length-plus6"}}.get(
                name, {}
            )
            register(dsn, f"SIM-{name}", "pw1", profile=json.dumps(profile))
    table = tmp_path / "devices.json"
    table.write_text(json.dumps(devices), "utf-8")
    running.knows("SIM-wrong_length", "pw1")
    heard = (
        "SELECT d.device_no FROM device_last l JOIN gateway_device d ON d.id = l.device_id"
        " WHERE l.realtime IS NOT NULL"
    )
    expected = {f"SIM-{name}" for name in BEHAVIOURS} - {"SIM-unknown", "SIM-wrong_password"}
    with simulator(table, running.port, data):
        until(lambda: {row[0] for row in rows(dsn, heard)} >= expected, 25, "有模拟设备没有收到")
        until(lambda: rows(dsn, "SELECT 1 FROM pending_device WHERE device_no = 'SIM-unknown'"), 5)
        query = (
            "SELECT count(DISTINCT reason) FROM quarantine WHERE reason IN ('wrong_crc', 'wrong_password')"
        )
        until(lambda: one(dsn, query) == 2, 10)
    pm10 = "SELECT (realtime->>'pm10')::float FROM device_last l JOIN gateway_device d ON d.id = l.device_id"
    assert 10 < one(dsn, pm10 + " WHERE device_no = 'SIM-good'") < 1000
    assert one(dsn, pm10 + " WHERE device_no = 'SIM-microgram'") < 1


@pytest.mark.parametrize("name", SOUND)
def test_sound_frames_carry_the_right_crc(name: str) -> None:
    segment = b"QN=1;CP=&&&&"
    spec = Spec(mn="A", password="b", behaviour=name)
    assert annex_crc(segment).encode() in dress(segment, spec, 0)


def test_the_simulator_computes_annex_a_by_itself() -> None:
    assert annex_crc(b"123456789") == "2F80"
    assert modbus_crc(b"123456789") == "4B37"
    example = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
    assert frame(example) == b"##0101" + example + b"1C80\r\n"
