"""分钟数据的快路与慢路：写入的行、应答、隔离和连接状态逐项相同。"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.gateways.devices import Live
from gongdi.gateways.hub import Hub
from gongdi.gateways.link import Link
from gongdi.gateways.sink import Sink
from gongdi.ingest.rows import Outcome
from gongdi.ingest.writer import Writer
from gongdi.protocols.hj212.replies import build_frame
from tests.gateways.packets import MN, NOON, NOW, PASSWORD, house

FIELDS = (
    "a34002-Avg={0}.5,a34002-Min=1.25,a34002-Max=9,a34002-Flag=N",
    "Leq-Data=5{1}.1,Leq-Flag=N",
    "a01001-Avg=-{1},a01001-Flag=D",
    "a99999-Avg={0},PolId=x",
)


@dataclass
class Recorder:
    """A writer that only remembers, and answers everything at once."""

    seen: list[tuple[Any, ...]] = field(default_factory=list)

    def put_minute(self, row: Any, done: Any) -> None:
        """Keep the row and answer it."""
        self.seen.append(tuple(row))
        done(Outcome.STORED)

    def __getattr__(self, name: str) -> Any:
        """Keep whatever else is put, without its call-back."""

        def put(item: Any, *_done: Any) -> None:
            values = item._replace(done=None) if hasattr(item, "done") else item
            self.seen.append((name, values))

        return put


@dataclass
class Wire:
    """A transport that only remembers."""

    written: list[bytes] = field(default_factory=list)
    closed: bool = False
    reading: list[bool] = field(default_factory=list)

    def set_write_buffer_limits(self, high: int) -> None:
        """Take the limit."""

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        """Say who sends."""
        return "10.1.2.3", 4000

    def write(self, data: bytes) -> None:
        """Keep what is written."""
        self.written.append(data)

    def close(self) -> None:
        """Keep that it was closed."""
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        """Keep that reading stopped."""
        self.reading.append(False)

    def resume_reading(self) -> None:
        """Keep that reading goes on."""
        self.reading.append(True)


class Side:
    """One gateway with one link, whose fast path is on or off."""

    def __init__(self, fast: bool) -> None:
        self.fast, self.now = fast, NOW
        self.recorder, self.wire, self.house = Recorder(), Wire(), house()
        sink = Sink(cast(Writer, self.recorder))
        self.hub = Hub(self.house, sink, logging.getLogger("test"), lambda: self.now)
        self.link = Link(self.hub)
        self.link.connection_made(cast(asyncio.Transport, self.wire))
        self.taken = 0

    def send(self, data: bytes, second: float) -> None:
        """Let bytes arrive."""
        self.now = NOW + second
        session = self.link.session
        assert session is not None
        if not self.fast:
            session.quick = None
        elif session.quick is not None:
            before = len(self.wire.written)
            self.link.data_received(data)
            self.taken += len(self.wire.written) > before
            return
        self.link.data_received(data)

    def state(self) -> tuple[object, ...]:
        """Everything that later packets depend on."""
        session = self.link.session
        assert session is not None
        live: Live = self.house.registry.by_mn[MN]
        return (
            session.heard_at,
            session.partial_since,
            session.framer.pending,
            session.framer.undecided,
            session.framed,
            session.authenticated,
            live.bucket,
            live.edition,
            live.st,
            live.wrong_passwords,
            live.diagnosis,
            list(live.clock.samples),
            self.link.unacked,
            self.link.closing,
        )


def packet(draw: st.DrawFn) -> bytes:
    """A minute packet like the last one, or different from it in one respect."""
    minute, value, digit = draw(st.integers(1, 9)), draw(st.integers(0, 99)), draw(st.integers(0, 9))
    stamp = f"{NOON - timedelta(minutes=minute):%Y%m%d%H%M%S}"
    shape = draw(st.sampled_from([2, 2, 2, 3, 4]))
    area = ";".join([f"DataTime={stamp}", *(text.format(value, digit) for text in FIELDS[:shape])])
    flag = draw(st.sampled_from(["5", "5", "5", "4", "1", "9"]))
    number = f"QN=2026112512003000{digit};"
    head, front = draw(st.sampled_from([(number, "")] * 6 + [("", number), (number, number)]))
    segment = f"{head}ST=39;CN=2051;PW={PASSWORD};MN={MN};Flag={flag};CP=&&{front}{area}&&".encode()
    old, new = draw(st.sampled_from(CHANGES))
    raw = build_frame(segment.replace(old, new))
    return draw(st.sampled_from(DAMAGES))(raw)


CHANGES = [(b"", b"")] * 12 + [
    (b"PW=", b"PW=x"),
    (b"MN=", b"MN=x"),
    (b"CN=2051", b"CN=2011"),
    (b"CN=2051", b"CN=2061"),
    (b"QN=2026", b"QN=abcd"),
    (b"QN=2026", b"QN="),
    (b"QN=2026", b"qn=2026"),
    (b"Flag=5;CP", b"Flag=7;PNUM=1;PNO=1;CP"),
    (b"DataTime=2026", b"DataTime=2029"),
    (b"DataTime=2026", b"DataTime=2019"),
    (b"DataTime=2026", b"DataTime="),
    (b"Flag=N", b"Flag=D"),
    (b"-Avg=", b"-Avg=99999"),
    (b"-Avg=", b"-Avg=--"),
    (b"-Avg=", b"-Rtd="),
    (b".5", "五".encode()),
    (b"ST=39;", b"ST=39,"),
    (b"1.25", b"##25"),
]
DAMAGES: list[Callable[[bytes], bytes]] = [bytes] * 12 + [
    lambda raw: raw[:-2],
    lambda raw: raw + raw,
    lambda raw: b"\r\n" + raw,
    lambda raw: raw[:-6] + raw[-6:].lower(),
    lambda raw: raw[:-6] + b"0000\r\n",
    lambda raw: raw[:40],
    lambda raw: b"##9" + raw[3:],
    lambda raw: raw[:-2] + b"\n\n",
]
packets = st.composite(packet)()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(packets, min_size=6, max_size=24), st.sampled_from([0.0, 0.2, 7.0]))
def test_rows_answers_and_states(data: list[bytes], pause: float) -> None:
    fast, slow = Side(True), Side(False)
    for place, raw in enumerate(data):
        for side in (fast, slow):
            side.send(raw, place * pause)
        assert fast.recorder.seen == slow.recorder.seen
        assert fast.wire == slow.wire
        assert fast.state() == slow.state()


def test_the_fast_path_takes_what_repeats() -> None:
    fast = Side(True)
    for number in range(1, 9):
        stamp = f"{NOON - timedelta(minutes=number):%Y%m%d%H%M%S}"
        area = f"DataTime={stamp};{FIELDS[0].format(number, 0)};{FIELDS[3].format(number, 0)}"
        header = f"QN=20261125120030{number:03d};ST=39;CN=2051;PW={PASSWORD};MN={MN};Flag=5;"
        fast.send(build_frame(f"{header}CP=&&{area}&&".encode()), number)
    assert fast.taken == 6  # one to see, one to compile
    assert len(fast.wire.written) == 8
    assert fast.recorder.seen[-1][7] == {"a99999": {"Avg": "8"}}


def test_each_packet_of_2005_is_answered_with_the_number_of_its_area() -> None:
    fast = Side(True)
    for number in range(1, 9):
        stamp = f"{NOON - timedelta(minutes=number):%Y%m%d%H%M%S}"
        area = f"QN=20261125120030{number:03d};DataTime={stamp};{FIELDS[0].format(number, 0)}"
        head = f"ST=39;CN=2051;PW={PASSWORD};MN={MN};Flag=1;"
        fast.send(build_frame(f"{head}CP=&&{area}&&".encode()), number)
    tails = [f"Flag=0;CP=&&QN=20261125120030{number:03d}&&".encode() for number in range(1, 9)]
    assert [raw[6:-6].partition(b"MN=" + MN.encode() + b";")[2] for raw in fast.wire.written] == tails
