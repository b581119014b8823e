"""补传：断线后的缺口由网关自己找出并请求，设备应答，标为补传；没有历史的设备被记住。"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest

from tests.gateways.packets import BEIJING, minute
from tests.gateways.process import Dsn, Process, Wire, command_fields, one, register, reply, rows, until

Obey = Callable[[dict[str, str]], bytes]


def this_minute() -> datetime:
    """Start of the running minute."""
    return datetime.now(BEIJING).replace(second=0, microsecond=0)


def obey(wire: Wire, history: Obey, seconds: float, stop: Callable[[], bool]) -> list[str]:
    """Answer commands as a device does; returns their CNs in order."""
    seen = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop():
        segment = wire.answer(0.3)
        if not segment or b"CN=9014" in segment:
            continue
        command = command_fields(segment)
        seen.append(command["CN"])
        wire.send(reply(9011, command, "QnRtn=1"))
        if "BeginTime" in command:
            wire.send(history(command))
        else:
            wire.send(reply(9012, command, "ExeRtn=1"))
    return seen


def all_minutes(command: dict[str, str]) -> bytes:
    """Every minute of a history request, then 9012."""
    begin, end = (
        datetime.strptime(command[name], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        for name in ("BeginTime", "EndTime")
    )
    frames = []
    while begin <= end:
        frames.append(minute(begin, mn=command["MN"], password=command["PW"]))
        begin += timedelta(minutes=1)
    return b"".join(frames) + reply(9012, command, "ExeRtn=1")


@pytest.mark.clause("379-2.2.2")
def test_a_gap_is_found_asked_for_and_marked(running: Process, dsn: Dsn) -> None:
    began = this_minute() - timedelta(minutes=40)
    device_id = register(dsn, "GAP1", "pw1", valid_from=began)
    running.knows("GAP1", "pw1")
    wire = running.wire()
    for before in (39, 38, 2):
        wire.send(minute(this_minute() - timedelta(minutes=before), mn="GAP1", password="pw1"))
    assert wire.acks(3) == 3
    query = "SELECT count(*) FROM obs_minute WHERE device_id = %s"
    seen = obey(wire, all_minutes, 25, lambda: one(dsn, query, device_id) >= 37)
    assert seen[:3] == ["1000", "1062", "1064"]
    assert "2051" in seen
    until(lambda: one(dsn, "SELECT count(*) FROM gateway_command WHERE result = 'done'") > 0, 5)
    live, filled = rows(dsn, "SELECT source & 1, count(*) FROM obs_minute GROUP BY 1 ORDER BY 1")
    assert live == (0, 3)
    assert filled[1] >= 34
    assert one(dsn, "SELECT count(*) FROM obs_conflict") == 0


def test_no_data_is_remembered(running: Process, dsn: Dsn) -> None:
    register(dsn, "GAP2", "pw1", valid_from=this_minute() - timedelta(minutes=30))
    running.knows("GAP2", "pw1")
    wire = running.wire()
    wire.send(minute(this_minute() - timedelta(minutes=2), mn="GAP2", password="pw1"))

    def empty(command: dict[str, str]) -> bytes:
        return reply(9012, command, "ExeRtn=100")

    query = "SELECT result FROM gateway_command"
    obey(wire, empty, 20, lambda: ("no_data",) in rows(dsn, query))
    assert ("no_data",) in rows(dsn, query)


def test_a_page_may_ask(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "GAP3", "pw1")
    running.knows("GAP3", "pw1")
    wire = running.wire()
    wire.send(minute(this_minute() - timedelta(minutes=2), mn="GAP3", password="pw1"))
    assert wire.acks(1) == 1
    begins = this_minute() - timedelta(hours=3)
    with psycopg.connect(dsn("app"), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO gateway_command (device_id, cn, begins, ends, asked_by) VALUES (%s, 2051, %s, %s, 'wang')",
            (device_id, begins, begins + timedelta(minutes=9)),
        )
    done = "SELECT result FROM gateway_command WHERE asked_by = 'wang' AND done_at IS NOT NULL"
    obey(wire, all_minutes, 15, lambda: bool(rows(dsn, done)))
    assert rows(dsn, done) == [("done",)]
    assert one(dsn, "SELECT count(*) FROM obs_minute WHERE source & 1 = 1") == 10
