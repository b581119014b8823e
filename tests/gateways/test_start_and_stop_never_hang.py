"""网关启动遇到被锁住的表：几秒内说出原因退出，由启动器重来；刚启动就叫停：五秒之内停下。"""

import time
from pathlib import Path

import psycopg
import pytest

from tests.gateways.process import Dsn, Process, free_port

BUSY = "数据库里有别的会话锁着网关要用的表"


@pytest.mark.parametrize("table", ["gateway_instance", "gateway_device"])
def test_a_locked_table_is_named_instead_of_waited_for(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path, table: str
) -> None:
    process = Process(data, free_port(), tmp_path / "locked.log")
    with psycopg.connect(dsn("super")) as blocker:
        blocker.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        process.start(wait=False)
        assert process.child is not None
        try:
            assert process.child.wait(15) == 2
        finally:
            process.kill()
    assert BUSY in process.text()


def test_a_stop_right_after_the_start_is_a_stop(
    data: Path, dsn: Dsn, clean_tables: None, tmp_path: Path
) -> None:
    """The first canary is on its way then, and its answer may come together with the cancellation."""
    process = Process(data, free_port(), tmp_path / "short.log")
    for rest in (0.0, 0.0, 0.02, 0.04, 0.06, 0.08):
        process.start()
        time.sleep(rest)
        assert process.stop() < 5
        assert process.child is not None
        assert process.child.returncode == 0
