"""最近报文：原字节、逐段说明、长度与校验的判定，口令已遮盖。"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from gongdi.ingest.raw_blocks import Span, frames_of, frames_within
from gongdi.kernel.clock import SHANGHAI
from gongdi.protocols.hj212.crc import crc16
from gongdi.protocols.hj212.factors import ALIASES, NOISE_STATISTIC
from gongdi.protocols.hj212.frames import Frame, judge_line
from gongdi.protocols.hj212.masking import masked_text
from gongdi.protocols.hj212.words import CN_LABELS, HEADER_LABELS, PART_LABELS, SYSTEMS
from gongdi.telemetry.factors import BY_NAME, Factor
from gongdi.telemetry.hot_connection import hot_connection


@dataclass(frozen=True, slots=True)
class FrameField:
    """One field of a frame: name as sent, value as sent (PW masked), meaning, byte range [start, end)."""

    name: str
    value: str
    label: str
    note: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FrameLine:
    """One row of the frame table (报文行)."""

    received_at: datetime
    cn: int | None
    cn_label: str
    data_ts: datetime | None
    length: int
    declared: int | None
    length_ok: bool
    crc: str
    computed: str
    crc_ok: bool
    raw_block_id: int | None
    position: int


@dataclass(frozen=True, slots=True)
class FrameView:
    """One frame with its bytes (`text`: ASCII, password masked by the same number of *) and its fields."""

    line: FrameLine
    text: str
    header: tuple[FrameField, ...]
    factors: tuple[FrameField, ...]


FIELD = re.compile(r"(?:^(?:##[0-9]{4})?|[;,&])(?!CP=)([^=;,&#]+)=([^;,&]*)")
BLOCKS = 3_000
"""Flushes searched backwards from the last sign of life."""


def last_frames(device_id: int, limit: int = 5) -> tuple[FrameView, ...]:
    """The newest frames of a device from the raw blocks and the last values, newest first (2 queries)."""
    newest = last_raw(device_id, limit)
    return tuple(explain_frame(raw, at, place) for place, (raw, at) in enumerate(newest))


def last_raw(device_id: int, limit: int) -> list[tuple[bytes, datetime]]:
    """Bytes and arrival of the newest frames of a device, newest first (2 queries)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT heard_at, frames FROM device_last WHERE device_id = %s", [device_id])
        row = cursor.fetchone()
    if row is None:
        return []
    heard, kept = row
    found: dict[bytes, datetime] = {}
    before = heard + timedelta(minutes=1)
    with hot_connection() as raw_connection:
        for frame in frames_of(raw_connection, device_id, before, limit, BLOCKS):
            found.setdefault(frame.raw, frame.recv_at)
    for note in (json.loads(kept) if isinstance(kept, str) else kept or {}).values():
        raw = str(note["text"]).encode("gb18030", "replace")
        found.setdefault(raw, datetime.fromisoformat(note["at"]))
    return sorted(found.items(), key=lambda item: item[1], reverse=True)[:limit]


def frame_log(
    device_id: int, span: Span, cn: int | None, limit: int
) -> tuple[tuple[FrameView, ...], datetime | None]:
    """Frames received inside a span, newest first (报文记录), and the instant from which older ones follow (2 queries)."""
    wanted = b"CN=%d;" % cn if cn else b""
    with hot_connection() as raw_connection:
        found, older = frames_within(raw_connection, device_id, span, limit, wanted)
    return tuple(explain_frame(one.raw, one.recv_at, place) for place, one in enumerate(found)), older


def explain_frame(raw: bytes, received_at: datetime, position: int = 0) -> FrameView:
    """Length and CRC verdict and every field of one frame with its byte range; any bytes accepted."""
    judged, text = judge_line(raw), masked_text(raw)
    fields = [_field(found) for found in FIELD.finditer(text)]
    header = tuple(field for field in fields if _factor_of(field.name) is None)
    factors = tuple(field for field in fields if _factor_of(field.name) is not None)
    values = {field.name: field.value for field in fields}
    return FrameView(_line(raw, judged, values, received_at, position), text, header, factors)


def _field(found: "re.Match[str]") -> FrameField:
    name, value = found[1].strip(), found[2]
    factor, part = _factor_of(name), name.partition("-")[2]
    start, end = found.start(1), found.end(2)
    if factor is None:
        return FrameField(name, value, HEADER_LABELS.get(name, ""), _note(name, value), "", start, end)
    unit = "" if part == "Flag" else factor.unit
    return FrameField(name, value, factor.label, PART_LABELS.get(part, part), unit, start, end)


def _factor_of(name: str) -> Factor | None:
    """Factor of a CP key such as a34002-Avg or LA-Rtd, by the codec's own table."""
    code, dash, _ = name.partition("-")
    lowered = code.lower()
    known = "noise" if lowered in NOISE_STATISTIC else ALIASES.get(lowered, lowered)
    return BY_NAME.get(known) if dash else None


def _note(name: str, value: str) -> str:
    if name == "CN":
        return CN_LABELS.get(_code(value) or 0, "")
    if name == "ST":
        return SYSTEMS.get(value, "")
    if name == "Flag":
        flag = _code(value)
        if flag is None:
            return ""
        edition = {0: "2005 版", 1: "2017 版"}.get(flag >> 2, f"版本位 {flag >> 2}")
        return f"{edition}，{'要应答' if flag & 1 else '不要应答'}，{'分包' if flag & 2 else '不分包'}"
    moment = _moment(value)
    return f"{moment:%H:%M:%S}" if moment else ""


def _line(raw: bytes, judged: Any, values: dict[str, str], received_at: datetime, position: int) -> FrameLine:
    body = raw.strip(b"\r\n")
    declared = int(body[2:6]) if body[:2] == b"##" and body[2:6].isdigit() else None
    given, segment = body[-4:], body[6:-4]
    computed = f"{crc16(segment):04X}"
    cn = _code(values.get("CN", ""))
    return FrameLine(
        received_at=received_at,
        cn=cn,
        cn_label=CN_LABELS.get(cn or 0, ""),
        data_ts=_moment(values.get("DataTime", "")),
        length=len(raw),
        declared=declared,
        length_ok=declared == len(segment),
        crc=given.decode("latin-1"),
        computed=computed,
        crc_ok=isinstance(judged, Frame) or given.decode("latin-1").upper() == computed,
        raw_block_id=None,
        position=position,
    )


def _code(text: str) -> int | None:
    """A number of at most four digits; a device may send thousands, which `int` itself refuses."""
    return int(text) if text.isdecimal() and len(text) <= 4 else None


def _moment(text: str) -> datetime | None:
    if len(text) < 14 or not text[:14].isdecimal():
        return None
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
