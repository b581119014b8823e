"""一群模拟设备：停等加小窗口，断线重连重发，记下每一个收到的应答。"""

import random
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gongdi.protocols.hj212.replies import build_frame
from tests.gateways.packets import BEIJING
from tests.gateways.process import until

ACK_QN = re.compile(rb"##\d{4}QN=(\d{17});ST=91;CN=9014;")
WINDOW = 5
FIRST = datetime(2026, 1, 1, tzinfo=BEIJING)


@dataclass
class Fleet:
    """Devices in threads; `acked` holds (device, start of minute) of every acknowledgement received."""

    port: int
    names: list[str]
    start: datetime
    acked: set[tuple[str, datetime]] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
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

    def await_more(self, count: int, seconds: float) -> None:
        """Wait until so many more frames have been acknowledged."""
        wanted = len(self.acked) + count
        until(lambda: len(self.acked) >= wanted, seconds, "负载没有得到应答")

    def _device(self, name: str) -> None:
        waiting: dict[str, datetime] = {}
        number = 0
        while not self.halt.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                    number = self._talk(link, name, waiting, number)
            except OSError:
                time.sleep(random.uniform(0.02, 0.1))

    def _talk(self, link: socket.socket, name: str, waiting: dict[str, datetime], number: int) -> int:
        """One connection: first resend what was not acknowledged, then keep a window of frames going."""
        link.settimeout(1.0)
        buffer = b""
        link.sendall(b"".join(_frame(name, qn, start) for qn, start in waiting.items()))
        while not self.halt.is_set():
            while len(waiting) < WINDOW:
                start = self.start + timedelta(minutes=number)
                qn = f"{FIRST + timedelta(seconds=number):%Y%m%d%H%M%S}000"
                number += 1
                waiting[qn] = start
                link.sendall(_frame(name, qn, start))
            data = link.recv(65_536)
            if not data:
                break
            buffer += data
            for found in ACK_QN.finditer(buffer):
                start_acked = waiting.pop(found.group(1).decode(), None)
                if start_acked is not None:
                    self.acked.add((name, start_acked))
            buffer = buffer[buffer.rfind(b"##") :] if b"##" in buffer else b""
        return number


def _frame(name: str, qn: str, start: datetime) -> bytes:
    value = 20 + int(start.timestamp()) // 60 % 100
    area = f"DataTime={start:%Y%m%d%H%M%S};a34002-Avg={value}.5,a34002-Flag=N;LA-Avg=55.1,LA-Flag=N"
    return build_frame(f"QN={qn};ST=39;CN=2051;PW=pw1;MN={name};Flag=5;CP=&&{area}&&".encode())
