"""一包报文从头到尾的核对：逐项的声明值与实际值，挡住它的那一处，确有把握的原因。"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdi.protocols.hj212.crc import crc16, modbus
from gongdi.protocols.hj212.diagnosis import Diagnosis, diagnose
from gongdi.protocols.hj212.frames import Frame, FrameError, inner_segment, judge_line
from gongdi.protocols.hj212.reports import edition_of, is_encrypted, parse_time
from gongdi.protocols.hj212.segments import Segment, parse_segment

HALF_DAY = timedelta(hours=12)
NEAR = timedelta(minutes=10)
LONGEST_STANDARD = 1024
_HEX24 = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True, slots=True)
class Check:
    """One check (核对项): key, `ok`, `bad`, `doubt` or `none` (not decidable), what was compared."""

    key: str
    label: str
    state: str
    compared: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything that can be said of one packet from its bytes alone."""

    judged: Frame | FrameError
    segment: Segment
    checks: tuple[Check, ...]
    cause: Diagnosis | None
    keys: tuple[str, ...]
    crc_sent: str
    crc_right: str
    crc_of_modbus: str
    crc_place: tuple[int, int]
    declared: str
    length: int
    edition: int
    encrypted: bool

    @property
    def reason(self) -> str:
        """Reason of the refusal in the words of the contract, empty for a right frame."""
        return self.judged.reason if isinstance(self.judged, FrameError) else ""

    @property
    def sound(self) -> bool:
        """Frame right: length, closing and CRC."""
        return isinstance(self.judged, Frame)


def examine(data: bytes) -> Finding:
    """Check one packet alone; any bytes give exactly one finding."""
    judged = judge_line(data)
    raw = judged.raw
    at = raw.find(b"##")
    inner = judged.segment if isinstance(judged, Frame) else inner_segment(raw)
    begin = raw.find(inner, at + 2 if at >= 0 else 0) if inner else len(raw)
    declared = raw[at + 2 : begin].decode("latin-1") if at >= 0 else ""
    sent = raw[begin + len(inner) : begin + len(inner) + 4].strip().decode("latin-1") if begin >= 0 else ""
    segment = parse_segment(inner)
    cause = diagnose(judged) if isinstance(judged, FrameError) else None
    closed = inner.endswith(b"&&")
    finding = Finding(
        judged=judged,
        segment=segment,
        checks=(),
        cause=cause,
        keys=_keys(judged, cause),
        crc_sent=sent if closed else "",
        crc_right=f"{crc16(inner):04X}" if closed else "",
        crc_of_modbus=f"{modbus(inner):04X}" if closed else "",
        crc_place=(begin + len(inner), begin + len(inner) + len(sent)),
        declared=declared[:8],
        length=len(inner),
        edition=edition_of(segment.header, True),
        encrypted=is_encrypted(segment),
    )
    checks = (_ends(raw, closed), _length(finding), _crc(finding), _version(finding), _number(finding), _time(finding))  # fmt: skip
    return _with(finding, checks)


def _with(finding: Finding, checks: tuple[Check, ...]) -> Finding:
    values = {name: getattr(finding, name) for name in Finding.__slots__}
    return Finding(**values | {"checks": checks})


def half_day_off(sent: datetime, true: datetime) -> bool:
    """Whether a device clock runs on twelve hours (12 小时制): off by half a day, to ten minutes."""
    return abs(abs(sent - true) - HALF_DAY) <= NEAR


def _keys(judged: Frame | FrameError, cause: Diagnosis | None) -> tuple[str, ...]:
    """Stable names of the mistakes found, for the table of remedies."""
    if isinstance(judged, Frame):
        return ()
    return cause.keys if cause is not None else (judged.reason,)


def _ends(raw: bytes, closed: bool) -> Check:
    begins = raw.startswith(b"##")
    words = {
        (True, True): "## 与 && 都在",
        (True, False): "没有结尾的 &&",
        (False, True): "没有开头的 ##",
        (False, False): "## 与 && 都没有",
    }
    return Check("ends", "包头、包尾", "ok" if begins and closed else "bad", words[begins, closed])


def _length(finding: Finding) -> Check:
    digits, actual = finding.declared, finding.length
    if not digits.isdigit():
        return Check("length", "长度", "bad", f"没有声明长度，实数 {actual}")
    right = len(digits) == 4 and int(digits) == actual
    words = f"声明 {digits}，实数 {actual}"
    if right and actual > LONGEST_STANDARD:
        return Check("length", "长度", "doubt", words + f"，超过标准的 {LONGEST_STANDARD}")
    return Check("length", "长度", "ok" if right else "bad", words)


def _crc(finding: Finding) -> Check:
    if not finding.crc_right:
        return Check("crc", "CRC", "none", "没有 &&，算不出")
    if not finding.crc_sent:
        return Check("crc", "CRC", "bad", f"没有 CRC，应为 {finding.crc_right}")
    same = finding.crc_sent.upper() == finding.crc_right
    return Check("crc", "CRC", "ok" if same else "bad", f"收 {finding.crc_sent}，算 {finding.crc_right}")


def _version(finding: Finding) -> Check:
    flag = finding.segment.header.get("Flag", "")
    if not flag:
        return Check("version", "版本", "doubt", "没有 Flag，按 HJ/T 212-2005 应答")
    if not (flag.isascii() and flag.isdigit() and len(flag) < 5):
        return Check("version", "版本", "bad", f"Flag={flag[:8]} 不是数字")
    name = {2005: "HJ/T 212-2005", 2017: "HJ 212-2017", 2025: "HJ 212-2025"}[finding.edition]
    ask = "要应答" if int(flag) & 1 else "不要应答"
    return Check("version", "版本", "ok", f"Flag {flag}，{name}，{ask}")


def _number(finding: Finding) -> Check:
    number = finding.segment.header.get("MN", "")
    if not number or number.lower() in ("null", "none"):
        return Check("mn", "MN", "bad", "没有设备编号")
    if _HEX24.fullmatch(number):
        return Check("mn", "MN", "ok", "24 位十六进制")
    return Check("mn", "MN", "ok", f"{len(number)} 位，与登记的一致即可")


def _time(finding: Finding) -> Check:
    if finding.encrypted:
        return Check("time", "数据时间", "none", "数据区已加密，读不到")
    text = (finding.segment.field("DataTime") or "").strip()
    at = parse_time(text[:14])
    if not text:
        return Check("time", "数据时间", "bad", "没有 DataTime")
    if at is None or len(text) != 14:
        return Check("time", "数据时间", "bad", f"DataTime={text[:20]}，应为 14 位年月日时分秒")
    words = f"{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}"
    number = parse_time(finding.segment.header.get("QN", "")[:14])
    if number is None:
        return Check("time", "数据时间", "ok", words)
    if half_day_off(at, number):
        return Check("time", "数据时间", "doubt", words + "，与 QN 差 12 小时：像是 12 小时制")
    return Check("time", "数据时间", "ok", words + ("，与 QN 相符" if abs(number - at) < 6 * HALF_DAY else "，与 QN 不是同一天"))  # fmt: skip
