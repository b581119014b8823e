"""一群模拟设备：小窗口发送，断线重连重发，记下每一个收到的应答；报文手工拼成，不用被测的编码。"""

import itertools
import random
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.gateways.packets import BEIJING
from tests.gateways.process import until
from tests.protocols.hj212_samples import frame

ACK_QN = re.compile(rb"##\d{4}QN=(\d{17});ST=91;CN=9014;")
WINDOW = 5
FIRST = datetime(2026, 1, 1, tzinfo=BEIJING)
Sent = tuple[str, datetime]
"""One frame: device number and start of its minute."""


@dataclass
class Fleet:
    """Devices in threads, each sending minutes from `start` on, but none of the present.

    `sent` and `acked` hold (device, start of minute); `restless` is the chance that a device hangs up after an
    answer; `pause` is a rest of so many seconds after each answer.
    """

    port: int
    names: list[str]
    start: datetime
    restless: float = 0.0
    pause: float = 0.0
    last: datetime = field(default_factory=lambda: datetime.now(BEIJING) - timedelta(minutes=2))
    sent: set[Sent] = field(default_factory=set)
    acked: set[Sent] = field(default_factory=set)
    halt: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Start sending."""
        for name in self.names:
            thread = threading.Thread(target=self._device, args=(name,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Stop sending; a device does not wait for what is on its way."""
        self.halt.set()
        for thread in self.threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in self.threads)

    def await_more(self, count: int, seconds: float) -> None:
        """Wait until so many more frames have been acknowledged."""
        wanted = len(self.acked) + count
        until(lambda: len(self.acked) >= wanted, seconds, "负载没有得到应答")

    def resend(self, chosen: Iterable[Sent], seconds: float = 30.0) -> None:
        """Send these frames again, each device on a link of its own; every one has to be acknowledged."""
        by_name: dict[str, dict[str, datetime]] = {}
        for name, start in chosen:
            by_name.setdefault(name, {})[self._qn(start)] = start
        for name, waiting in by_name.items():
            count = len(waiting)
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
                link.sendall(b"".join(packet(name, qn, start) for qn, start in waiting.items()))
                buffer, end = b"", time.monotonic() + seconds
                while waiting:
                    left = end - time.monotonic()
                    assert left > 0, f"{name} 重发 {count} 帧，还有 {len(waiting)} 帧没有应答"
                    link.settimeout(left)
                    buffer = self._take(name, waiting, buffer + link.recv(65_536))

    def _qn(self, start: datetime) -> str:
        seconds = (start - self.start) // timedelta(minutes=1)
        return f"{FIRST + timedelta(seconds=seconds):%Y%m%d%H%M%S}000"

    def _device(self, name: str) -> None:
        waiting: dict[str, datetime] = {}
        minutes = itertools.count()
        while not self.halt.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                    self._talk(link, name, waiting, minutes)
            except OSError:
                time.sleep(random.uniform(0.02, 0.1))

    def _talk(
        self, link: socket.socket, name: str, waiting: dict[str, datetime], minutes: Iterator[int]
    ) -> None:
        """One connection: first resend what was not acknowledged, then keep a window of frames going."""
        link.settimeout(1.0)
        buffer = b""
        link.sendall(b"".join(packet(name, qn, start) for qn, start in waiting.items()))
        while not self.halt.is_set():
            while (
                len(waiting) < WINDOW and (start := self.start + timedelta(minutes=next(minutes))) < self.last
            ):
                waiting[self._qn(start)] = start
                self.sent.add((name, start))
                link.sendall(packet(name, self._qn(start), start))
            if not waiting:
                self.halt.wait(0.2)
                continue
            data = link.recv(65_536)
            if not data or random.random() < self.restless:
                break
            buffer = self._take(name, waiting, buffer + data)
            if self.pause:
                self.halt.wait(self.pause)

    def _take(self, name: str, waiting: dict[str, datetime], buffer: bytes) -> bytes:
        """Note the acknowledgements in the buffer; returns what is left of it."""
        end = 0
        for found in ACK_QN.finditer(buffer):
            end = found.end()
            start = waiting.pop(found.group(1).decode(), None)
            if start is not None:
                self.acked.add((name, start))
        return buffer[end:]


def value_of(name: str, start: datetime) -> float:
    """The dust that a device reports for a minute: exact in a `real`, another one for every neighbour."""
    return 20.5 + (int(start.timestamp()) // 60 + 7 * sum(name.encode())) % 200


def packet(name: str, qn: str, start: datetime) -> bytes:
    """A minute frame (CN 2051) of password pw1."""
    area = f"DataTime={start:%Y%m%d%H%M%S};a34002-Avg={value_of(name, start)},a34002-Flag=N;LA-Avg=55.1,LA-Flag=N"
    return frame(f"QN={qn};ST=39;CN=2051;PW=pw1;MN={name};Flag=5;CP=&&{area}&&")
