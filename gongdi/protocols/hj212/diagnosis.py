"""给被拒绝的报文找原因：逐一试已知的错误做法，只有完全吻合才下结论。"""

from collections.abc import Callable
from dataclasses import dataclass

from gongdi.protocols.hj212.crc import CrcKind, crc16, modbus
from gongdi.protocols.hj212.frames import FrameError, inner_segment
from gongdi.protocols.hj212.profiles import PROFILES, Profile

_LENGTHS = {
    0: "",
    2: "长度把回车换行也算在内",
    4: "长度把CRC也算在内",
    6: "长度把CRC和回车换行也算在内",
    10: "长度把“##”、长度位和CRC也算在内",
    12: "长度把整个报文（含“##”、CRC和回车换行）都算在内",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A cause that explains a refused packet exactly; `profile`: the packaged dialect that would accept it.

    `keys`: stable names of the mistakes, for a table of remedies.
    """

    text: str
    profile: str | None
    keys: tuple[str, ...] = ()


def _swap(value: int) -> int:
    return (value & 0xFF) << 8 | value >> 8


_CHECKS: list[tuple[str, CrcKind | None, Callable[[bytes, bytes], int]]] = [
    ("", "hj212", lambda segment, raw: crc16(segment)),
    ("CRC按MODBUS计算，应按HJ 212附录A", "modbus", lambda segment, raw: modbus(segment)),
    ("CRC高低字节颠倒", "swapped", lambda segment, raw: _swap(crc16(segment))),
    ("CRC按MODBUS计算，且高低字节颠倒", None, lambda segment, raw: _swap(modbus(segment))),
    ("CRC没有计入结尾的“&&”", None, lambda segment, raw: crc16(segment[:-2])),
    ("CRC把“##”和长度也算在内", None, lambda segment, raw: crc16(raw)),
    ("CRC按MODBUS计算，并把“##”和长度也算在内", None, lambda segment, raw: modbus(raw)),
]

_CRC_NAMES = {
    "CRC按MODBUS计算，应按HJ 212附录A": "modbus",
    "CRC高低字节颠倒": "swapped",
    "CRC按MODBUS计算，且高低字节颠倒": "modbus_swapped",
    "CRC没有计入结尾的“&&”": "crc_without_closing",
    "CRC把“##”和长度也算在内": "crc_with_head",
    "CRC按MODBUS计算，并把“##”和长度也算在内": "modbus_with_head",
    "报文没有CRC": "no_crc",
}


def diagnose(error: FrameError) -> Diagnosis | None:
    """Name the mistake behind a refusal, or None: a guess is never given as a cause."""
    at = error.raw.find(b"##")
    segment = inner_segment(error.raw)
    if at < 0 or not segment.endswith(b"&&"):
        return _missing_closing(error.raw, at)
    start = error.raw.find(segment, at + 2)
    digits = error.raw[at + 2 : start]
    crc = error.raw[start + len(segment) : start + len(segment) + 4]
    length = _length_cause(digits, len(segment))
    if length is None or (len(crc) and len(crc) < 4):
        return None
    label, kind = _crc_cause(segment, error.raw[at : start + len(segment)], crc)
    if kind == "unknown":
        return None
    causes = [text for text in (*length[1], label) if text]
    keys = tuple(name for name, there in _names(length[0], len(digits), label) if there)
    return Diagnosis("；".join(causes), _profile_name(length[0], kind, len(digits)), keys) if causes else None


def _names(offset: int, digits: int, label: str) -> tuple[tuple[str, bool], ...]:
    name = next((name for text, name in _CRC_NAMES.items() if text == label), "")
    return ("length_digits", digits != 4), (f"length+{offset}", offset != 0), (name, bool(name))


def _missing_closing(raw: bytes, at: int) -> Diagnosis | None:
    """A packet whose data segment lacks the closing `&&`, proved by its CRC (with or without the two bytes)."""
    body = raw[at + 6 :].rstrip(b"\r\n") if at >= 0 and raw[at + 2 : at + 6].isdigit() else b""
    segment, crc = body[:-4], body[-4:].upper()
    if b"CP=&" not in segment:
        return None
    known = {b"%04X" % check(text) for check in (crc16, modbus) for text in (segment, segment + b"&&")}
    if crc not in known:
        return None
    return Diagnosis("数据段没有结尾的“&&”", None, ("no_closing",))


def _length_cause(digits: bytes, actual: int) -> tuple[int, list[str]] | None:
    """Offset and texts when a known way of counting gives exactly the declared length."""
    if not digits.isdigit():
        return None
    offset = int(digits) - actual
    if offset not in _LENGTHS:
        return None
    return offset, ["" if len(digits) == 4 else f"长度应为4位，实为{len(digits)}位", _LENGTHS[offset]]


def _crc_cause(segment: bytes, raw: bytes, crc: bytes) -> tuple[str, str | None]:
    if not crc:
        return "报文没有CRC", "absent"
    for label, kind, check in _CHECKS:
        if crc.upper() == b"%04X" % check(segment, raw):
            return label, kind
    return "", "unknown"


def _profile_name(offset: int, kind: str | None, digits: int) -> str | None:
    for profile in PROFILES.values():
        if _dialect(profile) == (kind, offset, digits):
            return profile.name
    return None


def _dialect(profile: Profile) -> tuple[str, int, int]:
    return profile.crc, profile.length_offset, profile.length_digits
