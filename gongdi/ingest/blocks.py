"""设备日数据块的无损编码：按列差分、拆字节、LZMA，只用标准库。"""

from __future__ import annotations

import json
import lzma
import math
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from gongdi.ingest.rows import VALUE_COLUMNS, Values

CODEC = 1
_HEAD = struct.Struct(">BH")
_UNIT = struct.Struct(">I")
_COLUMN = struct.Struct(">bBB")
_SCALES = (1, 10, 100, 1000)
_BITS = -1
_FILTERS = [
    {"id": lzma.FILTER_LZMA1, "preset": 6, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 18}
]  # 实测 17.3 字节/分钟，zlib 20.0；字典 256 KiB 大过任何一块，大小不变，快四成
_UNITS = (60_000_000, 1_000_000, 1_000, 1)
_WIDTHS = {1: "B", 2: "H", 4: "I", 8: "Q"}
_LIMIT = 1 << 24  # float32 能准确表示的整数上限
_RELATIVE = {index: index - index % 3 for index in range(24) if index % 3}  # 最小、最大值相对均值


class BlockRow(NamedTuple):
    """A stored minute: times in microseconds since 2000-01-01 UTC; values are float32 exactly."""

    ts: int
    recv_at: int
    marks: int
    interval_min: int
    source: int
    values: Values
    extra: Any = None


def encode(rows: Sequence[BlockRow]) -> bytes:
    """Compress the rows of one device and day, ordered by ts; empty is refused with ValueError."""
    if not rows:
        raise ValueError("空的数据块")
    rows = sorted(rows, key=lambda row: row.ts)
    parts: list[bytes] = []
    for times in (_deltas([r.ts for r in rows]), [r.recv_at - r.ts for r in rows]):
        unit = next(u for u in _UNITS if not any(number % u for number in times))
        parts.append(_UNIT.pack(unit) + _encode_integers([number // unit for number in times]))
    parts.append(_encode_integers(_deltas([r.marks for r in rows])))
    for column in ([r.interval_min for r in rows], [r.source for r in rows]):
        parts.append(_encode_integers(column))
    parts += _encode_values([row.values for row in rows])
    extras = {index: row.extra for index, row in enumerate(rows) if row.extra is not None}
    text = json.dumps(extras, ensure_ascii=False, separators=(",", ":")).encode() if extras else b""
    body = b"".join(parts) + text
    return _HEAD.pack(CODEC, len(rows)) + lzma.compress(body, format=lzma.FORMAT_RAW, filters=_FILTERS)


def decode(payload: bytes) -> list[BlockRow]:
    """The rows of a block, bit for bit; ValueError on an unknown codec or damaged bytes."""
    codec, n = _HEAD.unpack_from(payload)
    if codec != CODEC:
        raise ValueError(f"数据块编码 {codec} 不认识")
    try:
        body = lzma.decompress(payload[_HEAD.size :], format=lzma.FORMAT_RAW, filters=_FILTERS)
    except lzma.LZMAError as error:
        raise ValueError("数据块已损坏") from error
    reader = _Reader(body, n)
    ts, delay = list(accumulate(reader.times())), reader.times()
    marks = list(accumulate(reader.integers()))
    interval, source = reader.integers(), reader.integers()
    columns = _decode_values(reader)
    tail = reader.rest()
    extras = json.loads(tail) if tail else {}
    recv = [start + late for start, late in zip(ts, delay, strict=True)]
    values = zip(*columns, strict=True)
    rows = [BlockRow(*row) for row in zip(ts, recv, marks, interval, source, values, strict=True)]
    for index, extra in extras.items():
        rows[int(index)] = rows[int(index)]._replace(extra=extra)
    return rows


def _deltas(numbers: Sequence[int]) -> list[int]:
    return [numbers[0], *(b - a for a, b in pairwise(numbers))]


def _encode_integers(numbers: Sequence[int]) -> bytes:
    zigzag = [n << 1 if n >= 0 else ~(n << 1) for n in numbers]
    top = max(zigzag)
    width = next(w for w in (1, 2, 4, 8) if top < 1 << 8 * w)
    return bytes((width,)) + _split(array(_WIDTHS[width], zigzag), width)


def _split(numbers: array[int], width: int) -> bytes:
    if sys.byteorder == "little":
        numbers.byteswap()
    data = numbers.tobytes()
    return b"".join(data[place::width] for place in range(width))


def _encode_values(rows: Sequence[Values]) -> list[bytes]:
    parts: list[bytes] = []
    whole: dict[int, tuple[int, list[int]]] = {}
    for index, column in enumerate(zip(*rows, strict=True)):
        present = [value for value in column if value is not None]
        mask = b"" if len(present) == len(column) else _mask(column)
        scale = _scale(present)
        base = whole.get(_RELATIVE.get(index, -1))
        if scale == _BITS:
            bits = array("I", array("f", present).tobytes())
            parts.append(_COLUMN.pack(_BITS, bool(mask), 0) + mask + _encode_bits(bits))
            continue
        numbers = [round(value * _SCALES[scale]) for value in present]
        if not mask:
            whole[index] = (scale, numbers)
        relative = base is not None and base[0] == scale and not mask
        if relative and base is not None:
            numbers = [a - b for a, b in zip(numbers, base[1], strict=True)]
        coded = numbers if relative or not numbers else _deltas(numbers)
        parts.append(_COLUMN.pack(scale, bool(mask), relative) + mask + _encode_integers(coded or [0]))
    return parts


def _encode_bits(bits: array[int]) -> bytes:
    return _split(bits, 4)


def _mask(column: Iterable[float | None]) -> bytes:
    flags = "".join("0" if value is None else "1" for value in column)
    return int(flags, 2).to_bytes((len(flags) + 7) // 8, "big")


def _scale(present: Sequence[float]) -> int:
    """Smallest decimal scale that gives every float32 back exactly, else _BITS."""
    probe = present[:6]
    probe_bytes, present_bytes = _float_bytes(probe), _float_bytes(present)
    for index, scale in enumerate(_SCALES):
        try:
            if _float_bytes(round(value * scale) / scale for value in probe) != probe_bytes:
                continue
            numbers = [round(value * scale) for value in present]
        except (OverflowError, ValueError):
            return _BITS
        if numbers and max(map(abs, numbers)) >= _LIMIT:
            return _BITS
        if _float_bytes([n / scale for n in numbers]) == present_bytes:
            return index
    return _BITS


def _float_bytes(values: Iterable[float]) -> bytes:
    return array("f", values).tobytes()


class _Reader:
    def __init__(self, body: bytes, rows: int) -> None:
        self._body, self._place, self.rows = body, 0, rows

    def take(self, size: int) -> bytes:
        start = self._place
        self._place += size
        if self._place > len(self._body):
            raise ValueError("数据块已损坏")
        return self._body[start : self._place]

    def rest(self) -> bytes:
        return self._body[self._place :]

    def words(self, kind: str, width: int, n: int) -> array[int]:
        data, joined = self.take(width * n), bytearray(width * n)
        for place in range(width):
            joined[place::width] = data[place * n : (place + 1) * n]
        numbers = array(kind, bytes(joined))
        if sys.byteorder == "little":
            numbers.byteswap()
        return numbers

    def integers(self, n: int | None = None) -> list[int]:
        width = self.take(1)[0]
        numbers = self.words(_WIDTHS[width], width, self.rows if n is None else n)
        return [n >> 1 if not n & 1 else ~(n >> 1) for n in numbers]

    def times(self) -> list[int]:
        unit = _UNIT.unpack(self.take(_UNIT.size))[0]
        return [number * unit for number in self.integers()]


def _decode_values(reader: _Reader) -> list[list[float | None]]:
    columns: list[list[float | None]] = []
    whole: dict[int, list[int]] = {}
    for index in range(len(VALUE_COLUMNS)):
        scale, masked, relative = _COLUMN.unpack(reader.take(_COLUMN.size))
        flags = _flags(reader) if masked else ""
        n = flags.count("1") if masked else reader.rows
        if scale == _BITS:
            present = list(array("f", reader.words("I", 4, n).tobytes()))
        else:
            numbers = reader.integers(max(n, 1))[:n] if n == 0 else reader.integers(n)
            if relative:
                numbers = [a + b for a, b in zip(numbers, whole[_RELATIVE[index]], strict=True)]
            else:
                numbers = list(accumulate(numbers))
            if not masked:
                whole[index] = numbers
            divisor = _SCALES[scale]
            present = list(array("f", [number / divisor for number in numbers]))
        columns.append(_spread(present, flags) if masked else present)  # type: ignore[arg-type]
    return columns


def _flags(reader: _Reader) -> str:
    return bin(int.from_bytes(reader.take((reader.rows + 7) // 8), "big"))[2:].zfill(reader.rows)


def _spread(present: Sequence[float], flags: str) -> list[float | None]:
    values = iter(present)
    return [next(values) if flag == "1" else None for flag in flags]


def identical(left: Sequence[BlockRow], right: Sequence[BlockRow]) -> bool:
    """Equal in every bit, NaN and negative zero included (无损)."""
    return len(left) == len(right) and all(map(_identical_rows, left, right))


def _identical_rows(a: BlockRow, b: BlockRow) -> bool:
    if (a.ts, a.recv_at, a.marks, a.interval_min, a.source, a.extra) != (
        b.ts,
        b.recv_at,
        b.marks,
        b.interval_min,
        b.source,
        b.extra,
    ):
        return False
    present = [value for value in a.values if value is not None]
    others = [value for value in b.values if value is not None]
    gaps = [value is None for value in a.values] == [value is None for value in b.values]
    return gaps and _float_bytes(present) == _float_bytes(others)


def same(left: BlockRow, right: BlockRow) -> bool:
    """Equal payload (数据相同), receive time and source aside; NaN equals NaN, values compared as float32."""
    if left.marks != right.marks or left.interval_min != right.interval_min or left.extra != right.extra:
        return False
    return all(_same_value(a, b) for a, b in zip(left.values, right.values, strict=True))


def _same_value(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return a == b or (math.isnan(a) and math.isnan(b))


def single(values: Values) -> Values:
    """Values rounded to float32 as the database stores them."""
    return tuple(None if v is None else struct.unpack("f", struct.pack("f", v))[0] for v in values)
