"""把字节流切成HJ 212报文：坏报文是一个值，不是异常，流永远继续。"""

import re
from collections import deque
from heapq import heappop, heappush
from typing import Literal, NamedTuple

from gongdi.protocols.hj212.crc import CHECKS
from gongdi.protocols.hj212.profiles import STRICT, Profile

Reason = Literal["wrong_crc", "wrong_length", "no_crc", "truncated", "segment_only", "not_hj212", "too_long"]

MAX_SEGMENT = 9999  # four length digits cannot say more
MAX_PIECE = 10_240  # an unfinished run of bytes longer than this is refused
_PREFIX = 32  # so many stray bytes directly before a `##` are a vendor's prefix or line noise, not a packet

# A refused packet ends behind its CRC, at the end of the line, or where the next `##` opens.
_END = re.compile(rb"(?<!CP=)&&[0-9A-Fa-f]{4}|[\r\n]|(?=##)")
_HEADER_KEY = re.compile(rb"[\x00-\x20]*(?:QN|ST|CN|PW|MN|Flag)=")
_DIGITS = re.compile(rb"[0-9]*")
_HEX4 = re.compile(rb"[0-9A-Fa-f]{4}")
_BLANK = b"\x00\t\n\x0b\x0c\r "


class Frame(NamedTuple):
    """An accepted packet. `raw` runs from `##` to the CRC; `offset` counts from the start of the stream."""

    raw: bytes
    segment: bytes
    crc: bytes
    offset: int


class FrameError(NamedTuple):
    """A refused run of bytes with its reason (contract names) and one Chinese sentence."""

    reason: Reason
    raw: bytes
    detail: str
    offset: int


Outcome = Frame | FrameError


class Framer:
    """Byte stream in, frames and refusals out; knows no sockets and no clock.

    Every `##` with its length digits is a candidate. The candidate that completes first and is right wins;
    what lies before it is refused piece by piece. So the result depends on the bytes alone, never on how they
    were cut into reads, and a broken length cannot swallow the intact frames behind it. Two right candidates with
    one end happen when a cut packet meets the weak CRC by chance: the inner one is the packet.
    """

    __slots__ = (
        "_base", "_buf", "_check", "_dead", "_head", "_heap", "_looked", "_max", "_offset", "_open", "_pos",
        "_profile", "_scan", "_tail",
    )  # fmt: skip

    def __init__(self, profile: Profile = STRICT, max_segment: int = MAX_SEGMENT) -> None:
        self._max = max_segment
        self._speak(profile)
        self._buf = b""
        self._base = 0  # stream offset of _buf[0]; all positions below are stream offsets
        self._pos = 0  # first byte without a verdict
        self._scan = 0  # candidates are known up to here
        self._looked = 0  # no end of a piece before here
        self._heap: list[tuple[int, int]] = []  # (end, -start) of unjudged candidates: on a tie the inner
        self._open: deque[int] = deque()  # their starts, ascending
        self._dead: set[int] = set()  # judged and refused starts still in _open

    @property
    def pending(self) -> int:
        """Bytes that wait for more bytes."""
        return len(self._buf)

    @property
    def undecided(self) -> bytes:
        """Bytes without a verdict yet, for the framer of another profile to take over."""
        return self._buf[self._pos - self._base :]

    def feed(self, data: bytes) -> list[Outcome]:
        """Take bytes as they arrive; return what is decided by now, in stream order."""
        frame = self.whole(data)
        if frame is not None:
            return [frame]
        out: list[Outcome] = []
        for start in range(0, len(data), 65_536):
            part = data[start : start + 65_536]
            self._buf = self._buf + part if self._buf else bytes(part)
            self._drain(out)
        return out

    def whole(self, data: bytes) -> Frame | None:
        """Fast path: the bytes are exactly one right frame and none waits; else None, and nothing has been taken."""
        check, head = self._check, self._head
        if self._buf or check is None or data[:2] != b"##" or type(data) is not bytes:
            return None
        digits = data[2:head]
        if not digits.isdigit():
            return None
        size, stop = len(data), head + int(digits) - self._offset
        end = stop + 4
        if size != end and (size != end + 2 or data[end:] != b"\r\n"):
            return None
        segment, crc = data[head:stop], data[stop:end]
        if not 2 <= len(segment) <= self._max or not segment.endswith(b"&&"):
            return None
        # One byte is looked for far faster than two.
        if (b"#" in segment and b"##" in segment) or crc.upper() != b"%04X" % check(segment):
            return None
        start = self._base
        self._base = self._pos = self._scan = self._looked = start + size
        return Frame(data[:end], segment, crc, start)

    def expire(self) -> list[Outcome]:
        """Give up the packet that has waited longest (call it some 30 s after its last byte)."""
        out: list[Outcome] = []
        if self._open:
            self._dead.add(self._open[0])
            self._drain(out)
        if not self._open:
            self._refuse_to(self._base + len(self._buf), out)
            self._trim()
        return out

    def switch(self, profile: Profile) -> list[Outcome]:
        """Go on in another dialect, once the first packet has told which device speaks."""
        self._speak(profile)
        self._forget()
        out: list[Outcome] = []
        self._drain(out)
        return out

    def _speak(self, profile: Profile) -> None:
        self._profile, self._check = profile, CHECKS.get(profile.crc)
        self._tail = 0 if profile.crc == "absent" else 4
        self._head, self._offset = 2 + profile.length_digits, profile.length_offset

    def close(self) -> list[Outcome]:
        """End of stream: whatever is left gets its verdict."""
        out: list[Outcome] = []
        self._refuse_to(self._base + len(self._buf), out)
        self._trim()
        return out

    # -- the loop -----------------------------------------------------------------------------------

    def _drain(self, out: list[Outcome]) -> None:
        while True:
            if not self._heap and self._pos >= self._scan:
                self._run_intact(out)
            if self._next_candidate():
                continue
            if self._heap and self._heap[0][0] <= self._base + len(self._buf):
                self._complete(out)
                continue
            break
        self._settle(out)
        self._trim()

    def _run_intact(self, out: list[Outcome]) -> None:
        """Fast path: right frames one behind the other, which is what a sound device sends."""
        check = self._check
        if check is None:
            return
        buf, base, limit = self._buf, self._base, self._max
        head, offset = self._head, self._offset
        pos, size = self._pos - base, len(self._buf)
        while buf.startswith(b"##", pos):
            begin = pos + head
            digits = buf[pos + 2 : begin]
            if begin > size or not digits.isdigit():
                break
            length = int(digits) - offset
            stop = begin + length
            end = stop + 4
            if end > size or not 2 <= length <= limit:
                break
            segment = buf[begin:stop]
            crc = buf[stop:end]
            if not segment.endswith(b"&&") or b"##" in segment or crc.upper() != b"%04X" % check(segment):
                break
            out.append(Frame(buf[pos:end], segment, crc, base + pos))
            pos = end + 2 if buf.startswith(b"\r\n", end) else end
        self._pos = self._scan = base + pos

    def _next_candidate(self) -> bool:
        """Note the next `##` that might complete before the earliest known one; False when there is none."""
        buf, base, digits = self._buf, self._base, self._profile.length_digits
        stop = min(self._heap[0][0] - base, len(buf)) if self._heap else len(buf)
        at = buf.find(b"##", self._scan - base, stop)
        if at < 0:
            self._scan = max(self._scan, base + stop - 1)
            return False
        field = buf[at + 2 : at + 2 + digits]
        if len(field) < digits and at + 2 + digits > len(buf):
            self._scan = base + at
            return False
        self._scan = base + at + 1
        if field.isdigit():
            length = int(field) - self._profile.length_offset
            if 2 <= length <= self._max:
                heappush(self._heap, (self._scan + 1 + digits + length + self._tail, -(base + at)))
                self._open.append(base + at)
        return True

    def _complete(self, out: list[Outcome]) -> None:
        """Judge the candidate that ends first."""
        end, negative_start = heappop(self._heap)
        start = -negative_start
        if start < self._pos or start in self._dead:
            return
        frame = self._judge(start, end)
        if frame is None:
            self._dead.add(start)
            return
        self._refuse_to(start, out)
        out.append(frame)
        self._pos = end + 2 if self._buf.startswith(b"\r\n", end - self._base) else end
        self._scan = max(self._scan, self._pos)

    def _judge(self, start: int, end: int) -> Frame | None:
        raw = self._buf[start - self._base : end - self._base]
        head = self._head
        segment, crc = raw[head : len(raw) - self._tail], raw[len(raw) - self._tail :]
        if not segment.endswith(b"&&"):
            return None
        if self._check is not None:
            if crc.upper() != b"%04X" % self._check(segment):
                return None
        elif self._tail and not _HEX4.fullmatch(crc):
            return None
        return Frame(raw, segment, crc, start)

    # -- refusals -----------------------------------------------------------------------------------

    def _frontier(self) -> int | None:
        """Where the earliest candidate opens that may still become a frame."""
        while self._open and (self._open[0] < self._pos or self._open[0] in self._dead):
            self._dead.discard(self._open.popleft())
        if self._open:
            return self._open[0]
        at = self._scan - self._base
        return self._scan if self._buf.startswith(b"##", at) else None

    def _settle(self, out: list[Outcome]) -> None:
        """Refuse what no candidate can claim any more, so that the buffer stays bounded."""
        frontier = self._frontier()
        if frontier is not None:
            self._refuse_to(frontier, out)
            return
        while (end := self._piece_end(self._base + len(self._buf))) is not None:
            self._refuse_piece(end, out)

    def _refuse_to(self, stop: int, out: list[Outcome]) -> None:
        while self._pos < stop:
            end = self._piece_end(stop)
            self._refuse_piece(stop if end is None else min(end, stop), out)

    def _piece_end(self, stop: int) -> int | None:
        """End of the piece at _pos, a function of the bytes alone; None while more bytes may decide it."""
        base, pos = self._base, self._pos
        if pos >= stop:
            return None
        first = pos if self._buf[pos - base] in b"\r\n" else max(pos + 1, self._looked)
        found = _END.search(self._buf, first - base)
        if found is not None and found.end() + base - pos <= MAX_PIECE:
            return found.end() + base
        if stop - pos > MAX_PIECE:
            return pos + MAX_PIECE
        self._looked = max(first, stop - 6)
        return None

    def _refuse_piece(self, end: int, out: list[Outcome]) -> None:
        buf, base, pos = self._buf, self._base, self._pos
        self._pos = end
        self._scan = max(self._scan, end)
        raw = buf[pos - base : end - base].strip(_BLANK)
        prefix = end - pos <= _PREFIX and _cut_by_opening(buf, pos - base, end - base)
        if not raw or (prefix and not raw.startswith(b"##")):
            return
        reason, detail = _classify(raw, self._profile, self._max)
        out.append(FrameError(reason, raw, detail, pos))

    def _trim(self) -> None:
        if self._pos > self._base:
            self._buf = self._buf[self._pos - self._base :]
            self._base = self._pos
        if not self._buf:
            self._forget()

    def _forget(self) -> None:
        self._heap.clear()
        self._open.clear()
        self._dead.clear()
        self._scan = self._looked = self._pos


def judge_line(data: bytes, profile: Profile = STRICT) -> Outcome:
    """Judge one packet alone (a line without its stream): always exactly one verdict, bare segments included."""
    framer = Framer(profile)
    for outcome in (*framer.feed(data), *framer.close()):
        if isinstance(outcome, Frame):
            return outcome
    at = max(data.find(b"##"), 0)
    raw = data[at:].strip(_BLANK)
    reason, detail = _classify(raw, profile, MAX_SEGMENT)
    return FrameError(reason, raw, detail, at)


def _cut_by_opening(buf: bytes, start: int, end: int) -> bool:
    """True when nothing but the next `##` ended this piece."""
    found = _END.search(buf, start + 1)
    return found is not None and found.start() == found.end() == end


def _classify(raw: bytes, profile: Profile, max_segment: int) -> tuple[Reason, str]:
    """Reason for a run of bytes that is known not to be a frame."""
    if not raw.startswith(b"##"):
        if _HEADER_KEY.match(raw):
            return "segment_only", "只有数据段，缺少开头的“##”和长度"
        return "not_hj212", "不是HJ 212报文：没有“##”开头"
    if len(raw) >= MAX_PIECE:
        return "too_long", f"超过{MAX_PIECE}字节仍没有结束"
    found = _DIGITS.match(raw, 2)
    digits = found.group() if found else b""
    if not digits and b"=" not in raw:
        return "not_hj212", "“##”后面不是HJ 212的内容"
    if len(digits) == profile.length_digits:
        return _classify_body(raw, int(digits), profile, max_segment)
    if not digits or _segment_end(raw) is not None:
        return "wrong_length", f"“##”后应是{profile.length_digits}位长度，实为{len(digits)}位"
    return "truncated", "报文不完整：没有结束的“&&”"


def _classify_body(raw: bytes, declared: int, profile: Profile, max_segment: int) -> tuple[Reason, str]:
    head = 2 + profile.length_digits
    end = _segment_end(raw)
    if end is None:
        return "truncated", f"报文不完整：声明{declared}字节，只到{len(raw) - head}字节，没有结束的“&&”"
    actual = end - head
    if declared - profile.length_offset != actual:
        return "wrong_length", f"长度不对：声明{declared}，数据段实为{actual}字节"
    if actual > max_segment:
        return "too_long", f"数据段{actual}字节，超过上限{max_segment}字节"
    if not _HEX4.match(raw, end):
        return "no_crc", "结束的“&&”后面没有4位CRC"
    check = CHECKS.get(profile.crc)
    expected = f"，应为{check(raw[head:end]):04X}" if check else ""
    return "wrong_crc", f"CRC不对：报文为{raw[end : end + 4].decode('ascii')}{expected}"


def _segment_end(raw: bytes) -> int | None:
    """Position behind the closing `&&` (the last one that does not open the CP area)."""
    at = raw.rfind(b"&&")
    return None if at < 0 or raw.endswith(b"CP=", 0, at) else at + 2


def inner_segment(raw: bytes) -> bytes:
    """Data segment of a refused packet as far as it is there, for display and diagnosis only."""
    at = raw.find(b"##")
    if at >= 0:
        found = _DIGITS.match(raw, at + 2)
        raw = raw[found.end() if found else at + 2 :]
    end = _segment_end(raw)
    return raw if end is None else raw[:end]
