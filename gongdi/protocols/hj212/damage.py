"""隔离报文的坏处：哪几个字节、为什么；只标能从字节本身看出来的，不猜。"""

import re
from dataclasses import dataclass

from gongdi.protocols.hj212.diagnosis import Diagnosis, diagnose
from gongdi.protocols.hj212.frames import FrameError, judge_line

_DIGITS = (("QN", 17), ("DataTime", 14))
_VALUE = re.compile(rb"-(?:Rtd|Avg|Min|Max|Data)=([^;,&\r\n]*)")
_NUMBER = re.compile(rb"-?\d+(?:\.\d*)?")
_FIELDS = {"wrong_password": "PW", "unknown_device": "MN", "time": "DataTime", "future": "DataTime"}
_WHOLE = {"wrong_password": "与登记的口令不符", "unknown_device": "没有登记的编号", "time": "不合规的时刻", "future": "超前的时刻"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes [start, end) and what is wrong with them."""

    start: int
    end: int
    why: str

    @property
    def place(self) -> str:
        """Offset from 1 as the page counts: 第 61 字节, 第 2–5 字节."""
        one = self.end - self.start == 1
        return f"第 {self.start + 1} 字节" if one else f"第 {self.start + 1}–{self.end} 字节"


def damages(data: bytes, reason: str, number: str = "") -> tuple[Damage, ...]:
    """Places that the bytes themselves show to be wrong, in order, at most eight; `number`: the sender as registered."""
    body = data.rstrip(b"\r\n")
    found = [Damage(at, at + 1, "不可打印的字节") for at, byte in enumerate(body) if not 32 <= byte < 127]
    found += _digits(body) + _values(body) + _framing(body, reason)
    found += _number(body, number.encode("ascii", "replace"))
    name = _FIELDS.get(reason, "")
    if name and (field := re.search(rb"(?<![A-Za-z])%s=([^;,&]*)" % name.encode(), body)):
        found.append(Damage(field.start(1), field.end(1), _WHOLE[reason]))
    return tuple(sorted(set(found), key=lambda one: one.start)[:8])


def _digits(body: bytes) -> list[Damage]:
    found = []
    for name, length in _DIGITS:
        field = re.search(rb"(?<![A-Za-z])%s=([^;,&]*)" % name.encode(), body)
        if field is None:
            continue
        at = field.start(1)
        found += [
            Damage(at + n, at + n + 1, f"{name} 里应是数字")
            for n, byte in enumerate(field[1])
            if not 48 <= byte <= 57
        ]
        if field[1].isdigit() and len(field[1]) != length:
            found.append(Damage(at, field.end(1), f"{name} 应为 {length} 位"))
    return found


def _values(body: bytes) -> list[Damage]:
    fields = _VALUE.finditer(body)
    return [
        Damage(one.start(1), max(one.end(1), one.start(1) + 1), "不是数值")
        for one in fields
        if not _NUMBER.fullmatch(one[1])
    ]


def _number(body: bytes, number: bytes) -> list[Damage]:
    """Bytes of the MN field that differ from the registered number of the same length."""
    field = re.search(rb"(?<![A-Za-z])MN=([^;,&]*)", body)
    if field is None or len(field[1]) != len(number):
        return []
    at = field.start(1)
    return [
        Damage(at + n, at + n + 1, "与登记的编号不同")
        for n, (one, two) in enumerate(zip(field[1], number, strict=True))
        if one != two
    ]


def _framing(body: bytes, reason: str) -> list[Damage]:
    if reason == "wrong_crc" and len(body) > 4:
        return [Damage(len(body) - 4, len(body), "收到的 CRC 与正文不符")]
    if reason not in ("wrong_length", "truncated"):
        return []
    found = [Damage(2, 6, "声明的长度与实际不符")] if body[2:6].isdigit() and reason == "wrong_length" else []
    again = body.find(b"##", 2)
    return [*found, Damage(again, again + 2, "这里又开始一包")] if again > 0 else found


def cause(data: bytes) -> Diagnosis | None:
    """The mistake that explains the bytes exactly, or None: a guess is never shown as a cause."""
    judged = judge_line(data)
    return diagnose(judged) if isinstance(judged, FrameError) else None
