"""限额：超速停读而不丢，隔离有上限但计数不漏，积压和停库时全部停读。"""

import asyncio
import logging
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gongdi.gateways.hub import Hub
from gongdi.gateways.limits import Bucket, is_local
from gongdi.gateways.link import Link
from tests.gateways.packets import BEIJING, LIMITS, NOW, house, minute, minutes_before, plain
from tests.gateways.process import Dsn, Process, one, register, until


class Pipe:
    """A transport that only remembers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.calls: list[str] = []

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return self.address, 4000

    def set_write_buffer_limits(self, high: int) -> None:
        self.calls.append(f"high {high}")

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.calls.append(name)


def opened(hub: Hub, address: str) -> tuple[Link, Pipe]:
    """One more connection from an address."""
    link, pipe = Link(hub), Pipe(address)
    link.connection_made(pipe)  # type: ignore[arg-type]
    return link, pipe


def small_hub(**changes: int) -> Hub:
    """A hub without a database."""
    shared = house(limits=replace(LIMITS, **changes))
    return Hub(shared, None, logging.getLogger("quiet"), lambda: NOW)  # type: ignore[arg-type]


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=3, tokens=3, at=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    assert bucket.take(1.0) == 0


def test_connections_are_bounded_in_all_and_by_address_but_not_on_the_machine_itself() -> None:
    hub = small_hub(connections_per_address=2, connections=6)
    kept = [opened(hub, "10.0.0.1")[0].session for _ in range(3)]
    assert [session is not None for session in kept] == [True, True, False]
    local = [opened(hub, "127.0.0.1")[0].session for _ in range(5)]
    assert [session is not None for session in local] == [True] * 4 + [False]
    assert is_local("::1")
    assert not is_local("10.0.0.1")


def test_a_stalled_hub_reads_from_nobody_and_resumes() -> None:
    hub = small_hub()
    _, before = opened(hub, "10.0.0.1")
    hub.stall(True)
    _, during = opened(hub, "10.0.0.2")
    assert before.calls[-1] == during.calls[-1] == "pause_reading"
    hub.stall(False)
    assert before.calls[-1] == during.calls[-1] == "resume_reading"


def test_a_device_that_does_not_read_its_answers_is_not_read_either() -> None:
    link, pipe = opened(small_hub(), "10.0.0.1")
    link.pause_writing()
    assert pipe.calls[-1] == "pause_reading"
    link.resume_writing()
    assert pipe.calls[-1] == "resume_reading"


def test_unread_answers_are_bounded_by_the_limit_in_force_when_the_link_opens() -> None:
    hub = small_hub(buffer_bytes=1_234)
    _, before = opened(hub, "10.0.0.1")
    hub.house.limits = replace(hub.house.limits, buffer_bytes=999)
    _, after = opened(hub, "10.0.0.1")
    assert [pipe.calls[0] for pipe in (before, after)] == ["high 1234", "high 999"]


async def unread(hub: Hub) -> tuple[int, bool]:
    """Most bytes a link kept for an end that reads nothing, and whether reading went on once that end read."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    theirs.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, link = await loop.create_connection(lambda: Link(hub), sock=ours)
    while not link.paused and transport.get_write_buffer_size() < 100_000:
        link.send(b"x" * 500)
    kept = transport.get_write_buffer_size()
    while link.choked:
        await loop.sock_recv(theirs, 65_536)
    transport.abort()
    theirs.close()
    return kept, not link.paused


def test_beyond_the_limit_of_unread_answers_nothing_more_is_read() -> None:
    kept, resumed = asyncio.run(unread(small_hub(buffer_bytes=1_000)))
    assert 1_000 < kept <= 1_500
    assert resumed


def test_a_fast_device_is_slowed_down_and_loses_nothing(running: Process, dsn: Dsn) -> None:
    device_id = register(dsn, "FAST", "pw1")
    running.knows("FAST", "pw1")
    wire = running.wire()
    count = 2_600
    start = datetime.now(BEIJING).replace(second=0, microsecond=0) - timedelta(minutes=2)
    frames = [minute(start, mn="FAST", password="pw1")] * count
    wire.send(*frames)
    assert wire.acks(count, 20) == count
    assert one(dsn, "SELECT count(*) FROM obs_minute WHERE device_id = %s", device_id) == 1


def test_quarantine_keeps_a_bounded_number_and_counts_all(running: Process, dsn: Dsn) -> None:
    register(dsn, "NOISY", "pw1")
    running.knows("NOISY", "pw1")
    wire = running.wire()
    wire.send(plain(9021, mn="NOISY", password="pw1"))
    bad = minute(minutes_before(1), mn="NOISY", password="pw1").replace(b"80.0", b"81.0")
    wire.send(*([bad] * 900))
    total = "SELECT coalesce(sum(n), 0)::int FROM quarantine_count WHERE source = 'NOISY'"
    until(lambda: one(dsn, total) == 900, 20)
    assert one(dsn, "SELECT count(*) FROM quarantine") == LIMITS.quarantine_per_source
