"""报文逐字节的显示：按行切开，字段着色，坏处与存疑处标出，口令遮盖而长度不变。"""

from collections.abc import Iterable
from dataclasses import dataclass

from gongdi.monitor.queries.frames import FIELD
from gongdi.protocols.hj212.damage import Damage
from gongdi.protocols.hj212.findings import Finding
from gongdi.protocols.hj212.masking import masked_text

WIDE, NARROW = 100, 44
_TONES = {"QN": "time", "DataTime": "time", "ST": "kind", "CN": "kind", "PW": "mask", "MN": "who"}
_PLAIN = frozenset({"Flag", "CP", "PNUM", "PNO", "RF"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one colour in one row."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """Up to `width` bytes; `offset` counts from 1."""

    offset: int
    pieces: tuple[Piece, ...]


def tones(
    finding: Finding, damages: Iterable[Damage] = (), doubts: frozenset[str] = frozenset()
) -> list[str]:
    """Colour of each byte of the masked text; `doubts` are factor keys whose values are marked."""
    text = masked_text(finding.judged.raw).rstrip("\r\n")
    painted = [""] * len(text)
    for found in FIELD.finditer(text):
        name, value = found[1].strip(), found[2]
        tone = _TONES.get(name) or ("plain" if name in _PLAIN else "value")
        if name.endswith("Flag"):
            tone = "plain"
        if name in doubts:
            tone = "doubt"
        if tone == "value" or name in doubts:
            _paint(painted, found.start(1), found.end(1), "name")
        _paint(painted, found.end(2) - len(value), found.end(2), tone)
    _frame(painted, text, finding)
    for damage in damages:
        _paint(painted, damage.start, damage.end, "bad")
    return painted


def rows(finding: Finding, painted: list[str], width: int) -> tuple[Row, ...]:
    """Rows of `width` bytes; joining all pieces gives the masked text."""
    text = masked_text(finding.judged.raw).rstrip("\r\n")
    return tuple(
        Row(start + 1, _pieces(text[start : start + width], painted[start : start + width]))
        for start in range(0, len(text), width)
    )


def _frame(painted: list[str], text: str, finding: Finding) -> None:
    if text.startswith("##"):
        _paint(painted, 0, 2, "strong")
        _paint(painted, 2, 2 + len(finding.declared), "check")
    start, end = finding.crc_place
    _paint(painted, start, end, "check" if finding.sound else "bad" if _crc_bad(finding) else "check")


def _crc_bad(finding: Finding) -> bool:
    return bool(finding.crc_right) and finding.crc_sent.upper() != finding.crc_right


def _paint(painted: list[str], start: int, end: int, tone: str) -> None:
    for at in range(max(0, start), min(end, len(painted))):
        painted[at] = tone


def _pieces(text: str, painted: list[str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or painted[at] != painted[start]:
            pieces.append(Piece(text[start:at], painted[start]))
            start = at
    return tuple(pieces)
