"""原始报文块：一次提交的报文压成一块，目录与报文同序。"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
import zstandard

from gongdi.ingest.rows import from_micros

_LEVEL = 3  # 实测（600 字节的帧）：zstd 3 级 0.7 微秒、49 字节；zlib 1 级 3.7 微秒、157 字节
_HEAD = struct.Struct(">BI")
_VERSION = 2


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One frame as received."""

    device_id: int
    recv_at: datetime
    raw: bytes


def encode(frames: Sequence[bytes], recv_micros: Sequence[int]) -> bytes:
    """Pack frames with their receive times: version, count, zstd(lengths, times, bytes)."""
    lengths, times = array("I", map(len, frames)), array("q", recv_micros)
    if sys.byteorder == "little":
        lengths.byteswap()
        times.byteswap()
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(
        lengths.tobytes() + times.tobytes() + b"".join(frames)
    )
    return _HEAD.pack(_VERSION, len(frames)) + body


def decode(payload: bytes) -> list[tuple[int, bytes]]:
    """(receive time in microseconds since 2000, frame) in stored order; ValueError on an unknown version."""
    version, n = _HEAD.unpack_from(payload)
    if version != _VERSION:
        raise ValueError(f"原始报文块版本 {version} 不认识")
    body = zstandard.ZstdDecompressor().decompress(payload[_HEAD.size :])
    lengths, times = array("I", body[: 4 * n]), array("q", body[4 * n : 12 * n])
    if sys.byteorder == "little":
        lengths.byteswap()
        times.byteswap()
    out, offset = [], 12 * n
    for length, micros in zip(lengths, times, strict=True):
        out.append((micros, body[offset : offset + length]))
        offset += length
    return out


def frames_of(
    connection: psycopg.Connection[Any],
    device_id: int,
    before: datetime,
    limit: int = 20,
    blocks: int = 50_000,
) -> list[RawFrame]:
    """The last frames of a device received before an instant, newest first (最近的原始报文)."""
    found: list[RawFrame] = []
    query = """
        SELECT device_ids, payload FROM (
            SELECT last_at, device_ids, payload FROM raw_block WHERE first_at < %s ORDER BY last_at DESC LIMIT %s
        ) AS recent WHERE device_ids @> ARRAY[%s]::integer[] ORDER BY last_at DESC LIMIT %s"""
    for device_ids, payload in connection.execute(query, (before, blocks, device_id, limit)):
        for owner, (micros, raw) in zip(device_ids, decode(payload), strict=True):
            at = from_micros(micros)
            if owner == device_id and at < before:
                found.append(RawFrame(device_id, at, raw))
    return sorted(found, key=lambda frame: frame.recv_at, reverse=True)[:limit]


class Span(NamedTuple):
    """Half-open window [starts, ends) of receive times."""

    starts: datetime
    ends: datetime


_BUDGET = 60_000  # 一次至多翻这么多块（满负荷约五十分钟），再早的从返回的时刻接着翻
_FLOOR = """
    SELECT min(last_at), count(*) FROM (
        SELECT last_at FROM raw_block WHERE last_at >= %s AND last_at < %s ORDER BY last_at DESC LIMIT %s) AS recent"""
_WITHIN = """
    SELECT last_at, device_ids, payload FROM raw_block
    WHERE last_at >= %s AND last_at < %s AND first_at < %s AND device_ids @> ARRAY[%s]::integer[]
    ORDER BY last_at DESC LIMIT %s"""


def frames_within(
    connection: psycopg.Connection[Any], device_id: int, span: Span, limit: int, having: bytes = b""
) -> tuple[list[RawFrame], datetime | None]:
    """Frames of a device received in a span and containing `having`, newest first.

    The instant says where older frames of the span may follow (as the `ends` of the next call); None = no more.
    """
    until = span.ends + timedelta(minutes=1)  # 一块只跨一次提交，远短于一分钟
    row = connection.execute(_FLOOR, (span.starts, until, _BUDGET)).fetchone()
    floor, looked = row if row else (None, 0)
    if floor is None:
        return [], None
    most, found, reached = limit * 4, [], floor
    blocks = connection.execute(_WITHIN, (floor, until, span.ends, device_id, most)).fetchall()
    for last_at, owners, payload in blocks:
        reached = last_at
        for owner, (micros, raw) in zip(owners, decode(payload), strict=True):
            at = from_micros(micros)
            if owner == device_id and span.starts <= at < span.ends and having in raw:
                found.append(RawFrame(device_id, at, raw))
    found.sort(key=lambda frame: frame.recv_at, reverse=True)
    if len(found) > limit:
        return found[:limit], found[limit - 1].recv_at
    if len(blocks) == most:
        return found, reached
    return found, floor if looked == _BUDGET else None
