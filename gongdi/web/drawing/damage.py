"""隔离报文的显示：每 100 字节一行，坏处单独成段，口令遮盖。"""

from collections.abc import Sequence
from dataclasses import dataclass

from gongdi.protocols.hj212.damage import Damage
from gongdi.protocols.hj212.masking import masked_text

ROW = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of one row, marked or not."""

    text: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Up to 100 bytes; `offset` counts from 1."""

    offset: int
    parts: tuple[Part, ...]


def rows(data: bytes, found: Sequence[Damage]) -> tuple[Row, ...]:
    """The bytes in rows, the password masked, damaged places cut out as parts of their own."""
    text = masked_text(data.rstrip(b"\r\n"))
    bad = {at for one in found for at in range(one.start, one.end)}
    return tuple(Row(start + 1, _parts(text, start, bad)) for start in range(0, len(text), ROW))


def _parts(text: str, start: int, bad: set[int]) -> tuple[Part, ...]:
    end, parts, begin = min(start + ROW, len(text)), [], start
    for at in range(start + 1, end + 1):
        if at == end or (at in bad) != (begin in bad):
            parts.append(Part(text[begin:at], begin in bad))
            begin = at
    return tuple(parts)
