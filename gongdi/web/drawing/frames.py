"""报文的显示：每 100 字节一行，字段着色，点字段就标出它的字节。"""

from collections.abc import Sequence
from dataclasses import dataclass

from gongdi.monitor.queries.frames import FrameField, FrameView
from gongdi.protocols.hj212.damage import Damage
from gongdi.protocols.hj212.factors import ALIASES
from gongdi.protocols.hj212.masking import masked_text
from gongdi.protocols.hj212.plans import LIMIT, NUMBER

ROW = 100
_TONES = {"QN": "time", "DataTime": "time", "ST": "kind", "CN": "kind", "PW": "mask", "MN": "who"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one colour in one row; `field` is the number of the field they belong to, or -1."""

    text: str
    tone: str
    field: int


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One factor of a frame: code, name, value as sent, range, mark, unit as sent, value in the stored unit."""

    code: str
    label: str
    value: str
    reach: str
    mark: str
    unit: str
    stored: str
    fields: str


_PARTICLES = frozenset({"tsp", "pm10", "pm25"})
PM_UNITS = {"ng": ("ng/m³", 0.001), "ug": ("µg/m³", 1.0), "mg": ("mg/m³", 1000.0)}
_MAIN = ("Avg", "Rtd", "Data", "")


@dataclass(frozen=True, slots=True)
class Row:
    """Up to 100 bytes; `offset` counts from 1."""

    offset: int
    pieces: tuple[Piece, ...]


def rows(frame: FrameView) -> tuple[Row, ...]:
    """Rows of a frame, byte-exact: joining all pieces gives `frame.text`."""
    text = frame.text.rstrip("\r\n")
    return _rows(text, _marks(text, (*frame.header, *frame.factors)))


def damaged_rows(data: bytes, places: Sequence[Damage]) -> tuple[Row, ...]:
    """Rows of refused bytes, the password masked, damaged places in pieces of their own."""
    text = masked_text(data.rstrip(b"\r\n"))
    bad = {at for one in places for at in range(one.start, one.end)}
    return _rows(text, [("bad" if at in bad else "", -1) for at in range(len(text))])


def _rows(text: str, marks: Sequence[tuple[str, int]]) -> tuple[Row, ...]:
    return tuple(
        Row(start + 1, _pieces(text[start : start + ROW], marks[start : start + ROW]))
        for start in range(0, len(text), ROW)
    )


def _marks(text: str, fields: Sequence[FrameField]) -> list[tuple[str, int]]:
    marks = [("", -1)] * len(text)
    for number, field in enumerate(fields):
        _paint(marks, text, field, number)
    for start, end in ((2, 6), (len(text) - 4, len(text))):
        if 0 <= start < end <= len(text) and text.startswith("##"):
            for index in range(start, end):
                marks[index] = ("check", marks[index][1])
    return marks


def _paint(marks: list[tuple[str, int]], text: str, field: FrameField, number: int) -> None:
    tone = _TONES.get(field.name, "")
    equals = text.find("=", field.start, field.end)
    for index in range(max(0, field.start), min(field.end, len(text))):
        value = equals == -1 or index > equals
        if tone or field.name in ("Flag", "CP", "长度", "CRC"):
            marks[index] = (tone if value else "", number)
        else:
            marks[index] = ("value" if value else "name", number)


def _pieces(text: str, marks: Sequence[tuple[str, int]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or marks[index] != marks[start]:
            pieces.append(Piece(text[start:index], *marks[start]))
            start = index
    return tuple(pieces)


def factor_rows(frame: FrameView, pm_unit: str = "ug") -> tuple[FactorRow, ...]:
    """Factors of a frame, one row each, with the numbers of the fields whose bytes belong to it."""
    groups: dict[str, dict[str, tuple[int, FrameField]]] = {}
    for number, field in enumerate(frame.factors, start=len(frame.header)):
        code, _, part = field.name.partition("-")
        groups.setdefault(code, {})[part] = (number, field)
    return tuple(_factor_row(code, parts, pm_unit) for code, parts in groups.items())


def _factor_row(code: str, parts: dict[str, tuple[int, FrameField]], pm_unit: str) -> FactorRow:
    first = next(iter(parts.values()))[1]
    main = next((parts[part][1] for part in _MAIN if part in parts), first)
    low, high = (parts[part][1].value if part in parts else "" for part in ("Min", "Max"))
    unit, factor = (main.unit, 1.0)
    if ALIASES.get(code.lower(), code.lower()) in _PARTICLES:
        unit, factor = PM_UNITS.get(pm_unit, PM_UNITS["ug"])
    return FactorRow(
        code=code,
        label=first.label,
        value=main.value,
        reach=f"{low} – {high}" if low and high else "",
        mark=parts["Flag"][1].value if "Flag" in parts else "",
        unit=unit,
        stored="" if factor == 1.0 else _converted(main.value, factor),
        fields=" ".join(str(number) for number, _ in parts.values()),
    )


def _converted(value: str, factor: float) -> str:
    """The value as stored; empty for what the codec does not keep: no strict number, or one beyond its limit."""
    if not NUMBER.fullmatch(value.strip()):
        return ""
    stored = float(value) * factor
    return f"{stored:.1f} µg/m³" if abs(stored) <= LIMIT else ""
