"""按 PostgreSQL 二进制 COPY 格式手工打包。"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence

from gongdi.ingest.rows import VALUE_COLUMNS, Values

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_INT = struct.Struct(">i")
_NULL = b"\xff\xff\xff\xff"
_HEAD_FORMATS = ("q", "q", "q", "i", "h", "h")
_SIZES = {"q": 8, "i": 4, "h": 2, "f": 4}
_OIDS = {"q": 20, "i": 23, "h": 21}
TIMESTAMPTZ_OID = 1184


class MinuteShape:
    """Packs minute rows with one pattern of missing values.

    `pack` leaves the length words zero; `finish` writes them for all rows of a batch at once by strided slices,
    which is several times cheaper than passing 31 constant lengths per row.
    """

    def __init__(self, present: tuple[bool, ...], sequence: bool = False) -> None:
        self._fields: list[tuple[int, int]] = []
        offset, code = 2, [">2x"]
        formats = [*(("i",) if sequence else ()), *_HEAD_FORMATS, *("f" if here else "" for here in present)]
        for kind in formats:
            self._fields.append((offset, _SIZES[kind] if kind else -1))
            code.append("4x" + kind)
            offset += 4 + (_SIZES[kind] if kind else 0)
        self.size = offset
        self._count = len(formats)
        self.pack = struct.Struct("".join(code)).pack

    def finish(self, rows: Sequence[bytes]) -> bytearray:
        """Joined rows with field count and lengths filled in."""
        buffer, size, n = bytearray().join(rows), self.size, len(rows)
        buffer[1::size] = bytes((self._count,)) * n
        for offset, length in self._fields:
            if length < 0:
                for position in range(offset, offset + 4):
                    buffer[position::size] = b"\xff" * n
            else:
                buffer[offset + 3 :: size] = bytes((length,)) * n
        return buffer


class MinutePacker:
    """Shapes by pattern of missing values (每种缺项一个打包器)."""

    def __init__(self, sequence: bool = False) -> None:
        self._sequence = sequence
        self.full = MinuteShape((True,) * len(VALUE_COLUMNS), sequence)
        self._shapes: dict[tuple[bool, ...], MinuteShape] = {}

    def shape(self, values: Values) -> tuple[MinuteShape, Values]:
        """The shape for these values and the values without the missing ones."""
        if None not in values:
            return self.full, values
        present = tuple(value is not None for value in values)
        shape = self._shapes.get(present)
        if shape is None:
            if len(self._shapes) > 4096:
                self._shapes.clear()
            shape = self._shapes[present] = MinuteShape(present, self._sequence)
        return shape, tuple(value for value in values if value is not None)


def packed_array(kind: str, values: Iterable[int], oid: int | None = None) -> bytes:
    """Binary form of a one-dimensional array; `kind` is an `array` type code: h, i or q."""
    size = _SIZES[kind]
    source = array(kind, values)
    if sys.byteorder == "little":
        source.byteswap()
    data, n, stride = source.tobytes(), len(source), 4 + size
    body = bytearray(n * stride)
    body[3::stride] = bytes((size,)) * n
    for position in range(size):
        body[4 + position :: stride] = data[position::size]
    return struct.pack(">iiiii", 1, 0, oid or _OIDS[kind], n, 1) + bytes(body)


def record(*fields: bytes | None) -> bytes:
    """One COPY tuple from already packed fields; None is NULL."""
    parts = [struct.pack(">h", len(fields))]
    for field in fields:
        if field is None:
            parts.append(_NULL)
        else:
            parts += (_INT.pack(len(field)), field)
    return b"".join(parts)


def int4(value: int) -> bytes:
    """Binary int4."""
    return _INT.pack(value)


def int8(value: int) -> bytes:
    """Binary int8, also timestamptz as microseconds."""
    return struct.pack(">q", value)


def jsonb(text: str) -> bytes:
    """Binary jsonb (version byte and text)."""
    return b"\x01" + text.encode()
