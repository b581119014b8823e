"""哨兵：每次都走公开端口，只有落盘后的应答才算；别的进程收到就换一条路再试。"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from gongdi.gateways import canary as canary_module
from gongdi.gateways.canary import Canary
from gongdi.gateways.session import CANARY_PREFIX
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.replies import data_ack
from gongdi.protocols.hj212.reports import read_head
from tests.gateways.packets import NOON

Answer = Callable[[int, bytes], Awaitable[bytes | None]]


def beat(answer: Answer, moment: datetime = NOON) -> tuple[bool, int]:
    """One beat against a listener; whether it succeeded and how many links it took."""

    async def run() -> tuple[bool, int]:
        links = 0
        tasks: list[asyncio.Task[None]] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal links
            links += 1
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            reply = await answer(links, await reader.read(1024))
            if reply is not None:
                writer.write(reply)
                await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            done = await Canary(3).beat("0.0.0.0", port, moment)
            await asyncio.gather(*tasks, return_exceptions=True)
            return done, links

    return asyncio.run(run())


def acknowledged(data: bytes) -> bytes:
    frame = judge_line(data)
    assert isinstance(frame, Frame)
    return data_ack(read_head(frame.segment).header, 2017)


async def at_once(_link: int, data: bytes) -> bytes | None:
    return acknowledged(data)


async def third_time(link: int, data: bytes) -> bytes | None:
    return acknowledged(data) if link == 3 else None


async def never(_link: int, _data: bytes) -> bytes | None:
    return None


async def something_else(_link: int, _data: bytes) -> bytes | None:
    return b"##0001x"


def test_an_acknowledged_packet_is_a_beat() -> None:
    assert beat(at_once) == (True, 1)


def test_another_process_of_the_port_sends_it_away_and_it_tries_again() -> None:
    assert beat(third_time) == (True, 3)


@pytest.mark.parametrize("answer", [never, something_else])
def test_without_the_acknowledgement_there_is_no_beat(
    monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(canary_module, "TRIES", 4)
    assert beat(answer) == (False, 4)


def test_a_gateway_that_hangs_is_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary_module, "WAIT_S", 0.1)

    async def hangs(_link: int, _data: bytes) -> bytes | None:
        await asyncio.sleep(0.5)
        return None

    assert beat(hangs) == (False, 1)


def test_nobody_listening_is_no_beat() -> None:
    assert asyncio.run(Canary(3).beat("127.0.0.1", 1, NOON)) is False


def test_the_packet_is_an_ordinary_realtime_frame_of_a_reserved_number() -> None:
    held = Canary(12)
    frame = judge_line(held.frame(NOON))
    assert isinstance(frame, Frame)
    header = read_head(frame.segment).header
    assert (header["MN"], header["PW"], header["CN"]) == (f"{CANARY_PREFIX}12", held.password, "2011")


def test_every_process_has_a_password_nobody_can_guess() -> None:
    passwords = {Canary(1).password for _ in range(50)}
    assert len(passwords) == 50
    assert min(map(len, passwords)) >= 32
