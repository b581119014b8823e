"""谁能上传：未登记、密码不对、冒名、转发、两条连接、登记两秒内生效。"""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gongdi.gateways.session import CANARY_PREFIX
from tests.gateways.packets import BEIJING, minute, plain, realtime
from tests.gateways.process import Dsn, Process, gateway, one, register, rows, until


def minute_ago(count: int = 2) -> datetime:
    """Start of a minute some minutes ago."""
    return datetime.now(BEIJING).replace(second=0, microsecond=0) - timedelta(minutes=count)


def show(data: Path, mn: str) -> dict[str, object]:
    """`gongdi device show MN --json`."""
    done = subprocess.run(
        [sys.executable, "-m", "gongdi.cli.main", "device", "show", mn, "--json"],
        env={**os.environ, "DATA": str(data)},
        capture_output=True,
        check=True,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_an_unregistered_device_gets_no_answer_and_its_last_five_frames_are_kept(
    running: Process, dsn: Dsn
) -> None:
    wire = running.wire()
    wire.send(*(minute(minute_ago(count), mn="NOBODY", password="x") for count in range(2, 9)))
    assert wire.answer(0.5) == b""
    query = "SELECT n, array_length(frames, 1), st FROM pending_device WHERE device_no = 'NOBODY'"
    until(lambda: rows(dsn, query), 5)
    assert rows(dsn, query) == [(7, 5, "39")]
    assert one(dsn, "SELECT count(*) FROM obs_minute") == 0


def test_an_impostor_never_changes_what_the_owner_has(running: Process, dsn: Dsn, data: Path) -> None:
    device_id = register(dsn, "OWNER", "right")
    running.knows("OWNER", "right")
    owner = running.wire()
    owner.send(minute(minute_ago(3), mn="OWNER", password="right"))
    assert owner.acks(1) == 1
    until(lambda: rows(dsn, "SELECT 1 FROM device_last WHERE device_id = %s AND stored = 1", device_id), 5)
    before = show(data, "OWNER"), rows(dsn, "SELECT * FROM device_last WHERE device_id = %s", device_id)
    impostor = running.wire()
    impostor.send(*(minute(minute_ago(2), 999.0, "OWNER", "wrong") for _ in range(6)))
    assert impostor.answer(0.5) == b""
    until(lambda: one(dsn, "SELECT count(*) FROM quarantine WHERE reason = 'wrong_password'") == 6, 5)
    after = show(data, "OWNER"), rows(dsn, "SELECT * FROM device_last WHERE device_id = %s", device_id)
    assert after[1] == before[1]
    assert after[0] == before[0] | {"quarantined": {"wrong_password": 6}}
    assert "密码连续错误 5 次" in running.text()
    assert "PW=wrong" not in running.text()


def test_a_refused_frame_does_not_end_the_stream(running: Process, dsn: Dsn) -> None:
    register(dsn, "MIXED", "pw1")
    running.knows("MIXED", "pw1")
    good = [minute(minute_ago(count), mn="MIXED", password="pw1") for count in (2, 3, 4)]
    wire = running.wire()
    wire.send(b"Real", good[0][:-2], good[1].replace(b"80.0", b"81.0"), b"\x00junk", good[2])
    assert wire.acks(2) == 2
    until(lambda: one(dsn, "SELECT count(*) FROM quarantine WHERE reason = 'wrong_crc'") == 1, 5)


def test_data_of_the_future_is_quarantined_as_time(running: Process, dsn: Dsn, data: Path) -> None:
    register(dsn, "FUTURE", "pw1")
    running.knows("FUTURE", "pw1")
    wire = running.wire()
    wire.send(minute(minute_ago(-30), mn="FUTURE", password="pw1"))
    wire.send(minute(minute_ago(60 * 24 * 80), mn="FUTURE", password="pw1"))
    assert wire.answer(0.5) == b""
    until(lambda: show(data, "FUTURE")["quarantined"] == {"time": 2}, 5)


def test_a_device_registered_by_command_is_known_within_two_seconds(running: Process, data: Path) -> None:
    environ = {**os.environ, "DATA": str(data)}
    command = [sys.executable, "-m", "gongdi.cli.main", "device", "add", "CLI001", "--password", "pw9"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert running.knows("CLI001", "pw9") < 2.0
    again = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "已登记" in again.stderr


def test_a_list_of_devices_is_registered_all_or_none(running: Process, data: Path, tmp_path: Path) -> None:
    table = tmp_path / "devices.csv"
    table.write_text("mn,password,project,profile\nCSV1,a,,\nCSV2,b,,crc-modbus\n", "utf-8")
    command = [sys.executable, "-m", "gongdi.cli.main", "device", "add", "--file", str(table)]
    environ = {**os.environ, "DATA": str(data)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    running.knows("CSV1", "a")
    running.knows("CSV2", "b")
    table.write_text("mn,password\nCSV3,a\nCSV1,a\n", "utf-8")
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert show_fails(environ, "CSV3")


def show_fails(environ: dict[str, str], mn: str) -> bool:
    """Whether `device show` does not know the number."""
    command = [sys.executable, "-m", "gongdi.cli.main", "device", "show", mn, "--json"]
    return subprocess.run(command, env=environ, capture_output=True, check=False).returncode == 2


def test_a_second_link_replaces_the_first_and_both_are_logged(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "TWICE", "pw1")
    running.knows("TWICE", "pw1")
    first, second = running.wire(), running.wire()
    first.send(minute(minute_ago(2), mn="TWICE", password="pw1"))
    assert first.acks(1) == 1
    beat = plain(9021, mn="TWICE", password="pw1")
    second.send(beat)
    assert second.answer()
    second.send(beat)
    assert first.ended()
    second.send(minute(minute_ago(3), mn="TWICE", password="pw1"))
    assert second.acks(1) == 1
    assert "两条连接" in running.text()
    query = "SELECT why FROM connection_log WHERE device_id = %s ORDER BY seq DESC LIMIT 2"
    until(lambda: rows(dsn, query, device_id) == [("",), ("replaced",)], 5)


def test_a_relay_carries_many_devices_and_its_outage_is_told_apart(running: Process, dsn: Dsn) -> None:
    relay = register(dsn, "RELAY", "rp", profile='{"relay": true}')
    for name in ("R1", "R2"):
        register(dsn, name, "pw1", relay_of=relay)
    running.knows("RELAY", "rp")
    wire = running.wire()
    wire.send(*(minute(minute_ago(2), mn=name, password="pw1") for name in ("R1", "R2")))
    assert wire.acks(2) == 2
    wire.close()
    query = "SELECT device_no, relay, why FROM connection_log WHERE peer <> '' ORDER BY seq DESC LIMIT 3"
    expected = {("R1", False, "relay_lost"), ("R2", False, "relay_lost"), ("RELAY", True, "left")}
    until(lambda: set(rows(dsn, query)) == expected, 5, str(rows(dsn, query)))


def test_two_gateways_on_one_port_store_one_row(
    data: Path, dsn: Dsn, running: Process, tmp_path: Path
) -> None:
    device_id = register(dsn, "SHARED", "pw1")
    frame = minute(minute_ago(2), mn="SHARED", password="pw1")
    with gateway(data, tmp_path, running.port) as other:
        running.knows("SHARED", "pw1")
        wires = [running.wire() for _ in range(12)]
        for wire in wires:
            wire.send(frame)
        assert sum(wire.acks(1) for wire in wires) >= 2
        query = "SELECT count(DISTINCT gateway_id) FROM connection_log WHERE device_id = %s"
        until(lambda: one(dsn, query, device_id) == 2, 5)
        until(lambda: one(dsn, "SELECT count(DISTINCT gateway_id) FROM canary") == 2, 10)
        assert other.port == running.port
    assert one(dsn, "SELECT count(*) FROM obs_minute WHERE device_id = %s", device_id) == 1
    assert one(dsn, "SELECT count(*) FROM obs_conflict WHERE device_id = %s", device_id) == 0


def test_the_canary_goes_through_the_public_listener_and_nobody_can_forge_it(
    running: Process, dsn: Dsn
) -> None:
    until(lambda: one(dsn, "SELECT count(*) FROM canary") == 1, 5)
    number = one(dsn, "SELECT gateway_id FROM canary")
    wire = running.wire()
    wire.send(realtime(datetime.now(BEIJING), mn=f"{CANARY_PREFIX}{number}"))
    assert wire.ended()
    assert one(dsn, "SELECT count(*) FROM canary") == 1
    assert one(dsn, "SELECT count(*) FROM pending_device") == 0


@pytest.mark.parametrize("mn", ["", "null"])
def test_an_empty_number_is_quarantined(running: Process, dsn: Dsn, mn: str) -> None:
    wire = running.wire()
    wire.send(minute(minute_ago(), mn=mn))
    until(lambda: one(dsn, "SELECT count(*) FROM quarantine WHERE reason = 'no_mn'") == 1, 5)


def test_a_graceful_stop_acknowledges_what_it_has_taken(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "STOPPED", "pw1")
    running.knows("STOPPED", "pw1")
    wire = running.wire()
    wire.send(*(minute(minute_ago(count), mn="STOPPED", password="pw1") for count in range(2, 102)))
    time.sleep(0.05)
    assert running.stop() < 5.0
    acked = wire.acks(100, 1.0)
    assert acked == one(dsn, "SELECT count(*) FROM obs_minute WHERE device_id = %s", device_id) > 0
    assert one(dsn, "SELECT stopped_at IS NOT NULL FROM gateway_instance ORDER BY id DESC LIMIT 1")
