"""应答意味着已落盘：提交前没有应答，数据库恢复后才应答，重发不改变任何行。"""

from datetime import datetime, timedelta

import psycopg
import pytest

from tests.gateways.packets import BEIJING, minute, realtime
from tests.gateways.process import Dsn, Process, one, register, rows, until

COUNT = "SELECT count(*) FROM obs_minute WHERE device_id = %s"


def start_of_minute(before: int) -> datetime:
    """Start of the minute `before` minutes ago."""
    return datetime.now(BEIJING).replace(second=0, microsecond=0) - timedelta(minutes=before)


@pytest.mark.clause("379-2.2.2")
def test_no_answer_before_commit_and_the_row_is_there_with_the_answer(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "COMMIT1", "pw1")
    running.knows("COMMIT1", "pw1")
    wire = running.wire()
    with psycopg.connect(dsn("super")) as blocker:
        blocker.execute("LOCK TABLE raw_block IN ACCESS EXCLUSIVE MODE")
        wire.send(minute(start_of_minute(2), mn="COMMIT1", password="pw1"))
        assert wire.answer(1.0) == b""
        assert one(dsn, COUNT, device_id) == 0
        blocker.rollback()
    assert b"CN=9014" in wire.answer(10)
    assert one(dsn, COUNT, device_id) == 1
    row = rows(dsn, "SELECT ts, pm10_avg, noise_avg FROM obs_minute WHERE device_id = %s", device_id)[0]
    assert row[0] == start_of_minute(2)
    assert row[1:] == pytest.approx((80.0, 55.1))


def test_without_a_database_nothing_is_acknowledged_and_everything_afterwards(
    running: Process, dsn: Dsn
) -> None:
    device_id = register(dsn, "DBDOWN", "pw1")
    running.knows("DBDOWN", "pw1")
    wire = running.wire()
    with psycopg.connect(dsn("super"), autocommit=True) as admin:
        try:
            admin.execute("ALTER ROLE gongdi_gateway NOLOGIN")
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'gongdi_gateway' AND datname = current_database()"
            )
            wire.send(*(minute(start_of_minute(before), mn="DBDOWN", password="pw1") for before in (5, 4, 3)))
            assert wire.answer(1.5) == b""
            until(lambda: "全部停读" in running.text(), 5)
            wire.send(minute(start_of_minute(2), mn="DBDOWN", password="pw1"))
        finally:
            admin.execute("ALTER ROLE gongdi_gateway LOGIN")
    assert wire.acks(4, 15) == 4
    assert one(dsn, COUNT, device_id) == 4


def test_a_resend_is_acknowledged_and_changes_nothing(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "RESEND", "pw1")
    running.knows("RESEND", "pw1")
    wire = running.wire()
    frame = minute(start_of_minute(2), mn="RESEND", password="pw1")
    wire.send(frame)
    assert wire.acks(1) == 1
    before = rows(dsn, "SELECT * FROM obs_minute WHERE device_id = %s", device_id)
    wire.send(frame, frame)
    assert wire.acks(2) == 2
    assert rows(dsn, "SELECT * FROM obs_minute WHERE device_id = %s", device_id) == before
    wire.send(minute(start_of_minute(2), pm10=12.0, mn="RESEND", password="pw1"))
    assert wire.acks(1) == 1
    assert rows(dsn, "SELECT * FROM obs_minute WHERE device_id = %s", device_id) == before
    assert one(dsn, "SELECT count(*) FROM obs_conflict WHERE device_id = %s", device_id) == 1


def test_realtime_is_a_last_value_and_never_a_row(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "REAL1", "secret9")
    running.knows("REAL1", "secret9")
    wire = running.wire()
    wire.send(realtime(datetime.now(BEIJING), 66.0, mn="REAL1"))
    assert wire.acks(1) == 1
    assert one(dsn, COUNT, device_id) == 0
    value, skew = rows(dsn, "SELECT realtime, skew_s FROM device_last WHERE device_id = %s", device_id)[0]
    assert value["pm10"] == pytest.approx(66.0)
    assert -3 < skew <= 0
