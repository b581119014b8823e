"""命令 gongdi hj212：解码报文，或把报文发给网关并核对应答。"""

import argparse
import json
import os
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any, BinaryIO, NoReturn

from gongdi.protocols.hj212.commands import parse_answer
from gongdi.protocols.hj212.diagnosis import diagnose
from gongdi.protocols.hj212.frames import Frame, FrameError, Framer, Outcome, inner_segment, judge_line
from gongdi.protocols.hj212.profiles import Profile, ProfileError, named
from gongdi.protocols.hj212.reports import ack_wanted
from gongdi.protocols.hj212.segments import Segment, parse_segment

_LINE = 262_144  # a longer line is no packet
_WINDOW = 200  # frames on the way without an answer


class _Unusable(Exception):
    """Input or arguments that cannot be used; the text is shown as it is, exit code 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Unusable(f"参数不对，请用 {self.prog} --help 查看用法")


def run(argv: Sequence[str]) -> int:
    """`gongdi hj212 decode|send …`."""
    commands = {"decode": decode, "send": send}
    if argv and argv[0] in commands:
        return commands[argv[0]](argv[1:])
    wants_help = list(argv[:1]) in (["-h"], ["--help"])
    print(
        "用法：gongdi hj212 decode|send …，各带 --help 查看参数",
        file=sys.stdout if wants_help else sys.stderr,
    )
    return 0 if wants_help else 2


def decode(argv: Sequence[str]) -> int:
    """`gongdi hj212 decode [FILE|-] [--lines] [--profile NAME]`: one JSON object per frame or refusal."""
    return _quiet(_decode, argv)


def send(argv: Sequence[str]) -> int:
    """`gongdi hj212 send FILE --to HOST:PORT`: exit 1 when an expected acknowledgement is missing."""
    return _quiet(_send, argv)


def _quiet(command: Any, argv: Sequence[str]) -> int:
    try:
        return int(command(argv))
    except (_Unusable, ProfileError) as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has gone; keep the interpreter from complaining when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return 130


# -- decode -----------------------------------------------------------------------------------------


def _decode(argv: Sequence[str]) -> int:
    parser = _Parser(prog="gongdi hj212 decode", description="解码HJ 212报文，每个报文或拒收输出一行JSON")
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="文件，缺省或“-”为标准输入")
    parser.add_argument("--lines", action="store_true", help="每行是一个报文，单独判断")
    parser.add_argument("--profile", default="strict", metavar="NAME", help="按某个兼容方案解码")
    parser.add_argument("--explain", action="store_true", help="对拒收的报文附上中文说明和可能的原因")
    options = parser.parse_args(argv)
    profile = named(options.profile)
    with _opened(options.file) as stream:
        batches = _lines(stream, profile) if options.lines else _stream(stream, profile)
        for outcomes in batches:
            for outcome in outcomes:
                sys.stdout.write(_line(outcome, options.explain))
            sys.stdout.flush()
    return 0


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return open(name, "rb")  # closed by the caller's with
    except OSError as error:
        raise _Unusable(f"文件“{name}”无法读取（{_why(error)}），请检查文件名和权限") from None


def _why(error: OSError) -> str:
    """Chinese words for the common system errors, else the system's own."""
    known = {
        FileNotFoundError: "文件不存在",
        IsADirectoryError: "这是一个目录",
        PermissionError: "没有权限",
        ConnectionRefusedError: "对方拒绝连接",
        TimeoutError: "超时",
        socket.gaierror: "主机名解析不了",
    }
    return known.get(type(error)) or error.strerror or str(error)


def _stream(stream: BinaryIO, profile: Profile) -> Iterator[list[Outcome]]:
    framer = Framer(profile)
    while data := _read(stream):
        yield framer.feed(data)
    yield framer.close()


def _read(stream: BinaryIO) -> bytes:
    read = getattr(stream, "read1", stream.read)
    try:
        return bytes(read(65_536))
    except OSError as error:
        raise _Unusable(f"读取输入时出错（{_why(error)}），请检查输入") from None


def _lines(stream: BinaryIO, profile: Profile) -> Iterator[list[Outcome]]:
    while line := stream.readline(_LINE):
        rest = line
        while len(rest) == _LINE and not rest.endswith(b"\n"):
            rest = stream.readline(_LINE)
        if packet := _packet(line):
            yield [judge_line(packet, profile)]


def _packet(line: bytes) -> bytes:
    """Bytes of one line; a JSON object with a `raw` text (one character = one byte) stands for its bytes."""
    line = line.rstrip(b"\r\n")
    if line.lstrip().startswith(b"{"):
        try:
            raw = json.loads(line).get("raw")
        except (ValueError, RecursionError):
            return line
        if isinstance(raw, str):
            try:
                return raw.encode("latin-1")
            except UnicodeEncodeError:
                return raw.encode("utf-8", "surrogatepass")
    return line


def _line(outcome: Outcome, explain: bool) -> str:
    return json.dumps(_object(outcome, explain), ensure_ascii=False) + "\n"


def _object(outcome: Outcome, explain: bool) -> dict[str, Any]:
    if isinstance(outcome, Frame):
        return _shape("ok", None, parse_segment(outcome.segment))
    readable = outcome.reason not in ("not_hj212", "too_long")
    segment = parse_segment(inner_segment(outcome.raw)) if readable else Segment({}, [], {})
    shape = _shape("quarantined", outcome.reason, segment)
    if explain:
        cause = diagnose(outcome)
        shape |= {"detail": outcome.detail, "cause": cause.text if cause else None, "offset": outcome.offset}
        shape |= {"profile": cause.profile if cause else None}
    return shape


def _shape(verdict: str, reason: str | None, segment: Segment) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "reason": reason,
        "header": segment.header,
        "factors": segment.factors,
        "cp_fields": segment.cp_fields,
    }


# -- send -------------------------------------------------------------------------------------------


@dataclass
class _Exchange:
    """State of one connection while frames go out and answers come in."""

    link: socket.socket
    timeout: float
    outgoing: list[Frame]
    framer: Framer = field(default_factory=Framer)
    waiting: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    answered: int = 0
    other: int = 0
    closed: bool = False

    def run(self) -> None:
        """Send with a bounded number of open answers, stop after `timeout` seconds of silence."""
        buffer = b""
        last = time.monotonic()
        while not self.closed and (buffer or self.sent < len(self.outgoing) or self.waiting.total()):
            while len(buffer) < 65_536 and self.sent < len(self.outgoing) and self.waiting.total() < _WINDOW:
                buffer += self._next()
            readable, writable, _ = select.select([self.link], [self.link] if buffer else [], [], 0.2)
            if writable:
                buffer = buffer[self._write(buffer) :]
                last = time.monotonic()
            if readable and self._receive():
                last = time.monotonic()
            if time.monotonic() - last > self.timeout:
                break
        if not self.closed and not self.waiting.total():
            self._linger()

    def _next(self) -> bytes:
        frame = self.outgoing[self.sent]
        self.sent += 1
        segment = parse_segment(frame.segment)
        if _expects_answer(segment):
            self.waiting[_number(segment)] += 1
        return frame.raw + b"\r\n"

    def _write(self, buffer: bytes) -> int:
        try:
            return self.link.send(buffer)
        except OSError:
            self.closed = True
            return len(buffer)

    def _receive(self) -> bool:
        try:
            data = self.link.recv(65_536)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            print("对方关闭了连接")
            return False
        for outcome in self.framer.feed(data):
            self._answer(outcome)
        return True

    def _answer(self, outcome: Outcome) -> None:
        if isinstance(outcome, FrameError):
            self.other += 1
            print(f"收到无法识别的数据：{outcome.detail}")
            return
        segment = parse_segment(outcome.segment)
        answer = parse_answer(segment)
        header = segment.header
        if answer is None:
            self.other += 1
            print(f"平台命令 CN={header.get('CN', '')} QN={header.get('QN', '')} MN={header.get('MN', '')}")
            return
        print(f"应答 {answer.cn} QN={answer.qn} MN={header.get('MN', '')} {answer.text}")
        if (
            answer.cn in (9013, 9014) and self.waiting[answer.qn] > 0
        ):  # a refusal (9011) is no acknowledgement
            self.waiting[answer.qn] -= 1
            self.answered += 1
        else:
            self.other += 1

    def _linger(self) -> None:
        """Show what the other side still has to say directly after the last answer."""
        end = time.monotonic() + min(self.timeout, 0.3)
        while not self.closed and (left := end - time.monotonic()) > 0:
            if select.select([self.link], [], [], left)[0]:
                self._receive()


def _expects_answer(segment: Segment) -> bool:
    return ack_wanted(segment.header) and segment.header.get("CN") not in ("9011", "9012", "9013", "9014")


def _number(segment: Segment) -> str:
    return segment.header.get("QN") or segment.field("QN") or ""


def _send(argv: Sequence[str]) -> int:
    parser = _Parser(prog="gongdi hj212 send", description="把文件里的HJ 212报文发给网关，核对应答")
    parser.add_argument("file", metavar="FILE", help="报文文件，“-”为标准输入；也可以是每行带raw的JSON")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="网关地址")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S", help="多少秒没有动静就不再等应答")
    parser.add_argument("--profile", default="strict", metavar="NAME", help="文件里的报文按某个兼容方案识别")
    options = parser.parse_args(argv)
    host, port = _address(options.to)
    frames, refused = _frames(options.file, named(options.profile))
    if not frames:
        raise _Unusable(f"文件“{options.file}”里没有可以发送的HJ 212报文")
    try:
        link = socket.create_connection((host, port), timeout=max(options.timeout, 0.1))
    except OSError as error:
        raise _Unusable(f"连不上 {options.to}（{_why(error)}），请检查地址以及网关是否在运行") from None
    with link:
        link.setblocking(False)
        exchange = _Exchange(link, options.timeout, frames)
        exchange.run()
    missing = exchange.waiting.total() + sum(
        _expects_answer(parse_segment(frame.segment)) for frame in frames[exchange.sent :]
    )
    print(
        f"发送{exchange.sent}帧，收到应答{exchange.answered}个，缺少应答{missing}个，"
        f"其他消息{exchange.other}个，文件中不合格未发送{refused}个"
    )
    return 1 if missing else 0


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65_536:
        raise _Unusable(f"地址“{text}”不对，应为 主机:端口，例如 127.0.0.1:9002")
    return host.strip("[]"), int(port)


def _frames(name: str, profile: Profile) -> tuple[list[Frame], int]:
    with _opened(name) as stream:
        data = stream.read()
    outcomes: list[Outcome] = []
    if data.lstrip().startswith(b"{"):
        outcomes = [judge_line(packet, profile) for line in data.splitlines() if (packet := _packet(line))]
    else:
        framer = Framer(profile)
        outcomes = [*framer.feed(data), *framer.close()]
    frames = [outcome for outcome in outcomes if isinstance(outcome, Frame)]
    return frames, len(outcomes) - len(frames)
