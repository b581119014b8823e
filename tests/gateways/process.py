"""真的网关进程和真的套接字：流程测试的两端。"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from gongdi.protocols.hj212.replies import build_frame

ANSWER = re.compile(rb"##\d{4}(.*?&&)[0-9A-F]{4}\r\n")
STARTED = "扬尘网关开始接收"
Dsn = Callable[[str], str]


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """A `gongdi gateway dust` process of a data directory."""

    data: Path
    port: int
    log: Path
    child: "subprocess.Popen[bytes] | None" = None
    wires: "list[Wire]" = field(default_factory=list)

    def wire(self) -> "Wire":
        """A new device socket, closed with the process."""
        wire = Wire(self.port)
        self.wires.append(wire)
        return wire

    def knows(self, mn: str, password: str, seconds: float = 5.0) -> float:
        """Wait until a heartbeat of the device is echoed; returns the seconds it took."""
        begun = time.monotonic()
        until(lambda: self._echoes(mn, password), seconds, f"网关不认得 {mn}")
        return time.monotonic() - begun

    def _echoes(self, mn: str, password: str) -> bool:
        head = f"QN=20261125120030000;ST=39;CN=9021;PW={password};MN={mn};Flag=4"
        wire = Wire(self.port)
        try:
            wire.send(build_frame(f"{head};CP=&&&&".encode()))
            return b"CN=9021" in wire.answer(0.2)
        finally:
            wire.close()

    def start(self, wait: bool = True) -> None:
        """Start it, and wait until it says that it listens."""
        environ = {**os.environ, "DATA": str(self.data), "GONGDI_HOST": "127.0.0.1"}
        environ["GONGDI_HJ212_PORT"] = str(self.port)
        before = self.text().count(STARTED)
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", "gongdi.cli.main", "gateway", "dust"],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if wait:
            self._await_start(before)

    def _await_start(self, before: int) -> None:
        """Wait for the line; a process that hangs has to say where."""
        assert self.child is not None
        end = time.monotonic() + 30
        while self.text().count(STARTED) <= before:
            if time.monotonic() > end or self.child.poll() is not None:
                self.child.send_signal(signal.SIGABRT)
                code = self.child.wait(10)
                raise AssertionError(f"网关没有启动（{code}）：{self.text()[-6000:]}")
            time.sleep(0.02)

    def text(self) -> str:
        """Everything it has logged."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def kill(self) -> None:
        """kill -9."""
        assert self.child is not None
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(10)

    def stop(self) -> float:
        """SIGTERM; returns the seconds it took."""
        assert self.child is not None
        begun = time.monotonic()
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                raise
        return time.monotonic() - begun


@contextmanager
def gateway(data: Path, folder: Path, port: int | None = None) -> Iterator[Process]:
    """Run one gateway while the block lasts."""
    chosen = port or free_port()
    process = Process(data, chosen, folder / f"gateway-{time.monotonic_ns()}.log")
    try:
        process.start()
        yield process
    finally:
        for wire in process.wires:
            wire.close()
        process.stop()


@dataclass
class Wire:
    """A device's socket, written by hand: no simulator, no framer of ours."""

    port: int
    stream: socket.socket = field(init=False)
    buffer: bytes = b""

    def __post_init__(self) -> None:
        """Connect."""
        self.stream = socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def send(self, *frames: bytes) -> None:
        """Write frames."""
        self.stream.sendall(b"".join(frames))

    def answer(self, seconds: float = 5.0) -> bytes:
        """The next segment from the platform, empty when none comes in time."""
        end = time.monotonic() + seconds
        while (found := ANSWER.search(self.buffer)) is None:
            left = end - time.monotonic()
            if left <= 0:
                return b""
            self.stream.settimeout(left)
            try:
                data = self.stream.recv(65_536)
            except TimeoutError:
                return b""
            if not data:
                return b""
            self.buffer += data
        self.buffer = self.buffer[found.end() :]
        return found.group(1)

    def acks(self, count: int, seconds: float = 10.0) -> int:
        """How many data acknowledgements (9014) came, waiting for `count` of them."""
        seen = 0
        while seen < count:
            segment = self.answer(seconds)
            if not segment:
                break
            seen += b"CN=9014;" in segment
        return seen

    def ended(self, seconds: float = 5.0) -> bool:
        """Say whether the platform closes the link in time."""
        self.stream.settimeout(seconds)
        try:
            while data := self.stream.recv(65_536):
                self.buffer += data
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Hang up."""
        self.stream.close()


def until(happened: Callable[[], Any], seconds: float, complaint: str = "没有等到") -> Any:
    """Poll until something true is returned."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, complaint
        time.sleep(0.02)
    return found


def register(dsn: Dsn, mn: str, password: str, **columns: Any) -> int:
    """Insert a device as the web application does; returns its id."""
    values = {"profile": json.dumps({"pm_unit": "ug"}), **columns}
    names = ", ".join(["kind", "device_no", "secret", *values])
    marks = ", ".join(["%s"] * (3 + len(values)))
    with psycopg.connect(dsn("app"), autocommit=True) as connection:
        row = connection.execute(
            f"INSERT INTO gateway_device ({names}) VALUES ({marks}) RETURNING id",
            ("dust", mn, password, *values.values()),
        ).fetchone()
    assert row is not None
    return int(row[0])


def rows(dsn: Dsn, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Read as the web application does."""
    with psycopg.connect(dsn("app"), autocommit=True) as connection:
        return connection.execute(query, parameters).fetchall()


def one(dsn: Dsn, query: str, *parameters: Any) -> Any:
    """The first column of the only row."""
    return rows(dsn, query, *parameters)[0][0]


def command_fields(segment: bytes) -> dict[str, str]:
    """Fields of a platform command, CP area included."""
    text = segment.decode().replace("CP=&&", "").replace("&&", "")
    return dict(item.partition("=")[::2] for item in re.split("[;,]", text) if item)


def reply(cn: int, command: dict[str, str], area: str) -> bytes:
    """A device's answer to a command."""
    text = f"QN={command['QN']};ST=91;CN={cn};PW={command['PW']};MN={command['MN']};Flag=4;CP=&&{area}&&"
    return build_frame(text.encode())
