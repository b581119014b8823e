"""省里改过的限额对运行中的网关生效：不用重启，下一次读设备表就按新值判断。"""

from datetime import datetime, timedelta

import psycopg

from tests.gateways.packets import BEIJING, minute
from tests.gateways.process import Dsn, Process, one, register, until

DECIDE = """
INSERT INTO kernel_policyvalue (key, division, value, valid_from, basis, decided_by, created_at)
VALUES ('hj212.future_minutes', NULL, '40', '2020-01-01', '试验用', '测试', now())
"""
REFUSED = "SELECT count(*) FROM quarantine WHERE device_no = %s AND reason = 'time'"
STORED = "SELECT count(*) FROM obs_minute WHERE device_id = %s AND ts = %s"


def test_a_decided_time_tolerance_reaches_the_running_gateway(running: Process, dsn: Dsn) -> None:
    ahead = (datetime.now(BEIJING) + timedelta(minutes=25)).replace(second=0, microsecond=0)
    device = register(dsn, "FUTURE01", "secret9")
    running.knows("FUTURE01", "secret9")
    wire = running.wire()
    wire.send(minute(ahead, mn="FUTURE01"))
    until(lambda: one(dsn, REFUSED, "FUTURE01"), 5, "超前 25 分钟的数据没有隔离")
    with psycopg.connect(dsn("owner")) as connection:
        connection.execute(DECIDE)
    register(dsn, "FUTURE02", "secret9")
    running.knows("FUTURE02", "secret9")
    wire.send(minute(ahead, mn="FUTURE01"))
    assert wire.acks(1) == 1
    assert one(dsn, STORED, device, ahead) == 1
