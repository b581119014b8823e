"""磁盘满：提交不成就不应答；腾出地方之后网关自己恢复，重发的照收。"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.flows.ledger import Ledger, enrol, yesterday
from tests.flows.own_server import OwnServer
from tests.flows.small_disk import SmallDisk, small_disk
from tests.gateways.fleet import Fleet
from tests.gateways.process import Process, gateway, until

DEVICES = 6
FAILED = "数据库暂时不能写入"
DEEP_ROUNDS = 10


@pytest.fixture
def disk(server: OwnServer) -> Iterator[SmallDisk]:
    """A small disk below the server that may be killed."""
    if os.geteuid() != 0:
        pytest.skip("磁盘满的测试要挂载一个小文件系统，只有 root 能做")
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(server))
        except PermissionError as error:
            pytest.skip(f"磁盘满的测试要挂载一个小文件系统，这里不允许：{error}")
        yield disk


def until_it_fails(disk: SmallDisk, process: Process) -> None:
    """Fill the disk, and again what a cleaning server gives back, until commits fail."""
    before = process.text().count(FAILED)

    def failing() -> bool:
        disk.fill()
        return process.text().count(FAILED) > before + 1

    until(failing, 30, "磁盘满了，提交却没有失败")


def crash_by_wal(server: OwnServer) -> None:
    """Write WAL alone until a segment does not fit: the server panics, and may not come up before there is room."""
    with pytest.raises(psycopg.OperationalError):
        write_wal(server.dsn("super"))


def write_wal(dsn: str) -> None:
    """A gigabyte of messages that go nowhere but into the WAL."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        for _ in range(1_000):
            admin.execute("SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000))")


def fill_and_free(server: OwnServer, disk: SmallDisk, folder: Path, rounds: int, wal: bool) -> None:
    """Full for seconds, then free; with `wal` the server itself breaks down on the way."""
    with gateway(server.data, folder) as process:
        names = [f"FULL{rounds}{'W' if wal else 'N'}{number}" for number in range(DEVICES)]
        enrol(server.dsn, names)
        process.knows(names[-1], "pw1")
        fleet = Fleet(process.port, names, yesterday())
        fleet.begin()
        try:
            for _ in range(rounds):
                fleet.await_more(2 * DEVICES, 30)
                until_it_fails(disk, process)
                if wal:
                    crash_by_wal(server)
                quiet = len(fleet.acked)
                time.sleep(2)
                assert len(fleet.acked) == quiet, "磁盘满着，却有应答"
                disk.free()
                if not server.alive():
                    server.start()
            fleet.await_more(2 * DEVICES, 30)
        finally:
            fleet.end()
        assert process.child is not None
        assert process.child.poll() is None, "网关没有挺过去"
        said = server.log.read_text("utf-8", "replace")
        assert "No space left on device" in said
        assert ("PANIC" in said) >= wal, "日志段写不下，服务器应当崩溃过"
        Ledger(server.dsn, server.data, fleet).balance()


@pytest.mark.parametrize("wal", [False, True], ids=["rows", "wal"])
def test_chaos_disk_full(server: OwnServer, disk: SmallDisk, tmp_path: Path, wal: bool) -> None:
    fill_and_free(server, disk, tmp_path, 1, wal)


@pytest.mark.deep
@pytest.mark.parametrize("wal", [False, True], ids=["rows", "wal"])
def test_chaos_disk_full_deep(server: OwnServer, disk: SmallDisk, tmp_path: Path, wal: bool) -> None:
    fill_and_free(server, disk, tmp_path, DEEP_ROUNDS, wal)
